"""Offers as a maker writes them, and offers that are live."""

from datetime import UTC, datetime, timedelta
from typing import Any

from galleria.kernel.ids import MallId, MerchantId, OrderId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import offers, promotions


def offer_terms(**over: Any) -> offers.OfferTerms:
    """Return 5.00 off every order of 50.00, paid by the mall, for as long as nobody ends it; `over` replaces fields."""
    fields: dict[str, Any] = {
        "preset": offers.Preset.SPEND_AND_SAVE,
        "title_zh": "满50减5",
        "title_en": "5 off 50",
        "benefit": promotions.AmountOff(amount_minor=500),
        "stacking": promotions.Stacking(layer=promotions.Layer.ORDER),
        "shares": (promotions.Share(promotions.Funder.MALL, None, 10_000),),
        "threshold_minor": 5000,
    }
    return offers.OfferTerms(**fields | over)


def flash_terms(*, now: datetime | None = None, stock: int = 10, **over: Any) -> offers.OfferTerms:
    """Return a flash sale at 9.90: a session that runs now and one tomorrow, each with a stock of its own."""
    at = now or datetime.now(UTC)
    spans = (timedelta(hours=-1), timedelta(hours=1)), (timedelta(hours=23), timedelta(hours=25))
    sessions = tuple(offers.SaleSession(starts_at=at + a, ends_at=at + b, stock=stock) for a, b in spans)
    fields: dict[str, Any] = {
        "preset": offers.Preset.FLASH_SALE,
        "title_zh": "限时秒杀",
        "title_en": "Flash sale",
        "benefit": promotions.SetPrice(price_minor=990),
        "stacking": promotions.Stacking(layer=promotions.Layer.PRICE),
        "threshold_minor": 0,
        "sessions": sessions,
    }
    return offer_terms(**fields | over)


async def make_offer(
    runtime: Runtime,
    mall_id: MallId,
    terms: offers.OfferTerms | None = None,
    *,
    merchant_id: MerchantId | None = None,
    live: bool = True,
) -> offers.ManagedOffer:
    """Write an offer and, unless `live` is false, let it go live without the checks of a launch."""
    now = datetime.now(UTC)
    new = offers.NewOffer(terms=terms or offer_terms(), merchant_id=merchant_id)

    async def make(tx: Tx) -> offers.ManagedOffer:
        made = await offers.create(tx, actor=SYSTEM, mall_id=mall_id, new=new, now=now)
        if not live:
            return made
        return await offers.approve(tx, mall_id=mall_id, offer_id=made.id, version=made.version, now=now)

    command = Command(kind="tests.make_offer", actor=SYSTEM, now=now)
    return await runtime.db.write(command, make, returns=offers.ManagedOffer)


async def make_sponsor(runtime: Runtime, mall_id: MallId, *agreed: MerchantId) -> offers.Sponsor:
    """Enter a brand that pays for the mall, and for merchants it has agreed with."""
    now = datetime.now(UTC)
    new = offers.NewSponsor(
        kind=offers.SponsorKind.BRAND, name_zh="云雀饮品", name_en="Lark Drinks", merchant_ids=list(agreed)
    )
    return await runtime.db.write(
        Command(kind="tests.make_sponsor", actor=SYSTEM, now=now),
        lambda tx: offers.add_sponsor(tx, actor=SYSTEM, mall_id=mall_id, new=new, now=now),
        returns=offers.Sponsor,
    )


def use_of(offer: offers.ManagedOffer, *, units: int = 1, amount_minor: int = 500) -> promotions.Use:
    """Return what a basket priced with an offer takes of it; of a flash sale, of its first session."""
    sessions = offer.terms.sessions
    return promotions.Use(
        id=(sessions[0].id if sessions else None) or offer.id,
        offer_id=offer.id,
        version=offer.live_version or offer.version,
        units=units,
        amount_minor=amount_minor,
    )


def new_order() -> OrderId:
    """Return the id of an order that nobody placed."""
    return OrderId(new_id())
