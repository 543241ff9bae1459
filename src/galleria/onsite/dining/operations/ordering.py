"""From the table's list to the kitchen and back to the table; and what nobody pays for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from galleria.foundation import catalog
from galleria.kernel.errors import Conflict, NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId, ProductId, ShopId, StaffId, new_id
from galleria.onsite.dining import rules, store
from galleria.onsite.dining.model import (
    ITEMS_MAX,
    AddDishes,
    DishCooking,
    DishGone,
    DishItem,
    DishOnBill,
    DishSettings,
    DishSoldOut,
    ItemMoved,
    ItemState,
    ListEmpty,
    ListFull,
    OptionGroup,
    Relief,
    Seating,
    SeatingId,
    SeatingState,
    SendDishes,
    WantedDish,
)
from galleria.onsite.dining.operations.seats import locked, tell
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import stock

NEVER = 99
"""No course comes this late: nothing is held."""
KEPT = timedelta(hours=12)
"""A dish is promised to its table for so long; the promise ends with its bill or its end."""
BOTH = (SeatingState.OPEN, SeatingState.BILLING)


async def add(
    tx: Tx,
    *,
    mall_id: MallId,
    seating_id: SeatingId,
    wanted: AddDishes,
    member_id: MemberId | None,
    shop_id: ShopId | None,
    now: datetime,
) -> SeatingId:
    """Put dishes on the table's list, for a guest or by staff of the shop; every phone sees who put them.

    The price on the list is what the dish will cost. Raises NotFound, SeatingOver, BillOpen, Invalid naming choices
    that cannot be, DishGone, DishSoldOut, ListFull.
    """
    seating, guests = await locked(tx, mall_id, seating_id, member_id=member_id, shop_id=shop_id)
    if len(await store.items(tx, mall_id, seating_id)) + len(wanted.lines) > ITEMS_MAX:
        raise ListFull(most=ITEMS_MAX)
    found = await catalog.sellable(tx, mall_id, list(dict.fromkeys(line.variant_id for line in wanted.lines)))
    goods = {good.variant_id: good for good in found if good.shop_id == seating.shop_id}
    dishes = {dish.product_id: dish for dish in await store.dishes(tx, mall_id, seating.shop_id)}
    groups = {group.id: group for group in await store.groups(tx, mall_id, seating.shop_id)}
    rows = [
        _item(seating, line, goods.get(line.variant_id), dishes, groups, member_id, place, now)
        for place, line in enumerate(wanted.lines)
    ]
    await store.add_items(tx, mall_id, rows)
    tell(tx, seating, guests, "dining.list_changed")
    return seating_id


def _item(
    seating: Seating,
    line: WantedDish,
    good: catalog.Sellable | None,
    dishes: dict[ProductId, DishSettings],
    groups: dict[UUID, OptionGroup],
    member_id: MemberId | None,
    place: int,
    now: datetime,
) -> DishItem:
    if good is None or good.kind is not catalog.Kind.PHYSICAL:
        raise DishGone(name_zh="", name_en="")
    dish = dishes.get(good.product_id)
    if dish is not None and dish.sold_out:
        raise DishSoldOut(name_zh=good.name_zh, name_en=good.name_en)
    asked = [groups[one] for one in dish.group_ids if one in groups] if dish is not None else []
    chosen = rules.choose(asked, line.option_ids, field=f"lines[{place}].option_ids")
    item_id = new_id()
    return DishItem(
        id=item_id,
        hold_id=item_id,
        seating_id=seating.id,
        shop_id=seating.shop_id,
        member_id=member_id,
        product_id=good.product_id,
        variant_id=good.variant_id,
        station_id=None if dish is None else dish.station_id,
        course=1 if dish is None else dish.course,
        name_zh=good.name_zh,
        name_en=good.name_en,
        option_zh=rules.joined(good.option_zh, chosen.option_zh),
        option_en=rules.joined(good.option_en, chosen.option_en),
        picture=good.picture,
        option_ids=list(line.option_ids),
        note=line.note.strip(),
        quantity=line.quantity,
        unit_price_minor=good.price_minor + chosen.extra_minor,
        state=ItemState.DRAFT,
        relief=None,
        reason="",
        bill_id=None,
        paid=False,
        added_at=now,
        sent_at=None,
        ready_at=None,
        served_at=None,
    )


async def set_quantity(
    tx: Tx,
    *,
    mall_id: MallId,
    seating_id: SeatingId,
    item_id: UUID,
    quantity: int,
    member_id: MemberId | None,
    shop_id: ShopId | None,
) -> SeatingId:
    """Change how many of a dish are on the list; raises NotFound, ItemMoved when it was sent meanwhile."""
    seating, guests = await locked(tx, mall_id, seating_id, member_id=member_id, shop_id=shop_id)
    if not await store.set_quantity(tx, mall_id, seating_id, item_id, quantity):
        known = {item.id for item in await store.items(tx, mall_id, seating_id)}
        raise ItemMoved if item_id in known else NotFound
    tell(tx, seating, guests, "dining.list_changed")
    return seating_id


async def send(
    tx: Tx,
    *,
    mall_id: MallId,
    seating_id: SeatingId,
    wanted: SendDishes,
    member_id: MemberId | None,
    shop_id: ShopId | None,
    now: datetime,
) -> SeatingId:
    """Send the list to the kitchen, each dish once, and promise what it takes of the stock: all, or nothing.

    Raises NotFound, SeatingOver, BillOpen, ListEmpty when another phone has sent it, DishSoldOut, DishGone and
    stock.OutOfStock for what has run out since it was put on the list.
    """
    seating, guests = await locked(tx, mall_id, seating_id, member_id=member_id, shop_id=shop_id)
    hold_from = NEVER if wanted.hold_from_course is None else wanted.hold_from_course
    sent = set(await store.send(tx, mall_id, seating_id, wanted.item_ids, hold_from=hold_from, now=now))
    if not sent:
        raise ListEmpty
    items = [item for item in await store.items(tx, mall_id, seating_id) if item.id in sent]
    await _require_there(tx, seating, items)
    for item in items:
        await promise(tx, mall_id, item, now)
    tell(tx, seating, guests, "dining.sent")
    return seating_id


async def _require_there(tx: Tx, seating: Seating, items: Sequence[DishItem]) -> None:
    """Raise DishSoldOut or DishGone unless all can still be had; the kitchen cannot say otherwise before commit."""
    products = sorted({item.product_id for item in items})
    options = sorted({one for item in items for one in item.option_ids})
    dishes = {
        dish.product_id: dish for dish in await store.share_dishes(tx, seating.mall_id, seating.shop_id, products)
    }
    await store.share_options(tx, seating.mall_id, options)
    groups = await store.groups(tx, seating.mall_id, seating.shop_id)
    gone = {option.id: option for group in groups for option in group.options if option.sold_out}
    goods = await catalog.sellable(tx, seating.mall_id, list({item.variant_id for item in items}))
    on_sale = {good.variant_id for good in goods}
    for item in items:
        dish = dishes.get(item.product_id)
        if dish is not None and dish.sold_out:
            raise DishSoldOut(name_zh=item.name_zh, name_en=item.name_en)
        choice = next((gone[one] for one in item.option_ids if one in gone), None)
        if choice is not None:
            raise DishSoldOut(name_zh=choice.name_zh, name_en=choice.name_en)
        if item.variant_id not in on_sale:
            raise DishGone(name_zh=item.name_zh, name_en=item.name_en)


async def promise(tx: Tx, mall_id: MallId, item: DishItem, now: datetime) -> None:
    """Promise a dish its part of the stock; raises stock.OutOfStock."""
    await stock.reserve(
        tx,
        mall_id=mall_id,
        order_id=OrderId(item.hold_id),
        wants=[(item.variant_id, item.quantity)],
        expires_at=now + KEPT,
    )


async def fire(
    tx: Tx,
    *,
    mall_id: MallId,
    seating_id: SeatingId,
    course: int,
    member_id: MemberId | None,
    shop_id: ShopId | None,
    now: datetime,
) -> SeatingId:
    """Have a held course made now; raises NotFound, SeatingOver, BillOpen, ListEmpty when none is held."""
    seating, guests = await locked(tx, mall_id, seating_id, member_id=member_id, shop_id=shop_id)
    if not await store.fire(tx, mall_id, seating_id, course, now):
        raise ListEmpty
    tell(tx, seating, guests, "dining.sent")
    return seating_id


async def cancel(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, seating_id: SeatingId, item_id: UUID, reason: str, now: datetime
) -> SeatingId:
    """Call off a dish that the kitchen has not begun; its part of the stock is free again.

    Raises NotFound, SeatingOver, DishCooking, DishOnBill, ItemMoved.
    """
    seating, guests = await locked(tx, mall_id, seating_id, shop_id=shop_id, states=BOTH)
    hold_id = await store.cancel(tx, mall_id, seating_id, item_id, reason=reason.strip(), now=now)
    if hold_id is None:
        raise await _why_not(tx, mall_id, seating_id, item_id)
    await stock.release(tx, mall_id=mall_id, order_id=OrderId(hold_id))
    tell(tx, seating, guests, "dining.item_cancelled")
    return seating_id


async def _why_not(tx: Tx, mall_id: MallId, seating_id: SeatingId, item_id: UUID) -> Conflict | NotFound:
    item = next((one for one in await store.items(tx, mall_id, seating_id) if one.id == item_id), None)
    if item is None:
        return NotFound()
    if item.bill_id is not None:
        return DishOnBill()
    return DishCooking() if item.state in {ItemState.COOKING, ItemState.READY, ItemState.SERVED} else ItemMoved()


async def relieve(
    tx: Tx,
    *,
    mall_id: MallId,
    shop_id: ShopId,
    seating_id: SeatingId,
    item_id: UUID | None,
    relief: Relief,
    reason: str,
    staff_id: StaffId,
    now: datetime,
) -> SeatingId:
    """Take a dish off what the party owes, or with no `item_id` all of them; who did it and why is kept.

    What was made is gone from the stock. Raises NotFound, SeatingOver, BillOpen, DishOnBill, ItemMoved.
    """
    seating, guests = await locked(tx, mall_id, seating_id, shop_id=shop_id)
    owed = rules.owed(await store.items(tx, mall_id, seating_id))
    chosen = [item for item in owed if item_id is None or item.id == item_id]
    if not chosen:
        raise ListEmpty if item_id is None else await _why_not(tx, mall_id, seating_id, item_id)
    for one in (item for item in chosen if item.state is ItemState.HELD):
        await store.cancel(tx, mall_id, seating_id, one.id, reason=reason.strip(), now=now)
        await stock.release(tx, mall_id=mall_id, order_id=OrderId(one.hold_id))
    made = [item for item in chosen if item.state is not ItemState.HELD]
    await store.relieve(
        tx, mall_id, seating_id, [item.id for item in made], relief=relief, reason=reason.strip(), staff_id=staff_id
    )
    for one in made:
        await stock.take(tx, mall_id=mall_id, order_id=OrderId(one.hold_id), now=now)
    tell(tx, seating, guests, "dining.relieved")
    return seating_id


async def move_on_board(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, item_ids: Sequence[UUID], to: ItemState, now: datetime
) -> int:
    """Move dishes on the kitchen's board, forward or a step back: all of them, or none and ItemMoved.

    Raises Invalid for what is not on the board.
    """
    wanted = set(item_ids)
    moved = await store.move(tx, mall_id, shop_id, sorted(wanted), sources=rules.sources(to), to=to, now=now)
    if len(moved) != len(wanted):
        raise ItemMoved
    tx.subject = str(shop_id)
    for seating_id in sorted({one.seating_id for one in moved}):
        guests = await store.guests(tx, mall_id, seating_id)
        topics = (f"shop:{shop_id}", *(f"member:{guest.member_id}" for guest in guests))
        data: dict[str, str | int | None] = {
            "seating_id": str(seating_id),
            "shop_id": str(shop_id),
            "to": to.value,
            "count": sum(one.seating_id == seating_id for one in moved),
        }
        tx.emit(Event("dining.dish_moved", seating_id, data, topics))
    return len(moved)
