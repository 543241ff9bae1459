"""On the way: handed over, brought, failed, tried again, returned or lost; and collecting at points."""

from datetime import datetime, timedelta

import asyncpg

from galleria.commerce import orders
from galleria.commerce.fulfilment.model import (
    ENDED,
    TRANSITIONS,
    ArriveRequest,
    Carrier,
    CodeNotThis,
    Compartment,
    HandRequest,
    LossReason,
    MoveRequest,
    NoSuchPickup,
    Point,
    PointFull,
    ShipmentMoved,
    ShipmentRow,
    ShipmentState,
    Unclaimed,
)
from galleria.commerce.fulfilment.operations.calling import call_off
from galleria.commerce.fulfilment.operations.moving import (
    REFUNDED,
    everything,
    fresh,
    hand_over,
    locked,
    lose,
    make_ready,
    step,
)
from galleria.commerce.fulfilment.operations.starting import new_code
from galleria.commerce.fulfilment.rules import shipments as rules
from galleria.commerce.fulfilment.store import booking, lists, losses, points, settings
from galleria.commerce.fulfilment.store import shipments as store
from galleria.commerce.fulfilment.store.shipments import Change
from galleria.commerce.orders import Way
from galleria.kernel.errors import Conflict, Invalid, NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId, PointId, ShipmentId, ShopId
from galleria.platform.actors import SYSTEM, Actor
from galleria.platform.tx import Tx
from galleria.value import stock

_S = ShipmentState
CODES_TRIED = 5


class NoAttemptLeft(Conflict):
    """It was tried as often as the mall allows (`allowed`); it goes back to the shop."""

    code = "no_attempt_left"


async def hand(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, request: HandRequest, actor: Actor, now: datetime
) -> ShipmentRow:
    """Give a shipment to whoever carries it; a parcel needs its company and tracking number.

    From a point it goes only to a door its shopper asked for; riders or couriers asked before are called off. Raises
    NotFound, ShipmentMoved, Invalid, NoAttemptLeft.
    """
    row = await locked(tx, mall_id, shipment_id)
    rules.require_next(row, _S.HANDED)
    if row.way is Way.COLLECT or (row.state is _S.AT_POINT and row.address is None):
        raise ShipmentMoved(state=row.state.value, number=row.number)
    if row.way is Way.EXPRESS and not (request.company.strip() and request.tracking):
        raise Invalid.field("tracking", "parcel_needs_tracking")
    policy = await settings.policy(tx, mall_id)
    if row.attempts >= policy.attempts_max:
        raise NoAttemptLeft(allowed=policy.attempts_max)
    await call_off(tx, row, reason="own_staff", now=now)
    await store.carried_by(tx, row, Carrier.PARCEL if row.way is Way.EXPRESS else Carrier.OWN)
    change = Change(
        company=request.company.strip(),
        tracking=request.tracking,
        carried_by=request.carried_by.strip(),
        attempts=row.attempts + 1,
        reason="",
    )
    note = request.carried_by.strip() or f"{request.company.strip()} {request.tracking}".strip()
    return await step(tx, row, _S.HANDED, actor=actor, now=now, note=note, change=change)


async def move(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, request: MoveRequest, actor: Actor, now: datetime
) -> ShipmentRow:
    """Say what happened to a shipment on its way; see `told`. Raises NotFound as well."""
    return await told(tx, await locked(tx, mall_id, shipment_id), request, actor=actor, now=now)


async def told(tx: Tx, row: ShipmentRow, request: MoveRequest, *, actor: Actor, now: datetime) -> ShipmentRow:
    """Do what the person who carries says of a locked shipment.

    Delivered at a door needs its code, or a word where it was left; its units are handed over then. What comes back,
    spoils or gets lost is refunded. Raises ShipmentMoved, Invalid, CodeNotThis.
    """
    state, reason = request.state, request.reason.strip()
    if (state not in rules.next_by_hand(row) and state in TRANSITIONS[row.state]) or state not in rules.BY_HAND:
        raise Invalid.field("state", "shipment_not_by_hand")
    rules.require_next(row, state)
    if state in {_S.FAILED, _S.LOST, _S.DESTROYED} and not reason:
        raise Invalid.field("reason", "required")
    if state is _S.DELIVERED:
        return await _delivered(tx, row, request, reason, actor, now)
    change = Change(reason=reason or None)
    row = await step(tx, row, state, actor=actor, now=now, note=reason, change=change)
    await settle_loss_of(tx, row, state, now)
    return row


async def _delivered(
    tx: Tx, row: ShipmentRow, request: MoveRequest, reason: str, actor: Actor, now: datetime
) -> ShipmentRow:
    if request.code is not None and request.code != row.code:
        raise CodeNotThis
    if request.code is None and not reason and row.way is not Way.EXPRESS:
        raise Invalid.field("code", "code_or_word")
    return await deliver(tx, row, actor=actor, note=reason, now=now)


async def deliver(tx: Tx, row: ShipmentRow, *, actor: Actor, note: str, now: datetime) -> ShipmentRow:
    """End a locked shipment with its shopper: its units are handed over, and how late it was is kept."""
    change = Change(delivered_at=now, arrived_at=now, late_minutes=rules.late_minutes(row.promised_to, now))
    await step(tx, row, _S.DELIVERED, actor=actor, now=now, note=note, change=change)
    await hand_over(tx, row, now)
    return await fresh(tx, row)


async def settle_loss_of(tx: Tx, row: ShipmentRow, state: ShipmentState, now: datetime) -> None:
    """Have units refunded that do not come, unless that was done before; what came back goes on the shelf again.

    Whoever refunded what was on its way said then whether it goes on the shelf.
    """
    known = await losses.of_shipment(tx, row.mall_id, row.id)
    gone = known and any(loss.reason is not LossReason.SHORT for loss in known)
    reasons = {_S.LOST: LossReason.LOST, _S.DESTROYED: LossReason.SPOILED, _S.RETURNED: LossReason.RETURNED}
    if state not in reasons:
        return
    if not gone and row.reason != REFUNDED:
        await lose(tx, row, reasons[state], everything(row), restock=state is _S.RETURNED, now=now)
    elif gone and state is _S.RETURNED:
        items = [(line.variant_id, len(line.units)) for line in row.lines]
        await stock.give_back(tx, mall_id=row.mall_id, reference=row.id, items=items, now=now)


async def receive(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, member_id: MemberId, actor: Actor, now: datetime
) -> ShipmentRow:
    """Let a member say that a parcel has come. Raises NotFound, also for somebody else's, and ShipmentMoved."""
    row = await locked(tx, mall_id, shipment_id)
    if row.member_id != member_id:
        raise NotFound
    if row.way is not Way.EXPRESS or row.state not in {_S.HANDED, _S.ON_THE_WAY, _S.FAILED}:
        raise ShipmentMoved(state=row.state.value, number=row.number)
    return await deliver(tx, row, actor=actor, note="", now=now)


async def arrive(
    tx: Tx, *, mall_id: MallId, point: Point, request: ArriveRequest, actor: Actor, now: datetime
) -> ShipmentRow:
    """Take a shipment in at a point, into its compartment and on a shelf; it can be collected from now on.

    Raises NotFound for a number that is not this point's, ShipmentMoved, PointFull.
    """
    found = await lists.by_number(tx, mall_id, request.number.strip().upper())
    if found is None or found.point_id != point.id:
        raise NotFound
    row = await locked(tx, mall_id, found.id)
    rules.require_next(row, _S.AT_POINT)
    room = next((one for one in point.compartments if one.storage is row.storage), None)
    if room is None:
        raise PointFull(shop_id=str(row.shop_id))
    if not row.holds_room and not await booking.take_room(tx, mall_id, {(point.id, row.storage): 1}):
        raise PointFull(shop_id=str(row.shop_id))
    row = await _put_down(tx, row, room, request.shelf, actor, now)
    await make_ready(tx, row, now)
    return await fresh(tx, row)


async def _put_down(
    tx: Tx, row: ShipmentRow, room: Compartment, shelf: str, actor: Actor, now: datetime
) -> ShipmentRow:
    """Move a shipment to its shelf, under a code nothing else at the point has."""
    code = row.code
    for _ in range(CODES_TRIED):
        change = Change(
            shelf=shelf,
            code=code,
            holds_room=True,
            arrived_at=now,
            late_minutes=rules.late_minutes(row.promised_to, now),
            due_at=now + timedelta(hours=room.hours_max),
        )
        try:
            async with tx.savepoint():
                return await step(tx, row, _S.AT_POINT, actor=actor, now=now, note=shelf, change=change)
        except asyncpg.UniqueViolationError:
            code = new_code()
    raise ShipmentMoved(state=row.state.value, number=row.number)


async def pick_up(tx: Tx, *, mall_id: MallId, point_id: PointId, code: str, actor: Actor, now: datetime) -> ShipmentRow:
    """Hand over what waits at a point for a code, once; raises NoSuchPickup."""
    found = await lists.waiting_at(tx, mall_id, point_id, code)
    if found is None:
        raise NoSuchPickup
    row = await locked(tx, mall_id, found.id)
    if row.state is not _S.AT_POINT:
        raise NoSuchPickup
    return await deliver(tx, row, actor=actor, note="", now=now)


async def end_unclaimed(tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, now: datetime) -> bool:
    """Refund what nobody collected in time and have it cleared off its shelf; False when it was collected meanwhile.

    Whether it goes back to the shop or is destroyed is the compartment's rule; staff confirm either.
    """
    row = await locked(tx, mall_id, shipment_id)
    if row.state is not _S.AT_POINT or row.due_at is None or row.due_at > now or row.point_id is None:
        return False
    point = await points.find(tx, mall_id, row.point_id)
    rooms = {} if point is None else {room.storage: room for room in point.compartments}
    destroy = row.storage in rooms and rooms[row.storage].unclaimed is Unclaimed.DESTROY
    reason = LossReason.UNCLAIMED_DESTROYED if destroy else LossReason.UNCLAIMED_RETURNED
    change = Change(reason=reason.value)
    await step(tx, row, _S.RETURNING, actor=SYSTEM, now=now, note=reason.value, change=change)
    await lose(tx, row, reason, everything(row), restock=False, now=now)
    return True


async def follow_pickup(tx: Tx, *, mall_id: MallId, order_id: OrderId, shop_id: ShopId, now: datetime) -> int:
    """Let shipments to be collected at a shop follow the order: ended when all was handed over, open again when not.

    The ticket moves the order; this only follows it. Returns how many shipments moved.
    """
    await orders.lock_order(tx, mall_id=mall_id, order_id=order_id)
    left = rules.open_units(await orders.get_order(tx, mall_id=mall_id, order_id=order_id))
    moved = 0
    for row in await store.lock_order(tx, mall_id, order_id):
        if row.way is not Way.COLLECT or row.shop_id != shop_id:
            continue
        waits = any(line.units for line in rules.trimmed(row.lines, left))
        if not waits and row.state not in ENDED:
            change = Change(delivered_at=now, arrived_at=now, late_minutes=0)
            await step(tx, row, _S.DELIVERED, actor=SYSTEM, now=now, change=change)
            moved += 1
        if waits and row.state is _S.DELIVERED:
            await step(tx, row, _S.PACKED, actor=SYSTEM, now=now)
            moved += 1
    return moved
