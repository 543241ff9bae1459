"""Reads of offers."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from galleria.kernel.ids import HouseholdId, MallId, MemberId, MerchantId, OfferId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Actor
from galleria.platform.tx import ReadTx
from galleria.value import promotions
from galleria.value.offers.model import (
    FlashSales,
    LiveBook,
    ManagedOffer,
    OfferCalendar,
    OfferDetail,
    OfferPhase,
    OfferState,
    ShopperOffers,
    Sponsors,
)


async def book(tx: ReadTx, mall_id: MallId) -> LiveBook:
    """Return a mall's live offers compiled for pricing; one tiny statement while nothing changed."""
    raise NotImplementedError


async def used(
    tx: ReadTx,
    *,
    mall_id: MallId,
    ids: Collection[UUID],
    member_id: MemberId | None,
    household_id: HouseholdId | None,
    day: date,
) -> dict[UUID, promotions.Used]:
    """Return how much of the limits of offers (ids of engine offers) is used up; one statement, none for no ids."""
    raise NotImplementedError


async def list_live(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId | None, now: datetime, limit: int) -> ShopperOffers:
    """Return the offers that hold now or within a week, those that hold first."""
    raise NotImplementedError


async def flash_sales(tx: ReadTx, *, mall_id: MallId, now: datetime) -> FlashSales:
    """Return today's flash sale sessions and the next ones, with goods."""
    raise NotImplementedError


async def list_managed(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    now: datetime,
    state: OfferState | None = None,
    phase: OfferPhase | None = None,
    merchant_id: MerchantId | None = None,
    words: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ManagedOffer]:
    """Return the offers the actor may manage, newest first; raises Forbidden when there can be none."""
    raise NotImplementedError


async def get_managed(tx: ReadTx, *, actor: Actor, mall_id: MallId, offer_id: OfferId, now: datetime) -> OfferDetail:
    """Return an offer with its versions; raises NotFound, Forbidden."""
    raise NotImplementedError


async def calendar(
    tx: ReadTx, *, actor: Actor, mall_id: MallId, starting: datetime, ending: datetime, now: datetime
) -> OfferCalendar:
    """Return what the actor may manage that touches a period; raises Invalid for one of over 100 days."""
    raise NotImplementedError


async def list_sponsors(tx: ReadTx, *, actor: Actor, mall_id: MallId) -> Sponsors:
    """Return the sponsors the actor may name in shares."""
    raise NotImplementedError
