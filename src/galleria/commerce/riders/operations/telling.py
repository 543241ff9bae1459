"""What riders tell: `riders.moved` to fulfilment and to everybody's screens."""

from galleria.commerce.riders.model import Errand
from galleria.platform.command import Event
from galleria.platform.tx import Tx

MOVED = "riders.moved"
ROUTE = "riders.route"


def told(tx: Tx, errand: Errand, state: str, *, reason: str = "", rider: str = "") -> None:
    """Tell where a shipment in the hands of riders stands: an errand's state, or `failed` for a try at a door."""
    tx.emit(
        Event(
            MOVED,
            errand.shipment_id,
            {
                "shipment_id": str(errand.shipment_id),
                "errand_id": str(errand.id),
                "mall_id": str(errand.mall_id),
                "state": state,
                "reason": reason,
                "rider": rider,
            },
            topics=(f"mall:{errand.mall_id}", f"member:{errand.member_id}"),
        )
    )
