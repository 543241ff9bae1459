"""Reads of shipments: a member's own, lists for staff, one whole."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce import orders
from galleria.commerce.fulfilment.model import (
    Alarm,
    Exceptions,
    Loss,
    Move,
    Point,
    ShipmentRow,
    ShipmentState,
    ShipmentView,
    Standing,
)
from galleria.commerce.fulfilment.rules import shipments as rules
from galleria.commerce.fulfilment.store import lists, losses, points, settings
from galleria.commerce.fulfilment.store import shipments as store
from galleria.commerce.fulfilment.store.lists import Wanted
from galleria.foundation import malls, members
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId, PointId, ShipmentId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

TROUBLED_MAX = 200
LOSSES_MAX = 100


async def standing(tx: ReadTx, *, mall_id: MallId, order_id: OrderId) -> list[Standing]:
    """Return how far the goods of an order's parts are; parts that are collected at any time are not in it."""
    return rules.standing(await store.of_order(tx, mall_id, order_id))


async def loss(tx: ReadTx, *, mall_id: MallId, loss_id: UUID) -> Loss:
    """Return units that do not reach the shopper, and whether they are refunded; raises NotFound."""
    found = await losses.find(tx, mall_id, loss_id)
    if found is None:
        raise NotFound
    return found


async def mine(
    tx: ReadTx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId, now: datetime
) -> Page[ShipmentView]:
    """Return the shipments of a member's order with their codes; raises NotFound for somebody else's order."""
    await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=member_id)
    rows = [row for row in await store.of_order(tx, mall_id, order_id) if row.member_id == member_id]
    return Page(await views(tx, mall_id, rows, now=now, owner=True))


async def get(tx: ReadTx, *, mall_id: MallId, shipment_id: ShipmentId) -> ShipmentRow:
    """Return a shipment; raises NotFound."""
    found = await store.find(tx, mall_id, shipment_id)
    if found is None:
        raise NotFound
    return found


async def get_mine(
    tx: ReadTx, *, mall_id: MallId, order_id: OrderId, shipment_id: ShipmentId, member_id: MemberId
) -> ShipmentRow:
    """Return a shipment of a member's order; raises NotFound, also for somebody else's."""
    found = await get(tx, mall_id=mall_id, shipment_id=shipment_id)
    if found.member_id != member_id or found.order_id != order_id:
        raise NotFound
    return found


async def view(tx: ReadTx, row: ShipmentRow, *, now: datetime, owner: bool) -> ShipmentView:
    """Return one shipment as a screen shows it."""
    return (await views(tx, row.mall_id, [row], now=now, owner=owner))[0]


async def points_in(tx: ReadTx, mall_id: MallId, reach: Reach) -> list[PointId]:
    """Return the points run by shops in reach."""
    if reach.everything:
        return []
    shops = {shop.id: shop for shop in await malls.all_shops(tx, mall_id)}
    run = [
        (point.id, shops[point.shop_id]) for point in await points.list_points(tx, mall_id) if point.shop_id in shops
    ]
    return [point_id for point_id, shop in run if shop.id in reach.shop_ids or shop.merchant_id in reach.merchant_ids]


async def list_shipments(
    tx: ReadTx, *, mall_id: MallId, wanted: Wanted, now: datetime, cursor: str | None, limit: int
) -> Page[ShipmentView]:
    """Return the shipments staff may see, those to be prepared first first."""
    after = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    mine = await points_in(tx, mall_id, wanted.reach)
    rows = await lists.list_shipments(tx, mall_id, wanted, point_ids=mine, now=now, after=after, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.prepare_by, row.id))
    return Page(await views(tx, mall_id, page.items, now=now, owner=False), page.next_cursor)


async def views(
    tx: ReadTx, mall_id: MallId, rows: Sequence[ShipmentRow], *, now: datetime, owner: bool
) -> list[ShipmentView]:
    """Return shipments as screens show them; only the owner is told the code."""
    if not rows:
        return []
    moves = await lists.moves(tx, mall_id, [row.id for row in rows])
    places = {point.id: point for point in await points.list_points(tx, mall_id)}
    policy = await settings.policy(tx, mall_id)
    people = {}
    if not owner:
        group_id = await malls.group_of(tx, mall_id)
        people = await members.list_members(tx, group_id, [row.member_id for row in rows])
    return [
        _view(
            row,
            None if row.point_id is None else places.get(row.point_id),
            moves.get(row.id, []),
            masked=members.mask_phone(people[row.member_id].phone) if row.member_id in people else "",
            now=now,
            owner=owner,
            last_mile=policy.last_mile,
        )
        for row in rows
    ]


def _view(
    row: ShipmentRow,
    point: Point | None,
    moves: Sequence[Move],
    *,
    masked: str,
    now: datetime,
    owner: bool,
    last_mile: bool,
) -> ShipmentView:
    waits = row.state is ShipmentState.AT_POINT
    return ShipmentView(
        id=row.id,
        number=row.number,
        order_id=row.order_id,
        order_number=row.order_number,
        sub_order_id=row.sub_order_id,
        shop_id=row.shop_id,
        filling_shop_id=row.filling_shop_id,
        merchant_id=row.merchant_id,
        shop_zh=row.shop_zh,
        shop_en=row.shop_en,
        way=row.way,
        carrier=row.carrier,
        state=row.state,
        storage=row.storage,
        address=row.address,
        slot_id=row.slot_id,
        point_id=row.point_id,
        point_zh="" if point is None else point.name_zh,
        point_en="" if point is None else point.name_en,
        point_address_zh="" if point is None else point.address_zh,
        point_address_en="" if point is None else point.address_en,
        shelf=row.shelf,
        company=row.company,
        tracking=row.tracking,
        carried_by=row.carried_by,
        attempts=row.attempts,
        reason=row.reason,
        promised_from=row.promised_from,
        promised_to=row.promised_to,
        prepare_by=row.prepare_by,
        created_at=row.created_at,
        packed_at=row.packed_at,
        arrived_at=row.arrived_at,
        due_at=row.due_at,
        delivered_at=row.delivered_at,
        late_minutes=row.late_minutes,
        late=rules.is_late(row, now),
        member_masked=masked,
        parent_id=row.parent_id,
        code=row.code if owner and rules.needs_code(row) else None,
        can_amend=row.state is ShipmentState.PLANNED,
        can_last_mile=waits and last_mile and row.address is None,
        next_states=sorted(rules.next_by_hand(row)),
        lines=row.lines,
        moves=list(moves),
    )


async def exceptions(tx: ReadTx, *, mall_id: MallId, reach: Reach, now: datetime) -> Exceptions:
    """Return what goes wrong in the shops and points in reach just now."""
    mine = await points_in(tx, mall_id, reach)
    wanted = Wanted(reach=reach, troubled=True)
    rows = await lists.list_shipments(tx, mall_id, wanted, point_ids=mine, now=now, after=None, limit=TROUBLED_MAX)
    names = {point.id: point for point in await points.list_points(tx, mall_id)}
    alarms = [one for one in await points.alarms(tx, mall_id) if reach.everything or one.point_id in mine]
    return Exceptions(
        shipments=await views(tx, mall_id, rows, now=now, owner=False),
        alarms=[
            Alarm(
                id=one.id,
                point_id=one.point_id,
                point_zh=names[one.point_id].name_zh,
                point_en=names[one.point_id].name_en,
                storage=one.storage,
                tenths=one.tenths,
                at=one.at,
            )
            for one in alarms
        ],
        losses=await losses.unsettled(tx, mall_id, LOSSES_MAX) if reach.everything else [],
    )
