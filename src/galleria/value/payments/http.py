"""Routes of payments: refunds under way and failed, for those who watch over money."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from galleria.foundation import malls
from galleria.kernel.ids import MallId, RefundId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx
from galleria.value.payments import operations, queries
from galleria.value.payments.model import PaymentRefund, RefundState

REFUNDS = "/v1/malls/{mall_id:uuid}/payments/refunds"


@get(REFUNDS, access=STAFF, summary="Refunds of payments and how they stand", tags=["payments"])
async def list_refunds(
    call: TheCall,
    mall_id: FromPath[UUID],
    refund_state: Annotated[RefundState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[PaymentRefund]:
    """List refunds sent to payment providers, the newest first; `state=failed` are those a person must see to."""
    async with call.db.read() as tx:
        await _require(call, tx, MallId(mall_id))
        return await queries.list_refunds(tx, mall_id=MallId(mall_id), state=refund_state, cursor=cursor, limit=limit)


@post(
    REFUNDS + "/{refund_id:uuid}/retry",
    access=STAFF,
    status_code=200,
    summary="Send a failed refund again",
    tags=["payments"],
)
async def retry_refund(call: TheCall, mall_id: FromPath[UUID], refund_id: FromPath[UUID]) -> PaymentRefund:
    """Send a failed refund to its provider again, under the same id, so it cannot be paid out twice."""
    mall = MallId(mall_id)

    async def retry(tx: Tx) -> PaymentRefund:
        await _require(call, tx, mall)
        return await operations.retry_refund(tx, mall_id=mall, refund_id=RefundId(refund_id))

    return await call.write(
        "payments.retry_refund", retry, returns=PaymentRefund, mall_id=mall, payload={"refund_id": refund_id}
    )


async def _require(call: Call, tx: ReadTx, mall_id: MallId) -> None:
    call.actor.require(Permission.ORDER_REFUND, await malls.mall_target(tx, mall_id))


ROUTES = [list_refunds, retry_refund]
