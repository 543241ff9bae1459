"""Routes of payments for those who watch over money: refunds under way and failed, statements and differences."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.foundation import malls
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MallId, RefundId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.jobs import Job
from galleria.platform.tx import ReadTx, Tx
from galleria.value.payments import operations, queries
from galleria.value.payments.model import PaymentRefund, Providers, RefundState
from galleria.value.payments.model.reconciliation import (
    DifferenceDecision,
    DifferenceState,
    Reconciled,
    StatementDifference,
    StatementWish,
)
from galleria.value.payments.operations.reconciling import RECONCILE_DAY

REFUNDS = "/v1/malls/{mall_id:uuid}/payments/refunds"
STATEMENTS = "/v1/malls/{mall_id:uuid}/payments/statements"
DIFFERENCES = "/v1/malls/{mall_id:uuid}/payments/differences"


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


@get(STATEMENTS, access=STAFF, summary="What payment providers said of each day", tags=["payments"])
async def list_statements(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Page[Reconciled]:
    """List providers' daily statements in sums, the newest day first, with how many differences are open."""
    async with call.db.read() as tx:
        await _require(call, tx, MallId(mall_id), Permission.RECONCILE)
        return await queries.list_statements(tx, mall_id=MallId(mall_id), cursor=cursor, limit=limit)


@post(STATEMENTS, access=STAFF, status_code=202, summary="Compare a provider's day again", tags=["payments"])
async def fetch_statement(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[StatementWish]) -> StatementWish:
    """Have a provider's statement of a day fetched and compared, for the first time or again."""
    mall = MallId(mall_id)

    async def ask(tx: Tx) -> StatementWish:
        await _require(call, tx, mall, Permission.RECONCILE)
        if call.runtime.port(Providers).get(data.provider) is None:
            raise Invalid.field("provider", "provider_unknown")
        tx.enqueue(Job(RECONCILE_DAY, {"provider": data.provider, "day": data.day.isoformat()}))
        return data

    return await call.write("payments.fetch_statement", ask, returns=StatementWish, mall_id=mall, payload=data)


@get(DIFFERENCES, access=STAFF, summary="Where providers and we differ", tags=["payments"])
async def list_differences(
    call: TheCall,
    mall_id: FromPath[UUID],
    provider: FromQuery[str | None] = None,
    day: FromQuery[date | None] = None,
    difference_state: Annotated[DifferenceState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[StatementDifference]:
    """List differences between providers' statements, our payments and the ledger, the newest first."""
    async with call.db.read() as tx:
        await _require(call, tx, MallId(mall_id), Permission.RECONCILE)
        return await queries.list_differences(
            tx,
            mall_id=MallId(mall_id),
            provider=provider,
            day=day,
            state=difference_state,
            cursor=cursor,
            limit=limit,
        )


@post(
    DIFFERENCES + "/{difference_id:uuid}/decide",
    access=STAFF,
    status_code=200,
    summary="Say what became of a difference",
    tags=["payments"],
)
async def decide_difference(
    call: TheCall, mall_id: FromPath[UUID], difference_id: FromPath[UUID], data: JSONBody[DifferenceDecision]
) -> StatementDifference:
    """Mark a difference as explained or resolved, with a note, or open it again."""
    mall = MallId(mall_id)

    async def decide(tx: Tx) -> StatementDifference:
        await _require(call, tx, mall, Permission.RECONCILE)
        return await operations.decide_difference(
            tx,
            mall_id=mall,
            difference_id=difference_id,
            decision=data,
            staff_id=call.actor.staff_id,
            now=call.now,
        )

    return await call.write(
        "payments.decide_difference",
        decide,
        returns=StatementDifference,
        mall_id=mall,
        payload={"difference_id": difference_id, "decision": data},
    )


async def _require(call: Call, tx: ReadTx, mall_id: MallId, permission: Permission = Permission.ORDER_REFUND) -> None:
    call.actor.require(permission, await malls.mall_target(tx, mall_id))


ROUTES = [list_refunds, retry_refund, list_statements, fetch_statement, list_differences, decide_difference]
