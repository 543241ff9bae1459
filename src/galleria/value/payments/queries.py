"""Reading payments."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import AttemptId, MallId, OrderId, RefundId, TenderId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.tx import ReadTx
from galleria.value.payments import rules
from galleria.value.payments.model import Attempt, Intent, PaymentRefund, RefundOrder, RefundState
from galleria.value.payments.model.reconciliation import DifferenceState, Reconciled, StatementDifference
from galleria.value.payments.store import attempts, reconciling, refunds


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


async def list_processing(tx: ReadTx, *, now: datetime, limit: int = 200) -> list[RefundOrder]:
    """Return refunds under way at a provider that must be asked about, each asking later than the one before."""
    return await refunds.processing(tx, now=now, pauses=rules.REFUND_PAUSES_S, limit=limit)


async def refund_states(tx: ReadTx, *, mall_id: MallId, refund_ids: Sequence[RefundId]) -> dict[RefundId, RefundState]:
    """Return where refunds of payments stand, by id; one statement."""
    return {row.id: row.state for row in await refunds.find_refunds(tx, mall_id, list(refund_ids))}


async def list_statements(
    tx: ReadTx, *, mall_id: MallId, cursor: str | None = None, limit: int = 50
) -> Page[Reconciled]:
    """Return what providers said of each day, the newest day first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[date, str])
    rows = await reconciling.statements(tx, mall_id, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.day, row.provider))


async def list_differences(
    tx: ReadTx,
    *,
    mall_id: MallId,
    provider: str | None = None,
    day: date | None = None,
    state: DifferenceState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[StatementDifference]:
    """Return where providers and we differ, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await reconciling.differences(
        tx, mall_id, provider=provider, day=day, state=state, before=before, limit=limit + 1
    )
    return page_of(rows, limit, lambda row: (row.id,))


async def is_compared(tx: ReadTx, *, provider: str, day: date) -> bool:
    """Return whether a provider's statement of a day was fetched."""
    return await reconciling.is_compared(tx, provider, day)


async def active_malls(tx: ReadTx, *, provider: str, starts_at: datetime, ends_at: datetime) -> list[MallId]:
    """Return the malls where a provider moved money in a period."""
    return await reconciling.active_malls(tx, provider, starts_at, ends_at)


async def list_refunds(
    tx: ReadTx, *, mall_id: MallId, state: RefundState | None = None, cursor: str | None = None, limit: int = 50
) -> Page[PaymentRefund]:
    """Return refunds of payments, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await refunds.list_refunds(tx, mall_id, state=state, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))
