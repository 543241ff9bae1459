"""Reading payments."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import IntentId, MallId, OrderId, RefundId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.tx import ReadTx
from galleria.value.payments import store
from galleria.value.payments.model import Intent, PaymentRefund, RefundOrder, RefundState

ASK_AFTER = timedelta(seconds=20)
ASK_EVERY = timedelta(seconds=20)


async def find_intent(tx: ReadTx, *, mall_id: MallId, intent_id: IntentId) -> Intent | None:
    """Return an intent, or None."""
    return await store.find(tx, mall_id, intent_id)


async def latest_intent(tx: ReadTx, *, mall_id: MallId, order_id: OrderId) -> Intent | None:
    """Return the newest intent of an order, or None."""
    return await store.latest(tx, mall_id, order_id)


async def list_unanswered(tx: ReadTx, *, now: datetime, limit: int = 200) -> list[Intent]:
    """Return open intents whose outcome the provider must be asked for: none told us within twenty seconds."""
    return await store.unanswered(tx, created_before=now - ASK_AFTER, asked_before=now - ASK_EVERY, limit=limit)


async def get_refund_order(tx: ReadTx, *, mall_id: MallId, refund_id: RefundId) -> RefundOrder:
    """Return what a provider is to give back; raises NotFound."""
    found = await store.refund_order(tx, mall_id, refund_id)
    if found is None:
        raise NotFound
    return found


async def refund_states(tx: ReadTx, *, mall_id: MallId, refund_ids: Sequence[RefundId]) -> dict[RefundId, RefundState]:
    """Return where refunds of payments stand, by id; one statement."""
    return {row.id: row.state for row in await store.find_refunds(tx, mall_id, list(refund_ids))}


async def list_refunds(
    tx: ReadTx, *, mall_id: MallId, state: RefundState | None = None, cursor: str | None = None, limit: int = 50
) -> Page[PaymentRefund]:
    """Return refunds of payments, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_refunds(tx, mall_id, state=state, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))
