"""What fulfilment brings to the program."""

from galleria.commerce.fulfilment import jobs
from galleria.commerce.fulfilment.http import ROUTES
from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module

FOLLOW_REFUND = "fulfilment.follow_refund"
FOLLOW_PICKUP = "fulfilment.follow_pickup"
FOLLOW_RIDERS = "fulfilment.follow_riders"
FOLLOW_COURIERS = "fulfilment.follow_couriers"

_SLOTS = """
SELECT 'slot ' || s.id || ': ' || s.booked || ' booked, but ' || b.bookings || ' bookings'
  FROM fulfilment.slot s
  JOIN LATERAL (
    SELECT count(*) AS bookings FROM fulfilment.booking b
     WHERE b.mall_id = s.mall_id AND b.slot_id = s.id AND b.state <> 'released'
       AND NOT (b.state = 'started' AND EXISTS (
             SELECT FROM fulfilment.shipment h WHERE h.mall_id = b.mall_id AND h.order_id = b.order_id
                AND h.shop_id = b.shop_id)
            AND NOT EXISTS (
             SELECT FROM fulfilment.shipment h WHERE h.mall_id = b.mall_id AND h.order_id = b.order_id
                AND h.shop_id = b.shop_id AND h.state <> 'cancelled'))) b ON true
 WHERE s.booked <> b.bookings
 LIMIT 20
"""
_ROOM = """
SELECT 'point ' || p.id || ': ' || c.storage || ' holds ' || c.held || ', but ' || r.rooms || ' are in it'
  FROM fulfilment.compartment c
  JOIN fulfilment.point p ON p.mall_id = c.mall_id AND p.id = c.point_id
  JOIN LATERAL (
    SELECT (SELECT count(*) FROM fulfilment.booking b
             WHERE b.mall_id = c.mall_id AND b.point_id = c.point_id AND b.state = 'booked'
               AND c.storage = ANY (b.storages))
         + (SELECT count(*) FROM fulfilment.shipment s
             WHERE s.mall_id = c.mall_id AND s.point_id = c.point_id AND s.storage = c.storage AND s.holds_room)
           AS rooms) r ON true
 WHERE c.held <> r.rooms
 LIMIT 20
"""
_UNITS = """
SELECT 'line ' || l.line_id || ': unit ' || u.unit || ' is in ' || count(*) || ' shipments'
  FROM fulfilment.shipment_line l
  JOIN fulfilment.shipment s ON s.mall_id = l.mall_id AND s.id = l.shipment_id AND s.state <> 'cancelled'
 CROSS JOIN LATERAL unnest(l.units) AS u(unit)
 GROUP BY l.mall_id, l.line_id, u.unit
HAVING count(*) > 1
 LIMIT 20
"""
_MOVES = """
SELECT 'shipment ' || s.id || ' is ' || s.state || ', its last move is ' || coalesce(m.what, 'none')
  FROM fulfilment.shipment s
  LEFT JOIN LATERAL (
    SELECT what FROM fulfilment.move m
     WHERE m.mall_id = s.mall_id AND m.shipment_id = s.id
       AND m.what NOT IN ('split', 'amended', 'last_mile', 'filled_from', 'dispatched',
                          'carrier_found', 'carrier_failed')
     ORDER BY m.id DESC LIMIT 1) m ON true
 WHERE s.state IS DISTINCT FROM m.what
 LIMIT 20
"""
_DELIVERED = """
SELECT 'shipment ' || s.id || ' is delivered, its units are not handed over'
  FROM fulfilment.shipment s
  JOIN fulfilment.shipment_line l ON l.mall_id = s.mall_id AND l.shipment_id = s.id
  JOIN orders.line o ON o.mall_id = l.mall_id AND o.id = l.line_id
 WHERE s.state = 'delivered' AND NOT l.units <@ (o.fulfilled_units || o.refunded_units)
 LIMIT 20
"""

MODULE = Module(
    name="fulfilment",
    routes=ROUTES,
    tasks=[
        Task(FOLLOW_REFUND, jobs.follow_refund),
        Task(FOLLOW_PICKUP, jobs.follow_pickup),
        Task(FOLLOW_RIDERS, jobs.follow_riders),
        Task(FOLLOW_COURIERS, jobs.follow_couriers),
    ],
    schedules=[
        Schedule("fulfilment.remind", 60, jobs.remind),
        Schedule("fulfilment.end_unclaimed", 60, jobs.end_unclaimed),
    ],
    subscribes={
        "returns.refunded": (FOLLOW_REFUND,),
        "redemption.redeemed": (FOLLOW_PICKUP,),
        "redemption.reversed": (FOLLOW_PICKUP,),
        "riders.moved": (FOLLOW_RIDERS,),
        "couriers.moved": (FOLLOW_COURIERS,),
    },
    tables={
        "fulfilment.address": Keyed.OWNER,
        "fulfilment.policy": Keyed.MALL,
        "fulfilment.way": Keyed.MALL,
        "fulfilment.zone": Keyed.MALL,
        "fulfilment.holiday": Keyed.MALL,
        "fulfilment.point": Keyed.MALL,
        "fulfilment.compartment": Keyed.MALL,
        "fulfilment.reading": Keyed.MALL,
        "fulfilment.slot_rule": Keyed.MALL,
        "fulfilment.slot": Keyed.MALL,
        "fulfilment.product": Keyed.MALL,
        "fulfilment.booking": Keyed.MALL,
        "fulfilment.shipment": Keyed.MALL,
        "fulfilment.shipment_line": Keyed.MALL,
        "fulfilment.move": Keyed.MALL,
        "fulfilment.loss": Keyed.MALL,
        "fulfilment.transfer": Keyed.MALL,
        "fulfilment.transfer_line": Keyed.MALL,
    },
    invariants=[
        Invariant("slots count their bookings", _SLOTS),
        Invariant("compartments hold what is booked or in them", _ROOM),
        Invariant("no unit is in two shipments", _UNITS),
        Invariant("every shipment is where its last move left it", _MOVES),
        Invariant("what is delivered is handed over in its order", _DELIVERED),
    ],
)
