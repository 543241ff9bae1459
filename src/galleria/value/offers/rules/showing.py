"""What shoppers and the calendar are shown of an offer."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from galleria.foundation.catalog import Sellable
from galleria.value.offers.model import (
    CalendarEntry,
    FlashGood,
    FlashPhase,
    FlashSession,
    LiveTerms,
    ManagedOffer,
    OfferPhase,
    SaleSession,
    ShopperOffer,
)
from galleria.value.promotions import Benefit, Scope, SetPrice


def as_shown(row: LiveTerms, *, now: datetime, until: datetime) -> ShopperOffer | None:
    """Return live terms as a shopper sees them, or None for what is over or starts after `until`.

    A flash sale stands with the session that runs, else the next one.
    """
    session, starts_at, ends_at = None, row.starts_at, row.ends_at
    if row.terms.sessions:
        session = next((s for s in row.terms.sessions if s.ends_at > now), None)
        if session is None:
            return None
        starts_at, ends_at = session.starts_at, session.ends_at
    if (ends_at is not None and ends_at <= now) or (starts_at is not None and starts_at >= until):
        return None
    t = row.terms
    return ShopperOffer(
        id=row.id,
        session_id=None if session is None else session.id,
        merchant_id=row.merchant_id,
        preset=t.preset,
        layer=t.stacking.layer,
        title_zh=t.title_zh,
        title_en=t.title_en,
        benefit=t.benefit,
        counted=t.counted,
        discounted=t.discounted,
        threshold_minor=t.threshold_minor,
        threshold_pieces=t.threshold_pieces,
        eligibility=t.eligibility,
        limits=t.limits,
        starts_at=starts_at,
        ends_at=ends_at,
        started=starts_at is None or starts_at <= now,
    )


def shelf_order(offer: ShopperOffer) -> tuple[bool, float, UUID]:
    """Return what orders offers for shoppers: those that hold first, soonest ending; then by start."""
    moment = offer.ends_at if offer.started else offer.starts_at
    return (not offer.started, float("inf") if moment is None else moment.timestamp(), offer.id)


def touches(scope: Scope, *, shop_id: UUID, merchant_id: UUID, shop_of_good: Mapping[UUID, UUID]) -> bool:
    """Return whether some goods of a shop may be in a scope; which categories it sells is not looked at."""
    if scope.shop_ids and shop_id not in scope.shop_ids:
        return False
    if scope.merchant_ids and merchant_id not in scope.merchant_ids:
        return False
    goods = (scope.product_ids, scope.variant_ids)
    return all(not ids or any(shop_of_good.get(one) == shop_id for one in ids) for ids in goods)


def flash_good(good: Sellable, benefit: Benefit, available: int) -> FlashGood:
    """Return a good as a flash sale shows it; one that is cheaper already keeps its price."""
    price = benefit.price_minor if isinstance(benefit, SetPrice) else good.price_minor
    return FlashGood(
        variant_id=good.variant_id,
        product_id=good.product_id,
        shop_id=good.shop_id,
        name_zh=good.name_zh,
        name_en=good.name_en,
        option_zh=good.option_zh,
        option_en=good.option_en,
        shop_zh=good.shop_zh,
        shop_en=good.shop_en,
        picture=good.picture,
        price_minor=good.price_minor,
        sale_price_minor=min(price, good.price_minor),
        available=available,
    )


def flash_session(
    row: LiveTerms, session: SaleSession, *, sold: int, goods: list[FlashGood], now: datetime
) -> FlashSession:
    """Return a session as shoppers see it; `sold` counts what unpaid orders hold as well."""
    left = max(0, session.stock - sold)
    if now >= session.ends_at:
        phase = FlashPhase.OVER
    elif now < session.starts_at:
        phase = FlashPhase.UPCOMING
    else:
        phase = FlashPhase.RUNNING if left else FlashPhase.SOLD_OUT
    benefit, limits = row.terms.benefit, row.terms.limits
    return FlashSession(
        id=session.id or row.id,
        offer_id=row.id,
        title_zh=row.terms.title_zh,
        title_en=row.terms.title_en,
        phase=phase,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        stock=session.stock,
        left=left,
        per_order=limits.per_order or (benefit.units_per_order if isinstance(benefit, SetPrice) else None),
        per_member=limits.per_member,
        members_only=row.terms.eligibility.members_only,
        goods=goods,
    )


def entries(offer: ManagedOffer, starting: datetime, ending: datetime, now: datetime) -> Iterator[CalendarEntry]:
    """Yield an offer's bars in the calendar between two moments: its period, or each session of a flash sale."""
    spans: list[tuple[UUID | None, datetime | None, datetime | None, int | None]] = [
        (s.id, s.starts_at, s.ends_at, s.stock) for s in offer.terms.sessions
    ]
    for session_id, starts_at, ends_at, stock in spans or [(None, offer.starts_at, offer.ends_at, None)]:
        if starts_at is None or starts_at >= ending or (ends_at is not None and ends_at <= starting):
            continue
        yield CalendarEntry(
            offer_id=offer.id,
            session_id=session_id,
            merchant_id=offer.merchant_id,
            preset=offer.preset,
            phase=_phase(offer.phase, starts_at, ends_at, now),
            title_zh=offer.title_zh,
            title_en=offer.title_en,
            starts_at=starts_at,
            ends_at=ends_at,
            stock=stock,
        )


def _phase(offer: OfferPhase, starts_at: datetime, ends_at: datetime | None, now: datetime) -> OfferPhase:
    """Return where one bar of an offer stands: the clock says so for what is live or scheduled."""
    if offer not in {OfferPhase.LIVE, OfferPhase.SCHEDULED}:
        return offer
    if ends_at is not None and ends_at <= now:
        return OfferPhase.ENDED
    return OfferPhase.SCHEDULED if starts_at > now else OfferPhase.LIVE
