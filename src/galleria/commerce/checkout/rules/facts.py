"""What pricing must know of a shopper, and which limits a basket may touch."""

from collections.abc import Container, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.foundation import members
from galleria.kernel.ids import MemberId
from galleria.value.promotions import Facts, Offer

PRESENT_FOR = timedelta(hours=4)
"""So long after a redemption by staff a member counts as being in the mall."""


class Asks(msgspec.Struct, frozen=True):
    """What the offers considered ask about the shopper."""

    history: bool
    profile: bool
    presence: bool


def asks(live: Asks, mine: Sequence[Offer]) -> Asks:
    """Return what the live offers and a member's coupons ask together."""
    who = [one.eligibility for one in mine]
    return Asks(
        history=live.history or any(one.new_customer or one.first_order_in_shop for one in who),
        profile=live.profile or any(one.birthday is not None or one.tiers for one in who),
        presence=live.presence or any(one.on_site for one in who),
    )


def of(member_id: MemberId | None, profile: members.Profile | None, history: orders.History | None) -> Facts:
    """Return what is known of a shopper; what was not asked for is as if there were nothing."""
    born = None if profile is None else profile.birthday
    return Facts(
        member=member_id is not None,
        new_customer=history is not None and not history.shop_ids,
        shops_ordered=frozenset() if history is None else history.shop_ids,
        birthday=None if born is None else (born.month, born.day),
        tier=None if profile is None else profile.tier,
    )


def counted(touched: Iterable[Offer], limited: Container[UUID]) -> list[UUID]:
    """Return which of the offers that touch a basket have limits whose use must be looked up, sorted."""
    return sorted(one.id for one in touched if one.id in limited)
