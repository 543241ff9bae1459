"""The bill: what a party owes becomes an order, paid by one or split; and back when it is not paid."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from galleria.commerce import checkout, orders
from galleria.commerce.checkout import Channel, Split
from galleria.commerce.orders import OrderState, Way
from galleria.kernel.ids import MallId, MemberId, OrderId, ShopId, new_id
from galleria.onsite.dining import queries, rules, store
from galleria.onsite.dining.model import (
    BillId,
    BillState,
    DishItem,
    Guest,
    HeldDishes,
    ItemState,
    NoBill,
    NobodyToBill,
    NothingToPay,
    OpenBill,
    SeatingId,
    SeatingState,
    SplitKind,
    SplitNotPossible,
)
from galleria.onsite.dining.operations.ordering import BOTH, promise
from galleria.onsite.dining.operations.seats import locked, tell
from galleria.platform.tx import Tx
from galleria.value import payments, stock


async def open_bill(
    tx: Tx,
    *,
    mall_id: MallId,
    seating_id: SeatingId,
    wanted: OpenBill,
    member_id: MemberId | None,
    shop_id: ShopId | None,
    providers: payments.Providers,
    origin: str,
    hold: timedelta,
    now: datetime,
) -> checkout.PlacedOrder:
    """Make what a party owes an order in a guest's name; until it is paid or taken back nothing can be ordered.

    The party is locked first, so a dish sent at the same moment is on the bill or refused. Raises NotFound,
    SeatingOver, BillOpen, HeldDishes, NothingToPay, NobodyToBill, SplitNotPossible, and what `checkout.place_items`
    raises: TotalChanged when it is not the total that was shown.
    """
    seating, guests = await locked(tx, mall_id, seating_id, member_id=member_id, shop_id=shop_id)
    items = rules.owed(await store.items(tx, mall_id, seating_id))
    host = _host(guests, member_id or wanted.member_id)
    if any(item.state is ItemState.HELD for item in items):
        raise HeldDishes
    if not items:
        raise NothingToPay
    if wanted.split is not SplitKind.TOGETHER and (wanted.points or wanted.stored_value_minor):
        raise SplitNotPossible
    parts = await queries.split(tx, seating=seating, items=items, wanted=wanted, host=host, guests=guests, now=now)
    for item in items:
        await stock.release(tx, mall_id=mall_id, order_id=OrderId(item.hold_id))
    placed = await checkout.place_items(
        tx,
        mall_id=mall_id,
        member_id=host,
        items=queries.basket_items(items),
        channel=Channel.TABLE,
        way=Way.TABLE,
        claim_ids=wanted.claim_ids,
        points=wanted.points,
        stored_value_minor=wanted.stored_value_minor,
        provider=providers.get(wanted.provider) if wanted.provider else providers.preferred,
        scene=wanted.scene,
        split=None
        if wanted.split is SplitKind.TOGETHER
        else [Split(payer_id=part.member_id, amount_minor=part.amount_minor) for part in parts],
        shown_total_minor=wanted.shown_total_minor,
        origin=origin,
        hold=hold,
        now=now,
    )
    bill = store.Bill(
        mall_id=mall_id,
        id=BillId(new_id()),
        seating_id=seating_id,
        shop_id=seating.shop_id,
        member_id=host,
        order_id=placed.id,
        state=BillState.OPEN,
        split=wanted.split,
        payable_minor=placed.payable_minor,
        opened_at=now,
    )
    await store.add_bill(tx, bill)
    await store.bill_items(tx, mall_id, bill.id, [item.id for item in items])
    await store.set_state(tx, mall_id, seating_id, SeatingState.BILLING, into=None, now=now)
    tell(tx, seating, guests, "dining.billed")
    if placed.state is OrderState.PAID:
        await settle_paid(tx, order_id=placed.id, now=now)
    return placed


def _host(guests: Sequence[Guest], wanted: MemberId | None) -> MemberId:
    """Return in whose name the bill is: who asks, whom staff chose, or the first phone; raises NobodyToBill."""
    known = [guest.member_id for guest in guests]
    if wanted is None and known:
        return known[0]
    if wanted is None or wanted not in known:
        raise NobodyToBill
    return wanted


async def take_back(
    tx: Tx,
    *,
    mall_id: MallId,
    seating_id: SeatingId,
    member_id: MemberId | None,
    shop_id: ShopId | None,
    now: datetime,
) -> SeatingId:
    """Take an unpaid bill back, so that the party can order more or split otherwise.

    What was collected of it goes back by itself. Raises NotFound, NoBill, and checkout's refusal of a paid order.
    """
    seating, guests = await locked(tx, mall_id, seating_id, member_id=member_id, shop_id=shop_id, states=BOTH)
    bill = await store.open_bill(tx, mall_id, seating_id)
    if bill is None:
        raise NoBill
    await checkout.cancel(tx, mall_id=mall_id, order_id=bill.order_id, member_id=bill.member_id, now=now)
    await _void(tx, bill, now)
    tell(tx, seating, guests, "dining.bill_back")
    return seating_id


async def settle_paid(tx: Tx, *, order_id: OrderId, now: datetime) -> bool:
    """Note that a bill is paid, once: the party may order more, or go. False when there is nothing to note."""
    bill = await store.bill_of_order(tx, order_id)
    if bill is None:
        return False
    seating = (await store.lock_seatings(tx, bill.mall_id, [bill.seating_id])).get(bill.seating_id)
    order = await orders.get_order(tx, mall_id=bill.mall_id, order_id=order_id)
    if seating is None or order.state is not OrderState.PAID:
        return False
    if not await store.end_bill(tx, bill.mall_id, bill.id, BillState.PAID, now):
        return False
    await store.set_state(tx, bill.mall_id, seating.id, SeatingState.OPEN, into=None, now=now)
    tell(tx, seating, await store.guests(tx, bill.mall_id, seating.id), "dining.bill_paid")
    return True


async def settle_ended(tx: Tx, *, order_id: OrderId, now: datetime) -> bool:
    """Take back a bill whose order ended unpaid, once; False when there is nothing to take back."""
    bill = await store.bill_of_order(tx, order_id)
    if bill is None:
        return False
    seating = (await store.lock_seatings(tx, bill.mall_id, [bill.seating_id])).get(bill.seating_id)
    if seating is None or not await _void(tx, bill, now):
        return False
    tell(tx, seating, await store.guests(tx, bill.mall_id, seating.id), "dining.bill_back")
    return True


async def _void(tx: Tx, bill: store.Bill, now: datetime) -> bool:
    """End a bill unpaid: its dishes are owed again, and promised again."""
    if not await store.end_bill(tx, bill.mall_id, bill.id, BillState.VOID, now):
        return False
    freed = set(await store.unbill(tx, bill.mall_id, bill.id))
    for item in await store.items(tx, bill.mall_id, bill.seating_id):
        if item.id in freed:
            await _promise_again(tx, bill.mall_id, item, now)
    await store.set_state(tx, bill.mall_id, bill.seating_id, SeatingState.OPEN, into=None, now=now)
    return True


async def _promise_again(tx: Tx, mall_id: MallId, item: DishItem, now: datetime) -> None:
    """Promise a dish its part of the stock again; what stands on the table was there, whatever the count says."""
    try:
        await promise(tx, mall_id, item, now)
    except stock.OutOfStock as short:
        missing = item.quantity - short.left[item.variant_id]
        await stock.receive(
            tx, mall_id=mall_id, variant_id=item.variant_id, quantity=missing, now=now, reference=item.id
        )
        await promise(tx, mall_id, item, now)
