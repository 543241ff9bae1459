"""The ways an order ends before it is paid."""

from datetime import datetime

from galleria.commerce import fulfilment, orders
from galleria.commerce.checkout.model import CancelledOrder
from galleria.commerce.checkout.operations import holding
from galleria.commerce.checkout.operations.paying import closing
from galleria.commerce.checkout.operations.refusals import OrderNotWaiting, not_waiting
from galleria.commerce.checkout.rules import books
from galleria.commerce.orders import EndedOrder, OrderState, Tender
from galleria.foundation import ledger
from galleria.kernel.ids import MallId, MemberId, OrderId
from galleria.platform.tx import Tx
from galleria.value import coupons, offers, payments, stock


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
    tx.jobs.extend(closing(mall_id, closed))
    return CancelledOrder(order_id, OrderState.CANCELLED)


async def expire(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> bool:
    """End an order past its time: goods, coupons and limits are given back; False when it is not waiting any more."""
    tx.subject = str(order_id)
    closed = await payments.close_intents(tx, mall_id=mall_id, order_id=order_id, now=now)
    ended = await orders.expire(tx, mall_id=mall_id, order_id=order_id, now=now)
    if ended is None:
        raise OrderNotWaiting
    await _give_back(tx, ended, now)
    tx.jobs.extend(closing(mall_id, closed))
    return True


async def _give_back(tx: Tx, ended: EndedOrder, now: datetime) -> None:
    if ended.claim_ids:
        await coupons.release(tx, mall_id=ended.mall_id, order_id=ended.id, now=now)
    if ended.booked:
        await fulfilment.release(tx, mall_id=ended.mall_id, order_id=ended.id)
    await stock.release(tx, mall_id=ended.mall_id, order_id=ended.id)
    if ended.offers:
        await offers.release(tx, mall_id=ended.mall_id, order_id=ended.id)
    await holding.give_back(tx, ended, now)
    for one in ended.tenders:
        if one.id in ended.collected:
            await _deposit_back(tx, ended, one, now)


async def _deposit_back(tx: Tx, ended: EndedOrder, tender: Tender, now: datetime) -> None:
    """Promise back what somebody had paid of an order that others did not: by the provider, or out of the till."""
    entry = books.deposit_back_entry(ended.mall_id, ended.currency, tender)
    await ledger.post(tx, group_id=ended.group_id, mall_id=ended.mall_id, entries=[entry], now=now)
    if tender.holder_id is not None:
        await orders.owe_cash(
            tx,
            mall_id=ended.mall_id,
            order_id=ended.id,
            tender_id=tender.id,
            holder_id=tender.holder_id,
            amount_minor=tender.amount_minor,
            currency=ended.currency,
            reason=ended.number,
            now=now,
        )
        return
    await payments.request_refund(
        tx,
        mall_id=ended.mall_id,
        order_id=ended.id,
        tender_id=tender.id,
        amount_minor=tender.amount_minor,
        reason=ended.number,
        now=now,
    )
