"""What riders and couriers tell, in the words of shipments."""

from galleria.commerce.fulfilment.model import ShipmentRow, ShipmentState
from galleria.commerce.orders import Way

_S = ShipmentState
COMING = frozenset({"assigned", "accepted", "to_shop"})
"""Somebody comes to fetch it."""
GIVEN_UP = frozenset({"cancelled", "failed"})
"""Nobody fetches it; staff find another way. A rider's `failed` is a try at a door, of what was fetched."""

_PATHS: dict[str, tuple[ShipmentState, ...]] = {
    "carrying": (_S.HANDED,),
    "picked": (_S.HANDED,),
    "on_the_way": (_S.HANDED, _S.ON_THE_WAY),
    "delivering": (_S.HANDED, _S.ON_THE_WAY),
    "delivered": (_S.HANDED, _S.DELIVERED),
    "failed": (_S.HANDED, _S.FAILED),
    "returning": (_S.HANDED, _S.RETURNING),
    "returned": (_S.HANDED, _S.RETURNING, _S.RETURNED),
    "cancelled": (_S.PACKED,),
}


def path(row: ShipmentRow, said: str) -> tuple[ShipmentState, ...]:
    """Return the states a shipment goes through to be where a carrier says it is.

    From further on it does not go back to being fetched; at a point the desk's own scan counts.
    """
    found = _PATHS.get(said, ())
    if row.state in {_S.ON_THE_WAY, _S.FAILED, _S.RETURNING}:
        found = tuple(state for state in found if state is not _S.HANDED)
    if row.way is Way.POINT and row.address is None:
        found = tuple(state for state in found if state is not _S.DELIVERED)
    return found
