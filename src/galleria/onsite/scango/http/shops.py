"""Routes of a shop that sets scan and go up."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter

from galleria.foundation import malls
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.onsite.scango import operations, queries
from galleria.onsite.scango.model import BarcodeRow, Imported, ScanShop, Terms, TermsInput
from galleria.platform.actors import Permission
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

SHOP = "/v1/malls/{mall_id:uuid}/shops/{shop_id:uuid}"


class BarcodesForm(msgspec.Struct, frozen=True):
    """The form that carries a file of barcodes."""

    file: UploadFile


@get("/v1/malls/{mall_id:uuid}/scan-and-go/shops", access=PUBLIC, summary="Where to scan and go", tags=["scan-and-go"])
async def scan_shops(call: TheCall, mall_id: FromPath[UUID]) -> list[ScanShop]:
    """Return the open shops in which shoppers scan for themselves."""
    async with call.db.read() as tx:
        return await queries.scan_shops(tx, mall_id=MallId(mall_id))


@get(SHOP + "/scan-and-go", access=STAFF, summary="A shop's terms of scan and go", tags=["scan-and-go"])
async def get_terms(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> Terms:
    """Return the terms; of a shop that never set any, those it would begin with."""
    await require(call, mall_id, shop_id, Permission.SHOP_MANAGE)
    async with call.db.read() as tx:
        return await queries.terms(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id))


@put(SHOP + "/scan-and-go", access=STAFF, summary="Set a shop's terms of scan and go", tags=["scan-and-go"])
async def set_terms(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], data: JSONBody[TermsInput]
) -> Terms:
    """Open or close scan and go in a shop, and say whose bags are looked at and how its scales print labels."""
    await require(call, mall_id, shop_id, Permission.SHOP_MANAGE)
    return await call.write(
        "scango.set_terms",
        lambda tx: operations.set_terms(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), terms=data, now=call.now),
        returns=Terms,
        mall_id=MallId(mall_id),
        payload=(shop_id, data),
    )


@get(SHOP + "/barcodes", access=STAFF, summary="A shop's barcodes", tags=["scan-and-go"])
async def list_barcodes(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    q: Annotated[str, QueryParameter(max_length=40)] = "",
    cursor: FromQuery[str | None] = None,
    limit: Limit = 40,
) -> Page[BarcodeRow]:
    """Return the barcodes that hold these digits, in order, with the goods they are on."""
    await require(call, mall_id, shop_id, Permission.CATALOG_MANAGE)
    async with call.db.read() as tx:
        return await queries.list_barcodes(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), q=q, cursor=cursor, limit=limit
        )


@post(SHOP + "/barcodes/import", access=STAFF, status_code=200, summary="Import barcodes", tags=["scan-and-go"])
async def import_barcodes(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], data: MultipartBody[BarcodesForm]
) -> Imported:
    """Take a CSV file (`barcode`, `sku`, `min_age`) whole, or with `problems` nothing of it."""
    await require(call, mall_id, shop_id, Permission.CATALOG_MANAGE)
    mall, shop, content = MallId(mall_id), ShopId(shop_id), await data.file.read()
    async with call.db.read() as tx:
        rows, read, problems = await queries.plan_import(
            tx, mall_id=mall, shop_id=shop, content=content, locale=call.locale
        )
    if problems:
        return Imported(rows=read, written=0, problems=problems)
    written = await call.write(
        "scango.set_barcodes",
        lambda tx: operations.set_barcodes(tx, mall_id=mall, shop_id=shop, rows=rows),
        returns=int,
        mall_id=mall,
        payload=(shop_id, len(rows)),
        replayable=False,
    )
    return Imported(rows=read, written=written, problems=[])


@delete(SHOP + "/barcodes", access=STAFF, status_code=200, summary="Forget a barcode", tags=["scan-and-go"])
async def forget_barcode(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    code: Annotated[str, QueryParameter(max_length=40)],
) -> str:
    """Forget a barcode by the key it is listed under, and return that."""
    await require(call, mall_id, shop_id, Permission.CATALOG_MANAGE)

    async def forget(tx: Tx) -> str:
        return await operations.forget_barcode(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), code=code)

    return await call.write(
        "scango.forget_barcode", forget, returns=str, mall_id=MallId(mall_id), payload=(shop_id, code)
    )


async def require(call: Call, mall_id: UUID, shop_id: UUID, permission: Permission) -> None:
    """Raise NotFound or Forbidden unless the caller may do this in the shop."""
    async with call.db.read() as tx:
        call.actor.require(permission, await malls.shop_target(tx, MallId(mall_id), ShopId(shop_id)))


ROUTES = [scan_shops, get_terms, set_terms, list_barcodes, import_barcodes, forget_barcode]
