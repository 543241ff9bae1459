"""Shipments: what goes together from a shop to a shopper, where it stands, and every move it made."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce.fulfilment.model.addresses import FILLED, LINE, Place
from galleria.commerce.fulfilment.model.ways import Carrier, Storage
from galleria.commerce.orders import Way
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import (
    AddressId,
    LineId,
    MallId,
    MemberId,
    MerchantId,
    OrderId,
    PointId,
    ProductId,
    RefundId,
    ShipmentId,
    ShopId,
    SlotId,
    SubOrderId,
    VariantId,
)


class ShipmentState(StrEnum):
    """Where a shipment stands."""

    PLANNED = "planned"
    PICKING = "picking"
    PACKED = "packed"
    HANDED = "handed"
    ON_THE_WAY = "on_the_way"
    AT_POINT = "at_point"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    DESTROYED = "destroyed"
    CANCELLED = "cancelled"


_S = ShipmentState
TRANSITIONS: dict[ShipmentState, frozenset[ShipmentState]] = {
    _S.PLANNED: frozenset({_S.PICKING, _S.PACKED, _S.DELIVERED, _S.CANCELLED}),
    _S.PICKING: frozenset({_S.PACKED, _S.PLANNED, _S.DELIVERED, _S.CANCELLED}),
    _S.PACKED: frozenset({_S.HANDED, _S.AT_POINT, _S.DELIVERED, _S.CANCELLED, _S.LOST}),
    _S.HANDED: frozenset({_S.PACKED, _S.ON_THE_WAY, _S.AT_POINT, _S.DELIVERED, _S.FAILED, _S.RETURNING, _S.LOST}),
    _S.ON_THE_WAY: frozenset({_S.PACKED, _S.AT_POINT, _S.DELIVERED, _S.FAILED, _S.RETURNING, _S.LOST}),
    _S.FAILED: frozenset({_S.HANDED, _S.ON_THE_WAY, _S.AT_POINT, _S.DELIVERED, _S.RETURNING, _S.LOST}),
    _S.AT_POINT: frozenset({_S.HANDED, _S.DELIVERED, _S.RETURNING, _S.DESTROYED, _S.LOST}),
    _S.RETURNING: frozenset({_S.RETURNED, _S.DESTROYED, _S.LOST}),
    _S.DELIVERED: frozenset({_S.PACKED}),
    _S.RETURNED: frozenset(),
    _S.LOST: frozenset(),
    _S.DESTROYED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""Carriers give back what they cannot bring: from handed or on the way it is packed again, for another one.

Goods collected at the shop by their ticket are delivered from anywhere in it; a reversed redemption leads back.
"""

ENDED = frozenset({_S.DELIVERED, _S.RETURNED, _S.LOST, _S.DESTROYED, _S.CANCELLED})
IN_HOUSE = frozenset({_S.PLANNED, _S.PICKING, _S.PACKED})
"""States in which the goods are still in the shop."""


class LossReason(StrEnum):
    """Why units do not reach the shopper and are refunded."""

    SHORT = "short"
    UNCLAIMED_RETURNED = "unclaimed_returned"
    UNCLAIMED_DESTROYED = "unclaimed_destroyed"
    LOST = "lost"
    RETURNED = "returned"
    SPOILED = "spoiled"


class ShipmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an order line in a shipment (positions from 0), and how many of them are picked."""

    line_id: LineId
    variant_id: VariantId
    product_id: ProductId
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    units: list[int]
    picked: int


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a shipment, when, and who did it."""

    what: str
    actor_kind: str
    actor_id: UUID
    note: str
    at: datetime


class ShipmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A shipment as stored, with its lines."""

    mall_id: MallId
    id: ShipmentId
    number: str
    order_id: OrderId
    sub_order_id: SubOrderId
    member_id: MemberId
    shop_id: ShopId
    filling_shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    order_number: str
    way: Way
    carrier: Carrier
    state: ShipmentState
    storage: Storage
    address: Place | None
    slot_id: SlotId | None
    point_id: PointId | None
    holds_room: bool
    code: str
    shelf: str
    company: str
    tracking: str
    carried_by: str
    fee_minor: int
    attempts: int
    reason: str
    promised_from: datetime
    promised_to: datetime
    prepare_by: datetime
    created_at: datetime
    packed_at: datetime | None
    arrived_at: datetime | None
    due_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None
    late_minutes: int | None
    parent_id: ShipmentId | None
    lines: list[ShipmentLine]


class ShipmentView(msgspec.Struct, frozen=True, kw_only=True):
    """A shipment as a screen shows it; the code to collect it with is told to its owner only.

    `late` tells that a promised time has passed: that of preparing while it is in the shop, else that of arriving.
    """

    id: ShipmentId
    number: str
    order_id: OrderId
    order_number: str
    sub_order_id: SubOrderId
    shop_id: ShopId
    filling_shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    way: Way
    carrier: Carrier
    state: ShipmentState
    storage: Storage
    address: Place | None
    slot_id: SlotId | None
    point_id: PointId | None
    point_zh: str
    point_en: str
    point_address_zh: str
    point_address_en: str
    shelf: str
    company: str
    tracking: str
    carried_by: str
    attempts: int
    reason: str
    promised_from: datetime
    promised_to: datetime
    prepare_by: datetime
    created_at: datetime
    packed_at: datetime | None
    arrived_at: datetime | None
    due_at: datetime | None
    delivered_at: datetime | None
    late_minutes: int | None
    late: bool
    member_masked: str
    parent_id: ShipmentId | None
    code: str | None
    can_amend: bool
    can_last_mile: bool
    next_states: list[ShipmentState]
    lines: list[ShipmentLine]
    moves: list[Move]


class Picked(msgspec.Struct, frozen=True, kw_only=True):
    """How many units of a line lie in the basket."""

    line_id: LineId
    picked: Annotated[int, Meta(ge=0, le=999)]


class PickRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has been picked so far."""

    lines: Annotated[list[Picked], Meta(max_length=500)] = []


class PackRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Packing: what was picked, on which shelf it waits; with `short` what is missing is refunded."""

    lines: Annotated[list[Picked], Meta(max_length=500)] = []
    shelf: Annotated[str, Meta(max_length=20, pattern=LINE)] = ""
    short: bool = False


class HandRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Handing over to whoever carries: a name, or a parcel company and its tracking number."""

    carried_by: Annotated[str, Meta(max_length=60, pattern=LINE)] = ""
    company: Annotated[str, Meta(max_length=40, pattern=LINE)] = ""
    tracking: Annotated[str, Meta(max_length=60, pattern=r"^[A-Za-z0-9-]*$")] = ""


class MoveRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened to a shipment on its way; a failure and a loss need a reason, delivering at a door its code."""

    state: ShipmentState
    reason: Annotated[str, Meta(max_length=200, pattern=LINE)] = ""
    code: Annotated[str, Meta(pattern=r"^[0-9]{6}$")] | None = None


class ArriveRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shipment taken in at a point, by its number, and the shelf it is put on."""

    number: Annotated[str, Meta(min_length=1, max_length=40, pattern=FILLED)]
    shelf: Annotated[str, Meta(max_length=20, pattern=LINE)] = ""


class PickupRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code a shopper shows at a point."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{6}$")]


class AmendRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another address or slot for a shipment that is not yet prepared; what is left out stays."""

    address_id: AddressId | None = None
    slot_id: SlotId | None = None


class LastMileRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Have what waits at a point brought to a door."""

    address_id: AddressId


class DispatchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to bring what is packed."""

    carrier: Carrier


class SplitLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of a line."""

    line_id: LineId
    count: Annotated[int, Meta(ge=1, le=999)]


class SplitRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a shipment goes later, as a shipment of its own."""

    lines: Annotated[list[SplitLine], Meta(min_length=1, max_length=500)]


class LostUnits(msgspec.Struct, frozen=True):
    """Units of one line that do not reach the shopper."""

    line_id: LineId
    units: list[int]


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A temperature out of bounds that nobody has answered (tenths of a degree Celsius)."""

    id: UUID
    point_id: PointId
    point_zh: str
    point_en: str
    storage: Storage
    tenths: int
    at: datetime


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Units that do not reach the shopper, waiting to be refunded, or refunded by `refund_id`."""

    mall_id: MallId
    id: UUID
    order_id: OrderId
    sub_order_id: SubOrderId
    shipment_id: ShipmentId
    reason: LossReason
    restock: bool
    lines: list[LostUnits]
    created_at: datetime
    refund_id: RefundId | None
    settled_at: datetime | None


class Exceptions(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong just now, the most urgent first; `losses` are units not yet refunded."""

    shipments: list[ShipmentView]
    alarms: list[Alarm]
    losses: list[Loss]


class Standing(msgspec.Struct, frozen=True):
    """How far the goods of a part of an order are: whether any has left the shop, and whether all have ended."""

    sub_order_id: SubOrderId
    dispatched: bool
    ended: bool


class ShipmentMoved(Conflict):
    """The shipment is elsewhere already: `state`."""

    code = "shipment_moved"


class PickedNotAll(Conflict):
    """Not every unit was picked; pick the rest, split it off, or pack short and have the rest refunded."""

    code = "picked_not_all"


class CodeNotThis(Conflict):
    """The code is not this shipment's."""

    code = "shipment_code_wrong"


class NoSuchPickup(Conflict):
    """Nothing waits at this point for this code."""

    code = "no_such_pickup"


class AmendTooLate(Conflict):
    """The shop prepares the goods already, or the slot is about to begin."""

    code = "amend_too_late"


class AmendCostsMore(Conflict):
    """Bringing it there costs more than was paid: `fee_minor` instead of `paid_minor`."""

    code = "amend_costs_more"


class NotAtPoint(Conflict):
    """Only what waits at a point can be brought from there."""

    code = "not_at_point"
