"""How every rule of fulfilment is broken, and what must be there to break."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.factories.fulfilment import make_bringing, write
from tests.factories.malls import MadeMall

from galleria.commerce.fulfilment.operations import starting
from galleria.commerce.orders import Way
from galleria.foundation import members
from galleria.kernel.ids import OrderId, ShipmentId
from galleria.platform.runtime import Runtime

FULFILMENT_BREAKS = {
    "fulfilment": {
        "slots count their bookings": "UPDATE fulfilment.slot SET booked = booked + 1 WHERE mall_id = $1",
        "compartments hold what is booked or in them": "UPDATE fulfilment.compartment SET held = held + 1 "
        "WHERE mall_id = $1",
        "no unit is in two shipments": "UPDATE fulfilment.shipment_line SET units = units || units WHERE mall_id = $1",
        "every shipment is where its last move left it": "UPDATE fulfilment.shipment SET state = 'lost' "
        "WHERE mall_id = $1",
        "what is delivered is handed over in its order": "UPDATE fulfilment.shipment SET state = 'delivered' "
        "WHERE mall_id = $1",
    },
}


async def shipments(runtime: Runtime, mall: MadeMall, member: members.Member, order: dict[str, Any]) -> None:
    """Have the goods of a paid order brought in a slot, and room booked at a point for another."""
    bringing = await make_bringing(runtime, mall=mall, member=member)
    await bringing.rule(Way.DELIVERY)
    order_id, now = OrderId(UUID(order["id"])), datetime.now(UTC)
    await bringing.book(bringing.choice(Way.DELIVERY), order_id=order_id)
    await write(
        runtime,
        lambda tx: starting.make(tx, mall_id=mall.mall_id, order_id=order_id, now=now),
        returns=list[ShipmentId],
    )
    await bringing.book(bringing.choice(Way.POINT))
