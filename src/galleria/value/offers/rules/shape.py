"""What the engine sees of an offer, and what an offer's terms come to."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import OfferId, new_id
from galleria.value import promotions
from galleria.value.offers.model import LiveBook, LiveTerms, OfferTerms, Preset, SaleSession
from galleria.value.promotions import AddOn, Bundle, Gift, Limits, Offer, Scope, Source


def engine_offers(*, offer_id: OfferId, version: int, terms: OfferTerms) -> list[Offer]:
    """Return what the engine prices with: one offer, or of a flash sale one for each session with its own stock."""
    offer = Offer(
        id=offer_id,
        offer_id=offer_id,
        version=version,
        source=Source.AUTOMATIC,
        title_zh=terms.title_zh,
        title_en=terms.title_en,
        benefit=terms.benefit,
        stacking=terms.stacking,
        shares=terms.shares,
        counted=terms.counted,
        discounted=terms.discounted,
        threshold_minor=terms.threshold_minor,
        threshold_pieces=terms.threshold_pieces,
        eligibility=terms.eligibility,
        limits=terms.limits,
    )
    if terms.preset is not Preset.FLASH_SALE:
        return [offer]
    return [_of_session(offer, session) for session in terms.sessions]


def _of_session(offer: Offer, session: SaleSession) -> Offer:
    replace = msgspec.structs.replace
    return replace(
        offer,
        id=session.id or offer.id,
        eligibility=replace(offer.eligibility, starts_at=session.starts_at, ends_at=session.ends_at),
        limits=replace(offer.limits, total=session.stock),
    )


def with_session_ids(terms: OfferTerms, known: Collection[UUID | None] = ()) -> OfferTerms:
    """Give sessions an id of their own; those `known` of the offer keep theirs, and with it what they sold."""
    named = (s if s.id in known else msgspec.structs.replace(s, id=new_id()) for s in terms.sessions)
    return msgspec.structs.replace(terms, sessions=tuple(sorted(named, key=lambda s: s.starts_at)))


def period(terms: OfferTerms) -> tuple[datetime | None, datetime | None]:
    """Return from when to when terms hold; of a flash sale from its first session's start to its last one's end."""
    if terms.sessions:
        return min(s.starts_at for s in terms.sessions), max(s.ends_at for s in terms.sessions)
    return terms.eligibility.starts_at, terms.eligibility.ends_at


def moments(offer_id: OfferId, terms: OfferTerms) -> list[tuple[UUID, str, datetime]]:
    """Return what is to be announced: (session, or the offer where it has none; "starts" or "ends"; when)."""
    spans: list[tuple[UUID, datetime | None, datetime | None]] = [
        (s.id or offer_id, s.starts_at, s.ends_at) for s in terms.sessions
    ] or [(offer_id, *period(terms))]
    return [
        (about, kind, at)
        for about, starts, ends in spans
        for kind, at in (("starts", starts), ("ends", ends))
        if at is not None
    ]


def scopes(terms: OfferTerms) -> list[tuple[str, Scope]]:
    """Return every scope that narrows the goods of terms, with its path; of a bundle its parts do."""
    found = [("counted", terms.counted)]
    if terms.discounted is not None:
        found.append(("discounted", terms.discounted))
    if isinstance(terms.benefit, Bundle):
        found = [one for one in found if one[1] != Scope()]
        found += [(f"benefit.parts[{i}].scope", part.scope) for i, part in enumerate(terms.benefit.parts)]
    return found


def choices(terms: OfferTerms) -> list[tuple[str, UUID]]:
    """Return every variant that terms hand out as a gift or add-on, with its path."""
    if isinstance(terms.benefit, Gift):
        return [(f"benefit.choices[{i}]", v) for i, v in enumerate(terms.benefit.choices)]
    if isinstance(terms.benefit, AddOn):
        return [(f"benefit.choices[{i}].variant_id", c.variant_id) for i, c in enumerate(terms.benefit.choices)]
    return []


def is_limited(limits: Limits) -> bool:
    """Return whether uses must be counted for these limits."""
    return any(
        value is not None
        for value in (
            limits.per_member,
            limits.per_member_day,
            limits.per_household,
            limits.per_day,
            limits.total,
            limits.budget_minor,
        )
    )


def compile_live(stamp: int, live: Sequence[LiveTerms]) -> LiveBook:
    """Return live terms compiled for pricing; see `LiveBook`."""
    offers = [offer for row in live for offer in engine_offers(offer_id=row.id, version=row.version, terms=row.terms)]
    return LiveBook(
        stamp=stamp,
        book=promotions.compile_book(offers),
        by_id={offer.id: offer for offer in offers},
        live=tuple(live),
        limited=frozenset(offer.id for offer in offers if is_limited(offer.limits)),
    )
