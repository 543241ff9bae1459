"""What pricing must know of a shopper, and which limits a basket may touch."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.foundation import members
from galleria.kernel.ids import MemberId
from galleria.value import promotions
from galleria.value.promotions import BasketLine, Facts, Offer

PRESENT_FOR = timedelta(hours=4)
"""So long after a redemption by staff a member counts as being in the mall."""


class Asks(msgspec.Struct, frozen=True):
    """What the offers considered ask about the shopper."""

    history: bool
    profile: bool
    presence: bool


def asks(live: Mapping[UUID, Offer], history: bool, profile: bool, mine: Sequence[Offer]) -> Asks:  # noqa: FBT001
    """Return what the live offers (which know two answers already) and a member's coupons ask."""
    who = [one.eligibility for one in mine]
    return Asks(
        history=history or any(one.new_customer or one.first_order_in_shop for one in who),
        profile=profile or any(one.birthday is not None or one.tiers for one in who),
        presence=any(one.on_site for one in who) or any(one.eligibility.on_site for one in live.values()),
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


def counted(limited: Iterable[Offer], lines: Sequence[BasketLine]) -> list[UUID]:
    """Return the offers with limits that hold for something in a basket, sorted: whose use must be looked up."""
    return sorted(one.id for one in limited if _touches(one, lines))


def _touches(offer: Offer, lines: Sequence[BasketLine]) -> bool:
    scopes = [offer.counted] if offer.discounted is None else [offer.counted, offer.discounted]
    return any(line.granted_by == offer.id for line in lines) or any(
        promotions.matches(scope, line) for scope in scopes for line in lines
    )
