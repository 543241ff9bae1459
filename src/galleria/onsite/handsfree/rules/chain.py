"""The chain of custody, told anew from all scans of a label whenever one more arrives.

Scans are put in the order of the moments they were made at, so the order in which phones find a network again
changes nothing. What cannot have happened is left out of the chain, with the reason; nothing is thrown away.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import ShopId, StaffId
from galleria.onsite.handsfree.model import ENDED, BagMove, BagOutcome, BagState


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A scan as far as the chain asks; `barred` ones were refused for what they are and stay as `outcome` says."""

    id: UUID
    move: BagMove
    at: datetime
    staff_id: StaffId
    shop_id: ShopId | None = None
    desk_id: UUID | None = None
    shelf_id: UUID | None = None
    barred: bool = False
    outcome: BagOutcome = BagOutcome.ACCEPTED


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a scan: its number in the chain and the state it left the bag in, or why it is not in it."""

    id: UUID
    outcome: BagOutcome
    seq: int | None = None
    state: BagState | None = None


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A bag as its scans tell: every scan's link, and where the bag is now."""

    links: list[Link]
    state: BagState | None = None
    runner_id: StaffId | None = None
    desk_id: UUID | None = None
    shelf_id: UUID | None = None
    moved_at: datetime | None = None
    shelved_at: datetime | None = None


class _Bag:
    """Where the bag is between two scans."""

    def __init__(self) -> None:
        self.state: BagState | None = None
        self.shop_id: ShopId | None = None
        self.runner_id: StaffId | None = None
        self.desk_id: UUID | None = None
        self.shelf_id: UUID | None = None
        self.moved_at: datetime | None = None
        self.shelved_at: datetime | None = None
        self.seq = 0

    def move(self, fact: Fact) -> None:
        """Follow a scan that can have happened."""
        self.state = _STATE_AFTER[fact.move]
        self.runner_id = fact.staff_id if fact.move is BagMove.TAKE else None
        if fact.move is BagMove.SEAL:
            self.shop_id = fact.shop_id
        if fact.move is BagMove.SHELVE:
            self.shelved_at = self.shelved_at if self.desk_id == fact.desk_id and self.shelved_at else fact.at
            self.desk_id, self.shelf_id = fact.desk_id, fact.shelf_id
        else:
            self.desk_id = self.shelf_id = self.shelved_at = None
        self.moved_at = fact.at
        self.seq += 1


_STATE_AFTER = {
    BagMove.SEAL: BagState.AT_SHOP,
    BagMove.TAKE: BagState.CARRIED,
    BagMove.SHELVE: BagState.SHELVED,
    BagMove.HAND: BagState.COLLECTED,
    BagMove.BACK: BagState.RETURNED,
    BagMove.LOSE: BagState.LOST,
    BagMove.DESTROY: BagState.DESTROYED,
}


def settle(facts: Iterable[Fact]) -> Chain:
    """Return the chain that scans of one label make, in whatever order they are given."""
    bag, links = _Bag(), list[Link]()
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.id))
    sealed = any(fact.move is BagMove.SEAL and not fact.barred for fact in ordered)
    for fact in _seal_first(ordered):
        outcome = fact.outcome if fact.barred else _outcome(bag, fact, sealed=sealed)
        if outcome in {BagOutcome.ACCEPTED, BagOutcome.GAP}:
            bag.move(fact)
            links.append(Link(id=fact.id, outcome=outcome, seq=bag.seq, state=bag.state))
        else:
            links.append(Link(id=fact.id, outcome=outcome))
    return Chain(
        links=links,
        state=bag.state,
        runner_id=bag.runner_id,
        desk_id=bag.desk_id,
        shelf_id=bag.shelf_id,
        moved_at=bag.moved_at,
        shelved_at=bag.shelved_at,
    )


def _seal_first(ordered: list[Fact]) -> list[Fact]:
    """Put the first sealing in front: a label is empty before it, so what seems earlier is a clock that was wrong."""
    first = next((fact for fact in ordered if fact.move is BagMove.SEAL and not fact.barred), None)
    return ordered if first is None else [first, *(fact for fact in ordered if fact is not first)]


def _outcome(bag: _Bag, fact: Fact, *, sealed: bool) -> BagOutcome:
    """Return whether a scan can have happened to a bag that is where it is."""
    if not sealed:
        return BagOutcome.WAITING
    if fact.move is BagMove.SEAL:
        return BagOutcome.ACCEPTED if bag.state is None else BagOutcome.LABEL_USED
    if bag.state in ENDED:
        return BagOutcome.REPEATED if bag.state is _STATE_AFTER[fact.move] else BagOutcome.AFTER_END
    if _says_nothing_new(bag, fact):
        return BagOutcome.REPEATED
    if fact.move is BagMove.BACK and fact.shop_id != bag.shop_id:
        return BagOutcome.WRONG_SHOP
    return BagOutcome.GAP if _skips(bag, fact) else BagOutcome.ACCEPTED


def _says_nothing_new(bag: _Bag, fact: Fact) -> bool:
    if fact.move is BagMove.TAKE:
        return bag.state is BagState.CARRIED and bag.runner_id == fact.staff_id
    if fact.move is BagMove.SHELVE:
        return bag.state is BagState.SHELVED and bag.shelf_id == fact.shelf_id
    return fact.move is BagMove.LOSE and bag.state is BagState.LOST


def _skips(bag: _Bag, fact: Fact) -> bool:
    """Return whether a hand-over in between was not scanned: nobody carried the bag from one place to the other."""
    if fact.move is BagMove.SHELVE:
        return bag.state is BagState.SHELVED and bag.desk_id != fact.desk_id
    if fact.move is BagMove.HAND:
        return bag.state is BagState.AT_SHOP
    return fact.move is BagMove.BACK and bag.state is BagState.SHELVED
