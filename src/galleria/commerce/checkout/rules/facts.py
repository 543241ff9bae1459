"""What pricing must know of a shopper, and which limits a basket may touch."""

from collections.abc import Container, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.foundation import members
from galleria.kernel.ids import MemberId
from galleria.value.coupons import ClaimedOffer
from galleria.value.promotions import BasketLine, Facts, Offer

PRESENT_FOR = timedelta(hours=4)
"""So long after a redemption by staff a member counts as being in the mall."""


class Asks(msgspec.Struct, frozen=True):
    """What the offers considered ask about the shopper."""

    history: bool
    profile: bool
    presence: bool


def asks(considered: Iterable[Offer]) -> Asks:
    """Return what the offers and coupons that touch a basket ask."""
    who = [one.eligibility for one in considered]
    return Asks(
        history=any(one.new_customer or one.first_order_in_shop for one in who),
        profile=any(one.birthday is not None or one.tiers for one in who),
        presence=any(one.on_site for one in who),
    )


def shared(touched: Iterable[Offer]) -> bool:
    """Return whether a limit of theirs is a household's, so that the shopper's must be known."""
    return any(one.limits.per_household is not None for one in touched)


def near(claims: Sequence[ClaimedOffer], lines: Sequence[BasketLine]) -> list[ClaimedOffer]:
    """Return a member's coupons without those for other shops only, which cannot hold for anything here."""
    shops = {line.shop_id for line in lines}
    return [one for one in claims if not (only := one.offer.counted.shop_ids) or not shops.isdisjoint(only)]


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
