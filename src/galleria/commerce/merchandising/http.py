"""Routes of goods files: hand one in, ask for one, watch it, fetch it."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, MultipartBody
from litestar.response import File

from galleria.commerce.merchandising import operations, queries
from galleria.commerce.merchandising.model import FileProblem, Transfer, TransferKind
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx


class GoodsForm(msgspec.Struct, frozen=True):
    """The form that carries a goods file."""

    file: UploadFile


@post(
    "/v1/malls/{mall_id:uuid}/shops/{shop_id:uuid}/goods/import",
    access=STAFF,
    summary="Import a goods file",
    tags=["merchandising"],
)
async def import_goods(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], data: MultipartBody[GoodsForm]
) -> Transfer:
    """Take a CSV file, sent as the form field `file`; the worker checks and applies it whole or not at all."""
    async with call.db.read() as tx:
        await _require(call, tx, mall_id, shop_id)
    source = await call.runtime.files.put(await data.file.read(), "csv")
    return await _start(call, TransferKind.GOODS_IMPORT, mall_id, shop_id, _safe_name(data.file.filename), source)


@post(
    "/v1/malls/{mall_id:uuid}/shops/{shop_id:uuid}/goods/export",
    access=STAFF,
    summary="Export a shop's goods",
    tags=["merchandising"],
)
async def export_goods(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> Transfer:
    """Have the worker write a CSV file of all goods of a shop, fit to be imported again."""
    return await _start(call, TransferKind.GOODS_EXPORT, mall_id, shop_id, "goods.csv", None)


@get(
    "/v1/malls/{mall_id:uuid}/shops/{shop_id:uuid}/transfers",
    access=STAFF,
    summary="Imports and exports of a shop",
    tags=["merchandising"],
)
async def list_transfers(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 40,
) -> Page[Transfer]:
    """Return the transfers of a shop, newest first, without their problems."""
    async with call.db.read() as tx:
        await _require(call, tx, mall_id, shop_id)
        return await queries.list_transfers(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), cursor=cursor, limit=limit
        )


@get(
    "/v1/malls/{mall_id:uuid}/transfers/{transfer_id:uuid}",
    access=STAFF,
    summary="How a transfer goes",
    tags=["merchandising"],
)
async def get_transfer(call: TheCall, mall_id: FromPath[UUID], transfer_id: FromPath[UUID]) -> Transfer:
    """Return progress, problems, and whether a file is ready."""
    async with call.db.read() as tx:
        return await _transfer(call, tx, mall_id, transfer_id)


@get(
    "/v1/malls/{mall_id:uuid}/transfers/{transfer_id:uuid}/problems",
    access=STAFF,
    summary="Everything wrong in a file",
    tags=["merchandising"],
)
async def list_problems(
    call: TheCall,
    mall_id: FromPath[UUID],
    transfer_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 200,
) -> Page[FileProblem]:
    """Return all problems of a transfer in the order of the file's lines."""
    async with call.db.read() as tx:
        await _transfer(call, tx, mall_id, transfer_id)
        return await queries.list_problems(
            tx, mall_id=MallId(mall_id), transfer_id=transfer_id, cursor=cursor, limit=limit
        )


@get(
    "/v1/malls/{mall_id:uuid}/transfers/{transfer_id:uuid}/file",
    access=STAFF,
    summary="An exported goods file",
    tags=["merchandising"],
    media_type="text/csv",
)
async def transfer_file(call: TheCall, mall_id: FromPath[UUID], transfer_id: FromPath[UUID]) -> File:
    """Return the CSV file an export has written."""
    async with call.db.read() as tx:
        await _transfer(call, tx, mall_id, transfer_id)
        name = await queries.result_file(tx, mall_id=MallId(mall_id), transfer_id=transfer_id)
    path = None if name is None else call.runtime.files.find(name)
    if path is None:
        raise NotFound
    return File(
        path,
        filename="goods.csv",
        media_type="text/csv",
        headers={"x-content-type-options": "nosniff", "cache-control": "private, no-store"},
    )


async def _start(
    call: TheCall, kind: TransferKind, mall_id: UUID, shop_id: UUID, file_name: str, source: str | None
) -> Transfer:
    async def start(tx: Tx) -> Transfer:
        await _require(call, tx, mall_id, shop_id)
        return await operations.start(
            tx,
            kind=kind,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            staff_id=call.actor.staff_id,
            file_name=file_name,
            source_file=source,
            now=call.now,
        )

    return await call.write(
        f"merchandising.{kind.value}",
        start,
        returns=Transfer,
        mall_id=MallId(mall_id),
        payload=(shop_id, file_name, source),
    )


def _safe_name(name: str) -> str:
    """Return a file's name fit to be shown and kept."""
    return "".join(c for c in name if c.isprintable())[-120:] or "goods.csv"


async def _transfer(call: TheCall, tx: ReadTx, mall_id: UUID, transfer_id: UUID) -> Transfer:
    """Return a transfer of a shop whose goods the caller manages; raises NotFound or Forbidden."""
    found = await queries.get_transfer(tx, mall_id=MallId(mall_id), transfer_id=transfer_id)
    await _require(call, tx, mall_id, found.shop_id)
    return found


async def _require(call: TheCall, tx: ReadTx, mall_id: UUID, shop_id: UUID) -> None:
    target = await malls.shop_target(tx, MallId(mall_id), ShopId(shop_id))
    call.actor.require(Permission.CATALOG_MANAGE, target)


ROUTES = [import_goods, export_goods, list_transfers, get_transfer, list_problems, transfer_file]
