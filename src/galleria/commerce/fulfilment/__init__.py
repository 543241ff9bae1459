"""Fulfilment: the ways goods reach the shopper, slots and points with room for so many, and shipments.

Owns the schema `fulfilment`. Invariants: no slot is booked beyond its capacity and no compartment holds more than it
has room for, by constraint and conditional statement; what an order books it gives back once or starts once; a unit
is in one live shipment at most; a shipment moves only as `TRANSITIONS` says, and every move is kept with who made it.

Emits `fulfilment.moved` (a shipment's state), `fulfilment.lost` (units to refund: subject the loss; `mall_id`,
`order_id`, `shipment_id`, `reason`, `units`), `fulfilment.alarm`, `fulfilment.due_soon`, `fulfilment.transfer_moved`.
Hears `returns.refunded`, `redemption.redeemed`, `redemption.reversed`, `riders.moved`, `couriers.moved`.
"""

from galleria.commerce.fulfilment.model import (
    BelongsTo,
    Booked,
    Carrier,
    LossReason,
    Part,
    PointFull,
    PointOffer,
    Promise,
    SlotFull,
    SlotView,
    Standing,
    Storage,
    WayNotOffered,
    WayOffer,
    WayOption,
    WhyNot,
)
from galleria.commerce.fulfilment.operations.booking import book, needs_booking, release
from galleria.commerce.fulfilment.operations.losing import settle_loss
from galleria.commerce.fulfilment.operations.starting import start
from galleria.commerce.fulfilment.queries.shipments import loss, standing
from galleria.commerce.fulfilment.queries.ways import quote_ways

__all__ = [
    "BelongsTo",
    "Booked",
    "Carrier",
    "LossReason",
    "Part",
    "PointFull",
    "PointOffer",
    "Promise",
    "SlotFull",
    "SlotView",
    "Standing",
    "Storage",
    "WayNotOffered",
    "WayOffer",
    "WayOption",
    "WhyNot",
    "book",
    "loss",
    "needs_booking",
    "quote_ways",
    "release",
    "settle_loss",
    "standing",
    "start",
]
