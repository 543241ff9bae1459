"""What follows from an order being paid, once."""

from datetime import datetime

import structlog

from galleria.commerce import fulfilment, orders, redemption
from galleria.commerce.checkout.operations import holding
from galleria.commerce.checkout.rules import books
from galleria.commerce.checkout.rules.tenders import HELD
from galleria.commerce.orders import PaidOrder
from galleria.foundation import ledger
from galleria.kernel.ids import CouponId, MallId, MerchantId, OrderId, TenderId
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import coupons, offers, points, stock

log = structlog.get_logger()


async def collected(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    tender_id: TenderId,
    now: datetime,
    holder_id: MerchantId | None = None,
) -> bool:
    """Take in the money of one tender of an order, and complete the order when it was the last one.

    The only tender of an order that a provider collected completes it at once; one of several, and cash (in the till
    of `holder_id`), waits in the order's deposits for the rest. False when the order does not wait for it any more:
    the money is then to go back.
    """
    if tender_id == order_id and holder_id is None:
        return await complete(tx, mall_id=mall_id, order_id=order_id, now=now) is not None
    found = await orders.collect(
        tx, mall_id=mall_id, order_id=order_id, tender_id=tender_id, holder_id=holder_id, now=now
    )
    if found is None:
        return False
    tender = next(one for one in found.tenders if one.id == tender_id)
    entry = books.deposit_entry(mall_id, found.currency, tender)
    await ledger.post(tx, group_id=found.group_id, mall_id=mall_id, entries=[entry], now=now)
    missing = {one.id for one in found.tenders if one.kind not in HELD} - set(found.collected)
    if missing:
        topics = (f"mall:{mall_id}", f"member:{found.member_id}")
        left = sum(one.amount_minor for one in found.tenders if one.id in missing)
        tx.emit(Event("orders.collected", order_id, {"left_minor": left, "waiting": len(missing)}, topics))
        return True
    return await complete(tx, mall_id=mall_id, order_id=order_id, now=now) is not None


async def complete(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> PaidOrder | None:
    """Do everything that follows from an order being paid, once: coupons, offers, goods, tickets, points, ledger.

    None when the order was not waiting; nothing is done then.
    """
    order = await orders.mark_paid(tx, mall_id=mall_id, order_id=order_id, now=now)
    if order is None:
        return None
    if order.claim_ids:
        await coupons.use(tx, mall_id=mall_id, order_id=order_id, now=now)
    await stock.take(tx, mall_id=mall_id, order_id=order_id, now=now)
    if order.offers:
        await offers.settle(tx, mall_id=mall_id, order_id=order_id)
    await _grant(tx, order, now)
    await holding.take(tx, order, now)
    await redemption.issue(tx, order=order, now=now)
    if any(part.promised_by is not None for part in order.sub_orders):
        await fulfilment.start(tx, order=order, now=now)
    awarded = await points.award(
        tx,
        group_id=order.group_id,
        mall_id=mall_id,
        order_id=order_id,
        member_id=order.member_id,
        sub_orders=books.awarded_for(order),
        now=now,
    )
    paid = books.paid_entry(order)
    entries = [*([paid] if paid else []), *awarded.entries]
    if entries:
        await ledger.post(tx, group_id=order.group_id, mall_id=mall_id, entries=entries, now=now)
    return order


async def _grant(tx: Tx, order: PaidOrder, now: datetime) -> None:
    """Give the coupons for later that the order has earned; one that cannot be had any more does not hold up paying."""
    for coupon_id, quantity in books.granted(order):
        given = await coupons.grant(
            tx,
            mall_id=order.mall_id,
            coupon_id=CouponId(coupon_id),
            member_id=order.member_id,
            source=coupons.Source.PURCHASE,
            reference=order.id,
            quantity=quantity,
            now=now,
        )
        if given.refusal is not None:
            log.warning("checkout.not_granted", order=str(order.id), coupon=str(coupon_id), code=given.refusal)
