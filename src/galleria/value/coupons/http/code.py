"""Routes of single-use codes: making, exporting and voiding batches, and redeeming a code."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from galleria.kernel.ids import CouponId, MallId
from galleria.kernel.paging import Page
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim
from galleria.value.coupons.model.code import CodeBatch, CodeEntry, NewBatch
from galleria.value.coupons.operations import code as codes


class BatchOf(msgspec.Struct, frozen=True):
    """A batch asked for, as the journal keeps it."""

    coupon_id: UUID
    batch: NewBatch


class Batch(msgspec.Struct, frozen=True):
    """Which batch a command was about; kept in the journal."""

    batch_id: UUID


class Entered(msgspec.Struct, frozen=True):
    """A code that was entered, as the journal keeps it: as a keyed hash."""

    digest: bytes


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/code-batches",
    access=STAFF,
    summary="Make single-use codes",
    tags=["coupons"],
)
async def make_batch(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[NewBatch]
) -> CodeBatch:
    """Begin a batch of single-use codes; a job makes them, and the batch tells how far it is. Needs a key."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.make_codes",
        lambda tx: codes.begin_batch(tx, actor=call.actor, mall_id=mall, coupon_id=coupon, new=data, now=call.now),
        returns=CodeBatch,
        mall_id=mall,
        payload=BatchOf(coupon_id, data),
        key_required=True,
    )


@get(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/code-batches",
    access=STAFF,
    summary="Batches of codes",
    tags=["coupons"],
)
async def list_batches(
    call: TheCall,
    mall_id: FromPath[UUID],
    coupon_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[CodeBatch]:
    """Return a coupon's batches, newest first, with how far each is and how many of its codes were used."""
    async with call.db.read() as tx:
        return await queries.list_batches(
            tx, actor=call.actor, mall_id=MallId(mall_id), coupon_id=CouponId(coupon_id), cursor=cursor, limit=limit
        )


@get(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/code-batches/{batch_id:uuid}/file",
    access=STAFF,
    summary="A batch of codes as CSV",
    tags=["coupons"],
    media_type="text/csv",
)
async def export_batch(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], batch_id: FromPath[UUID]
) -> Stream:
    """Return all codes of a batch: number and code a row. The export is noted in the journal."""
    rows = await codes.export_batch(
        call.runtime,
        call.command("coupons.export_codes", mall_id=MallId(mall_id), payload=Batch(batch_id), replayable=False),
        coupon_id=CouponId(coupon_id),
        batch_id=batch_id,
    )
    name = f"codes-{batch_id}.csv"
    return Stream(
        rows, media_type="text/csv; charset=utf-8", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/code-batches/{batch_id:uuid}/void",
    access=STAFF,
    summary="Void a batch of codes",
    tags=["coupons"],
    status_code=200,
)
async def void_batch(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], batch_id: FromPath[UUID]
) -> CodeBatch:
    """Make every code of a batch that was not used yet worthless; coupons got by the others stay good."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.void_codes",
        lambda tx: codes.void_batch(
            tx, actor=call.actor, mall_id=mall, coupon_id=coupon, batch_id=batch_id, now=call.now
        ),
        returns=CodeBatch,
        mall_id=mall,
        payload=Batch(batch_id),
    )


@post("/v1/malls/{mall_id:uuid}/me/coupons/codes", access=MEMBER, summary="Redeem a code", tags=["coupons"])
async def redeem_code(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CodeEntry]) -> Claim:
    """Give the member the coupon behind a code, once. Wrong codes may be tried a few times only. Needs a key."""
    mall = MallId(mall_id)
    digest = codes.digest_of(call.runtime.signer, data.code)
    command = call.command("coupons.redeem_code", mall_id=mall, payload=Entered(digest), key_required=True)
    return await codes.redeem_code(call.runtime, command, code=data.code, device=call.device)


ROUTES = [make_batch, list_batches, export_batch, void_batch, redeem_code]
