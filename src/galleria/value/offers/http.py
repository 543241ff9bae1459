"""Routes of offers: what shoppers see, flash sales, and the makers' side."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.kernel.ids import MallId, MerchantId, OfferId, ShopId, SponsorId
from galleria.kernel.paging import Page
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.value.offers import operations, queries
from galleria.value.offers.model import (
    FlashSales,
    ManagedOffer,
    NewOffer,
    NewSponsor,
    OfferCalendar,
    OfferChange,
    OfferDetail,
    OfferPhase,
    OfferRestore,
    OfferState,
    OfferStateChange,
    ShopperOffers,
    Sponsor,
    Sponsors,
)

Cursor = Annotated[str | None, QueryParameter(max_length=400)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Asked(msgspec.Struct, frozen=True):
    """Which offer a command was about, and what it asked for; kept in the journal."""

    offer_id: UUID
    wanted: OfferChange | None = None
    state: OfferStateChange | None = None
    version: OfferRestore | None = None


class SponsorAsked(msgspec.Struct, frozen=True):
    """Which sponsor a command was about, and what it asked for; kept in the journal."""

    sponsor_id: UUID
    wanted: NewSponsor


@get("/v1/malls/{mall_id:uuid}/offers", access=PUBLIC, summary="What a mall offers", tags=["offers"])
async def list_live(
    call: TheCall, mall_id: FromPath[UUID], shop: FromQuery[UUID | None] = None, limit: Limit = 100
) -> ShopperOffers:
    """Return the offers that hold now or within a week (of one shop), those that hold first, then by start."""
    async with call.db.read() as tx:
        return await queries.list_live(
            tx,
            mall_id=MallId(mall_id),
            shop_id=None if shop is None else ShopId(shop),
            now=call.now,
            limit=limit,
        )


@get("/v1/malls/{mall_id:uuid}/flash-sales", access=PUBLIC, summary="Flash sales", tags=["offers"])
async def flash_sales(call: TheCall, mall_id: FromPath[UUID]) -> FlashSales:
    """Return today's sessions and those that start within a week, with their goods and what is left."""
    async with call.db.read() as tx:
        return await queries.flash_sales(tx, mall_id=MallId(mall_id), now=call.now)


@get("/v1/malls/{mall_id:uuid}/offers/manage", access=STAFF, summary="Offers to manage", tags=["offers"])
async def list_managed(
    call: TheCall,
    mall_id: FromPath[UUID],
    offer_state: Annotated[OfferState | None, QueryParameter(name="state")] = None,
    phase: FromQuery[OfferPhase | None] = None,
    merchant: FromQuery[UUID | None] = None,
    q: Annotated[str | None, QueryParameter(max_length=80)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ManagedOffer]:
    """Return the offers the signed-in staff may manage, newest first, drafts included; `q` stands in a title."""
    async with call.db.read() as tx:
        return await queries.list_managed(
            tx,
            actor=call.actor,
            mall_id=MallId(mall_id),
            state=offer_state,
            phase=phase,
            merchant_id=None if merchant is None else MerchantId(merchant),
            words=q,
            now=call.now,
            cursor=cursor,
            limit=limit,
        )


@post("/v1/malls/{mall_id:uuid}/offers/manage", access=STAFF, summary="Write an offer", tags=["offers"])
async def create(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewOffer]) -> ManagedOffer:
    """Write an offer down as a draft. Merchant managers: only their merchant's own, for its goods, at its cost."""
    mall = MallId(mall_id)
    return await call.write(
        "offers.create",
        lambda tx: operations.create(tx, actor=call.actor, mall_id=mall, new=data, now=call.now),
        returns=ManagedOffer,
        mall_id=mall,
        payload=data,
    )


@get("/v1/malls/{mall_id:uuid}/offers/manage/{offer_id:uuid}", access=STAFF, summary="One offer", tags=["offers"])
async def get_managed(call: TheCall, mall_id: FromPath[UUID], offer_id: FromPath[UUID]) -> OfferDetail:
    """Return an offer with every version of its terms, newest first."""
    async with call.db.read() as tx:
        return await queries.get_managed(
            tx, actor=call.actor, mall_id=MallId(mall_id), offer_id=OfferId(offer_id), now=call.now
        )


@patch("/v1/malls/{mall_id:uuid}/offers/{offer_id:uuid}", access=STAFF, summary="Change an offer", tags=["offers"])
async def change(
    call: TheCall, mall_id: FromPath[UUID], offer_id: FromPath[UUID], data: JSONBody[OfferChange]
) -> ManagedOffer:
    """Write new terms as the next version. A live offer keeps its launched version until this one is launched."""
    mall, offer = MallId(mall_id), OfferId(offer_id)
    return await call.write(
        "offers.change",
        lambda tx: operations.change(tx, actor=call.actor, mall_id=mall, offer_id=offer, change=data, now=call.now),
        returns=ManagedOffer,
        mall_id=mall,
        payload=Asked(offer_id, wanted=data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/offers/{offer_id:uuid}/state",
    access=STAFF,
    summary="Pause, resume or end an offer",
    tags=["offers"],
    status_code=200,
)
async def set_state(
    call: TheCall, mall_id: FromPath[UUID], offer_id: FromPath[UUID], data: JSONBody[OfferStateChange]
) -> ManagedOffer:
    """Pause a live offer, resume a paused one, or end any for good. What is not launched yet goes live by launch."""
    mall, offer = MallId(mall_id), OfferId(offer_id)
    return await call.write(
        "offers.set_state",
        lambda tx: operations.set_state(
            tx, actor=call.actor, mall_id=mall, offer_id=offer, state=data.state, now=call.now
        ),
        returns=ManagedOffer,
        mall_id=mall,
        payload=Asked(offer_id, state=data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/offers/{offer_id:uuid}/restore",
    access=STAFF,
    summary="Go back to an older version",
    tags=["offers"],
    status_code=200,
)
async def restore(
    call: TheCall, mall_id: FromPath[UUID], offer_id: FromPath[UUID], data: JSONBody[OfferRestore]
) -> ManagedOffer:
    """Write the terms of an older version again as the newest one; to shoppers it holds once it is launched."""
    mall, offer = MallId(mall_id), OfferId(offer_id)
    return await call.write(
        "offers.restore",
        lambda tx: operations.restore(
            tx, actor=call.actor, mall_id=mall, offer_id=offer, version=data.version, now=call.now
        ),
        returns=ManagedOffer,
        mall_id=mall,
        payload=Asked(offer_id, version=data),
    )


@get("/v1/malls/{mall_id:uuid}/offers/calendar", access=STAFF, summary="Calendar of offers", tags=["offers"])
async def calendar(
    call: TheCall,
    mall_id: FromPath[UUID],
    starting: Annotated[Moment, QueryParameter(name="from")],
    ending: Annotated[Moment, QueryParameter(name="to")],
) -> OfferCalendar:
    """Return the offers and flash sale sessions that touch a period of at most 100 days, by start."""
    async with call.db.read() as tx:
        return await queries.calendar(
            tx, actor=call.actor, mall_id=MallId(mall_id), starting=starting, ending=ending, now=call.now
        )


@get("/v1/malls/{mall_id:uuid}/sponsors", access=STAFF, summary="Sponsors", tags=["offers"])
async def list_sponsors(call: TheCall, mall_id: FromPath[UUID]) -> Sponsors:
    """Return the sponsors that the signed-in staff may name in an offer's shares."""
    async with call.db.read() as tx:
        return await queries.list_sponsors(tx, actor=call.actor, mall_id=MallId(mall_id))


@post("/v1/malls/{mall_id:uuid}/sponsors", access=STAFF, summary="Enter a sponsor", tags=["offers"])
async def add_sponsor(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewSponsor]) -> Sponsor:
    """Enter a brand, a bank or a city that bears shares of offers; for the mall's operators."""
    mall = MallId(mall_id)
    return await call.write(
        "offers.add_sponsor",
        lambda tx: operations.add_sponsor(tx, actor=call.actor, mall_id=mall, new=data, now=call.now),
        returns=Sponsor,
        mall_id=mall,
        payload=data,
    )


@patch("/v1/malls/{mall_id:uuid}/sponsors/{sponsor_id:uuid}", access=STAFF, summary="Change a sponsor", tags=["offers"])
async def change_sponsor(
    call: TheCall, mall_id: FromPath[UUID], sponsor_id: FromPath[UUID], data: JSONBody[NewSponsor]
) -> Sponsor:
    """Write a sponsor anew, and whom it has agreed with; for the mall's operators."""
    mall, sponsor = MallId(mall_id), SponsorId(sponsor_id)
    return await call.write(
        "offers.change_sponsor",
        lambda tx: operations.change_sponsor(tx, actor=call.actor, mall_id=mall, sponsor_id=sponsor, new=data),
        returns=Sponsor,
        mall_id=mall,
        payload=SponsorAsked(sponsor_id, data),
    )


ROUTES = [
    list_live,
    flash_sales,
    list_managed,
    create,
    get_managed,
    change,
    set_state,
    restore,
    calendar,
    list_sponsors,
    add_sponsor,
    change_sponsor,
]
