"""Reading payments."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import AttemptId, MallId, OrderId, RefundId, TenderId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.tx import ReadTx
from galleria.value.payments import rules
from galleria.value.payments.model import Attempt, Intent, PaymentRefund, RefundOrder, RefundState
from galleria.value.payments.store import attempts, refunds


async def latest_intent(tx: ReadTx, *, mall_id: MallId, order_id: OrderId) -> Intent | None:
    """Return the newest intent of an order, or None; a surplus does not count."""
    return await attempts.latest(tx, mall_id, order_id)


async def list_intents(tx: ReadTx, *, mall_id: MallId, order_id: OrderId) -> list[Intent]:
    """Return every intent of an order, the oldest first."""
    return await attempts.of_order(tx, mall_id, order_id)


async def find_attempt(tx: ReadTx, *, mall_id: MallId, attempt_id: AttemptId) -> Attempt | None:
    """Return an attempt, or None."""
    return await attempts.find_attempt(tx, mall_id, attempt_id)


async def last_attempt(
    tx: ReadTx, *, mall_id: MallId, order_id: OrderId, tender_id: TenderId | None = None
) -> Attempt | None:
    """Return the newest attempt at a tender, or None; without `tender_id`, at one still to be collected if any is."""
    return await attempts.last_attempt(tx, mall_id, order_id, tender_id)


async def open_attempts(tx: ReadTx, *, mall_id: MallId, order_id: OrderId) -> list[Attempt]:
    """Return the attempts of an order by which money may still come."""
    return await attempts.open_attempts(tx, mall_id, order_id)


async def list_unanswered(tx: ReadTx, *, now: datetime, limit: int = 200) -> list[Attempt]:
    """Return open attempts whose outcome the provider must be asked for, each asking later than the one before."""
    return await attempts.unanswered(tx, now=now, pauses=rules.ASK_PAUSES_S, limit=limit)


async def get_refund_order(tx: ReadTx, *, mall_id: MallId, refund_id: RefundId) -> RefundOrder:
    """Return what a provider is to give back; raises NotFound."""
    found = await refunds.refund_order(tx, mall_id, refund_id)
    if found is None:
        raise NotFound
    return found


async def refund_states(tx: ReadTx, *, mall_id: MallId, refund_ids: Sequence[RefundId]) -> dict[RefundId, RefundState]:
    """Return where refunds of payments stand, by id; one statement."""
    return {row.id: row.state for row in await refunds.find_refunds(tx, mall_id, list(refund_ids))}


async def list_refunds(
    tx: ReadTx, *, mall_id: MallId, state: RefundState | None = None, cursor: str | None = None, limit: int = 50
) -> Page[PaymentRefund]:
    """Return refunds of payments, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await refunds.list_refunds(tx, mall_id, state=state, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))
