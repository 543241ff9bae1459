"""Who may do something for a party, and who hears of it."""

from collections.abc import Collection

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, ShopId
from galleria.onsite.dining import rules, store
from galleria.onsite.dining.model import BillOpen, Guest, Seating, SeatingId, SeatingOver, SeatingState
from galleria.platform.command import Event
from galleria.platform.tx import Tx


async def locked(
    tx: Tx,
    mall_id: MallId,
    seating_id: SeatingId,
    *,
    member_id: MemberId | None = None,
    shop_id: ShopId | None = None,
    states: Collection[SeatingState] = (SeatingState.OPEN,),
) -> tuple[Seating, list[Guest]]:
    """Return a party and its phones, locked: one of the member's, or of the shop.

    Raises NotFound, SeatingOver, and BillOpen where only an open one will do.
    """
    seating = (await store.lock_seatings(tx, mall_id, [seating_id])).get(seating_id)
    if seating is None or (shop_id is not None and seating.shop_id != shop_id):
        raise NotFound
    guests = await store.guests(tx, mall_id, seating_id)
    if member_id is not None and member_id not in {guest.member_id for guest in guests}:
        raise NotFound
    if seating.state not in rules.LIVE:
        raise SeatingOver(state=seating.state.value)
    if seating.state not in states:
        raise BillOpen
    return seating, guests


def tell(tx: Tx, seating: Seating, guests: Collection[Guest], kind: str) -> None:
    """Say what happened to a party, to its phones and the shop's screens."""
    tx.subject = str(seating.id)
    topics = (f"shop:{seating.shop_id}", *(f"member:{guest.member_id}" for guest in guests))
    tx.emit(Event(kind, seating.id, {"seating_id": str(seating.id), "shop_id": str(seating.shop_id)}, topics))
