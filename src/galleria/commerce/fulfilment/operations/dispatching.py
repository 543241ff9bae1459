"""Riders and couriers: asked when a shipment is packed, followed on their way, called off when it is not wanted."""

from datetime import datetime

from galleria.commerce import couriers, orders, riders
from galleria.commerce.fulfilment.model import (
    TRANSITIONS,
    Carrier,
    Place,
    ShipmentMoved,
    ShipmentRow,
    ShipmentState,
)
from galleria.commerce.fulfilment.operations.calling import call_off
from galleria.commerce.fulfilment.operations.carrying import deliver, settle_loss_of
from galleria.commerce.fulfilment.operations.moving import CARRIER_FAILED, fresh, locked, step
from galleria.commerce.fulfilment.rules import carriers as rules
from galleria.commerce.fulfilment.rules import shipments
from galleria.commerce.fulfilment.store import points, settings
from galleria.commerce.fulfilment.store import shipments as store
from galleria.commerce.fulfilment.store.shipments import Change
from galleria.commerce.orders import Way
from galleria.foundation import malls
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MallId, ShipmentId
from galleria.kernel.places import Stop
from galleria.platform.actors import SYSTEM, Actor
from galleria.platform.tx import Tx

_S = ShipmentState


async def ask(tx: Tx, row: ShipmentRow, now: datetime) -> None:
    """Have a packed (or, for the last mile, waiting) shipment fetched by whoever carries it; own staff is not asked."""
    if row.carrier not in {Carrier.RIDERS, Carrier.COURIERS}:
        return
    pickup, dropoff = await _from(tx, row), await _to(tx, row)
    if dropoff is None:
        return
    if row.carrier is Carrier.RIDERS:
        await riders.assign(
            tx, mall_id=row.mall_id, shipment_id=row.id, member_id=row.member_id, number=row.number, title=row.shop_zh,
            pickup=pickup, dropoff=dropoff, ready_at=now, window=(row.promised_from, row.promised_to),
            code_hash=riders.code_hash(row.id, row.code) if row.address is not None else None, now=now,
            pieces=sum(len(line.units) for line in row.lines),
        )  # fmt: skip
        return
    await couriers.request(
        tx, mall_id=row.mall_id, shipment_id=row.id, member_id=row.member_id, number=row.number, title=row.shop_zh,
        pickup=pickup, dropoff=dropoff, goods_minor=await _worth(tx, row), ready_at=now, deliver_by=row.promised_to,
        now=now,
    )  # fmt: skip


async def _from(tx: Tx, row: ShipmentRow) -> Stop:
    """Return where a shipment is fetched: at its point, or at the shop that fills it."""
    policy = await settings.policy(tx, row.mall_id)
    mall = await malls.get_mall(tx, row.mall_id)
    if row.state is _S.AT_POINT and row.point_id is not None:
        return await _at_point(tx, row)
    shop = await malls.get_shop(tx, row.mall_id, row.filling_shop_id)
    return Stop(
        name=shop.name_zh,
        address=mall.address_zh or mall.name_zh,
        phone=shop.phone,
        floor=shop.floor_code,
        unit=shop.unit_code,
        lat=policy.lat,
        lon=policy.lon,
    )


async def _to(tx: Tx, row: ShipmentRow) -> Stop | None:
    """Return where a shipment is brought: to its door, or to its point; None for neither."""
    if row.address is not None:
        return _door(row.address)
    return None if row.point_id is None else await _at_point(tx, row)


def _door(place: Place) -> Stop:
    parts = (place.province, place.city, place.district, place.street, place.door)
    return Stop(
        name=place.person,
        address=" ".join(part for part in parts if part),
        phone=place.phone,
        lat=place.lat,
        lon=place.lon,
    )


async def _at_point(tx: Tx, row: ShipmentRow) -> Stop:
    point = None if row.point_id is None else await points.find(tx, row.mall_id, row.point_id)
    if point is None:
        raise ShipmentMoved(state=row.state.value, number=row.number)
    return Stop(name=point.name_zh, address=point.address_zh, phone=point.phone, lat=point.lat, lon=point.lon)


async def _worth(tx: Tx, row: ShipmentRow) -> int:
    """Return what the goods of a shipment cost, in minor units."""
    view = await orders.get_order(tx, mall_id=row.mall_id, order_id=row.order_id)
    prices = {line.id: line.unit_price_minor for part in view.sub_orders for line in part.lines}
    return sum(prices[line.line_id] * len(line.units) for line in row.lines)


async def dispatch(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, carrier: Carrier, actor: Actor, now: datetime
) -> ShipmentRow:
    """Give a packed shipment to another kind of carrier; who was asked before is called off.

    Raises NotFound, ShipmentMoved, Invalid for a carrier that does not carry on its way.
    """
    row = await locked(tx, mall_id, shipment_id)
    if row.state is not _S.PACKED or row.way is not Way.DELIVERY:
        raise ShipmentMoved(state=row.state.value, number=row.number)
    if carrier is Carrier.PARCEL:
        raise Invalid.field("carrier", "carrier_not_for_way")
    await call_off(tx, row, reason="other_carrier", now=now)
    await store.carried_by(tx, row, carrier)
    await store.note(tx, row, "dispatched", actor=actor, note=carrier.value, now=now)
    after = await fresh(tx, row)
    await ask(tx, after, now)
    tx.emit(shipments.moved(after, after.state))
    return after


async def follow(
    tx: Tx,
    *,
    mall_id: MallId,
    shipment_id: ShipmentId,
    carrier: Carrier,
    said: str,
    reason: str,
    who: str,
    now: datetime,
) -> bool:
    """Let a shipment follow what those who carry it have told; False when that changes nothing.

    What is told late, twice, by a carrier that was called off, or of something else is passed over.
    """
    if await store.find(tx, mall_id, shipment_id) is None:
        return False
    row = await locked(tx, mall_id, shipment_id)
    if row.carrier is not carrier:
        return False
    if said in rules.GIVEN_UP and row.state is _S.PACKED:
        await store.give_reason(tx, row, CARRIER_FAILED)
        await store.note(tx, row, "carrier_failed", actor=SYSTEM, note=reason, now=now)
        tx.emit(shipments.moved(row, row.state))
        return True
    if said in rules.COMING and row.state is _S.PACKED:
        await store.note(tx, row, "carrier_found", actor=SYSTEM, note=who, now=now)
        return True
    return await _walk(tx, row, rules.path(row, said), reason, who, now)


async def _walk(
    tx: Tx, row: ShipmentRow, path: tuple[ShipmentState, ...], reason: str, who: str, now: datetime
) -> bool:
    moved = False
    for state in path:
        if state not in TRANSITIONS[row.state]:
            continue
        if state is _S.DELIVERED:
            row = await deliver(tx, row, actor=SYSTEM, note=who, now=now)
        else:
            handed = state is _S.HANDED
            change = Change(
                carried_by=who or None,
                reason="" if handed else reason or None,
                attempts=row.attempts + 1 if handed else None,
            )
            row = await step(tx, row, state, actor=SYSTEM, now=now, note=reason or who, change=change)
            await settle_loss_of(tx, row, state, now)
        moved = True
    return moved
