"""Writes of offers."""

from collections.abc import Sequence
from datetime import date, datetime

from galleria.kernel.ids import HouseholdId, MallId, MemberId, OfferId, OrderId, SponsorId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx
from galleria.value import promotions
from galleria.value.offers.model import (
    ManagedOffer,
    NewOffer,
    NewSponsor,
    OfferChange,
    Sponsor,
    WantedState,
)


async def create(tx: Tx, *, actor: Actor, mall_id: MallId, new: NewOffer, now: datetime) -> ManagedOffer:
    """Write an offer down as a draft; raises Forbidden, Invalid naming every wrong field."""
    raise NotImplementedError


async def change(
    tx: Tx, *, actor: Actor, mall_id: MallId, offer_id: OfferId, change: OfferChange, now: datetime
) -> ManagedOffer:
    """Write new terms as the next version; raises NotFound, Forbidden, Invalid, OfferChanged, OfferMoved."""
    raise NotImplementedError


async def restore(
    tx: Tx, *, actor: Actor, mall_id: MallId, offer_id: OfferId, version: int, now: datetime
) -> ManagedOffer:
    """Write an older version's terms as the newest; raises NotFound, Forbidden, OfferMoved."""
    raise NotImplementedError


async def set_state(
    tx: Tx, *, actor: Actor, mall_id: MallId, offer_id: OfferId, state: WantedState, now: datetime
) -> ManagedOffer:
    """Pause, resume or end an offer; raises NotFound, Forbidden, OfferMoved."""
    raise NotImplementedError


async def approve(tx: Tx, *, mall_id: MallId, offer_id: OfferId, version: int, now: datetime) -> ManagedOffer:
    """Let a version be what shoppers get from now on; for launch only, which checks. Raises NotFound, OfferMoved."""
    raise NotImplementedError


async def take(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    member_id: MemberId,
    household_id: HouseholdId | None,
    uses: Sequence[promotions.Use],
    day: date,
    now: datetime,
) -> None:
    """Count an order's uses against the limits; raises OfferSoldOut, OfferLimitReached, OfferBudgetSpent."""
    raise NotImplementedError


async def settle(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Make what an unpaid order holds used for good; returns how many offers. Harmless when done again."""
    raise NotImplementedError


async def release(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Give back what an unpaid order holds; returns how many offers. Harmless when done again."""
    raise NotImplementedError


async def give_back(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Give back what a wholly refunded order used; returns how many offers. Harmless when done again."""
    raise NotImplementedError


async def add_sponsor(tx: Tx, *, actor: Actor, mall_id: MallId, new: NewSponsor, now: datetime) -> Sponsor:
    """Enter a sponsor; raises Forbidden, Invalid."""
    raise NotImplementedError


async def change_sponsor(tx: Tx, *, actor: Actor, mall_id: MallId, sponsor_id: SponsorId, new: NewSponsor) -> Sponsor:
    """Write a sponsor anew; raises NotFound, Forbidden, Invalid."""
    raise NotImplementedError
