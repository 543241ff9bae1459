"""The ways an order ends before it is paid."""

from collections.abc import Sequence
from datetime import datetime

from galleria.commerce import orders
from galleria.commerce.checkout.model import CancelledOrder
from galleria.commerce.checkout.operations.refusals import OrderNotWaiting, not_waiting
from galleria.commerce.orders import EndedOrder, OrderState, TenderKind
from galleria.kernel.ids import MallId, MemberId, OrderId
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value import coupons, offers, payments, points, stock, wallet
from galleria.value.payments import Intent

CLOSE_AT_PROVIDER = "checkout.close_at_provider"


async def cancel(tx: Tx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId, now: datetime) -> CancelledOrder:
    """End an order before it is paid, at its member's wish: goods, coupons, limits and payment are given back.

    Raises NotFound, AlreadyPaid, OrderNotWaiting.
    """
    tx.subject = str(order_id)
    closed = await payments.close_intents(tx, mall_id=mall_id, order_id=order_id, now=now)
    ended = await orders.cancel(tx, mall_id=mall_id, order_id=order_id, member_id=member_id, now=now)
    if ended is None:
        order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=member_id)
        raise not_waiting(order.state)
    await _give_back(tx, ended, now)
    tx.jobs.extend(_closing(closed))
    return CancelledOrder(order_id, OrderState.CANCELLED)


async def expire(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> bool:
    """End an order past its time: goods, coupons and limits are given back; False when it is not waiting any more."""
    tx.subject = str(order_id)
    closed = await payments.close_intents(tx, mall_id=mall_id, order_id=order_id, now=now)
    ended = await orders.expire(tx, mall_id=mall_id, order_id=order_id, now=now)
    if ended is None:
        raise OrderNotWaiting
    await _give_back(tx, ended, now)
    tx.jobs.extend(_closing(closed))
    return True


async def _give_back(tx: Tx, ended: EndedOrder, now: datetime) -> None:
    if ended.claim_ids:
        await coupons.release(tx, mall_id=ended.mall_id, order_id=ended.id, now=now)
    await stock.release(tx, mall_id=ended.mall_id, order_id=ended.id)
    if ended.offers:
        await offers.release(tx, mall_id=ended.mall_id, order_id=ended.id)
    for one in ended.tenders:
        if one.kind is TenderKind.POINTS:
            await points.release(tx, hold_id=one.id, now=now)
        if one.kind is TenderKind.STORED_VALUE:
            await wallet.release(tx, hold_id=one.id, now=now)


def _closing(intents: Sequence[Intent]) -> list[Job]:
    """Return the jobs that tell providers to take no more money for these."""
    return [Job(CLOSE_AT_PROVIDER, {"mall_id": intent.mall_id, "intent_id": intent.id}) for intent in intents]
