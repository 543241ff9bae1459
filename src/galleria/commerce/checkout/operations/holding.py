"""What a shopper pays with of what he has: set aside at placement, taken at completion, given back at another end."""

from datetime import datetime, timedelta

from galleria.commerce.orders import EndedOrder, NewOrder, PaidOrder, TenderKind
from galleria.platform.tx import Tx
from galleria.value import points, wallet

HELD_BEYOND = timedelta(days=30)
"""Points and stored value stay set aside until the order ends; only were it forgotten, so long after its time."""


async def set_aside(tx: Tx, order: NewOrder) -> None:
    """Set aside the points and the stored value that an order is paid with; each hold has its tender's id."""
    for one in order.tenders:
        if one.kind is TenderKind.POINTS:
            await points.hold(
                tx,
                group_id=order.group_id,
                mall_id=order.mall_id,
                member_id=order.member_id,
                points=one.points,
                hold_id=one.id,
                expires_at=order.expires_at + HELD_BEYOND,
                now=order.placed_at,
            )
        if one.kind is TenderKind.STORED_VALUE:
            await wallet.hold(
                tx,
                group_id=order.group_id,
                mall_id=order.mall_id,
                member_id=order.member_id,
                amount_minor=one.amount_minor,
                currency=order.currency,
                hold_id=one.id,
                expires_at=order.expires_at + HELD_BEYOND,
                now=order.placed_at,
            )


async def take(tx: Tx, order: PaidOrder, now: datetime) -> None:
    """Take what was set aside when the order was placed."""
    for one in order.tenders:
        if one.kind is TenderKind.POINTS:
            await points.settle(
                tx,
                mall_id=order.mall_id,
                hold_id=one.id,
                points=one.points,
                title_zh=order.number,
                title_en=order.number,
                now=now,
            )
        if one.kind is TenderKind.STORED_VALUE:
            await wallet.settle(
                tx,
                mall_id=order.mall_id,
                hold_id=one.id,
                amount_minor=one.amount_minor,
                currency=order.currency,
                title_zh=order.number,
                title_en=order.number,
                now=now,
            )


async def give_back(tx: Tx, ended: EndedOrder, now: datetime) -> None:
    """Give back what was set aside for an order that ended unpaid; safe to do twice."""
    for one in ended.tenders:
        if one.kind is TenderKind.POINTS:
            await points.release(tx, hold_id=one.id, now=now)
        if one.kind is TenderKind.STORED_VALUE:
            await wallet.release(tx, hold_id=one.id, now=now)
