"""Decisions about offers: what the engine sees of one, is it well written, may it move, which limits a use counts for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

import msgspec

from galleria.foundation.catalog import Sellable
from galleria.kernel.errors import Conflict, FieldError, Invalid
from galleria.kernel.ids import OfferId, new_id
from galleria.value import promotions
from galleria.value.offers.model import (
    CalendarEntry, Counter, FlashGood, FlashPhase, FlashSession, LiveBook, LiveTerms, ManagedOffer, OfferPhase, OfferState,
    OfferTerms, Preset, SaleSession, ShopperOffer, WantedState,
)
from galleria.value.promotions import (
    AddOn,
    AmountOff,
    Benefit,
    Bundle,
    FreeDelivery,
    Funder,
    Gift,
    Grant,
    Layer,
    Limits,
    Offer,
    PercentOff,
    PurchaseLimit,
    Scope,
    SetOff,
    SetPrice,
    Source,
    TieredOff,
    Use,
)


class OfferMoved(Conflict):
    """An offer in `state` cannot become `wanted`."""

    code = "offer_moved"


class OfferChanged(Conflict):
    """Somebody wrote a newer version, `version`, meanwhile: read it, and change that."""

    code = "offer_changed"


class OfferSoldOut(Conflict):
    """What an offer, or a session of its flash sale, may give is given: `left` units are too few."""

    code = "offer_sold_out"


class OfferLimitReached(Conflict):
    """The shopper, the household or the day has had its share of an offer; `scope` tells which."""

    code = "offer_limit_reached"


class OfferBudgetSpent(Conflict):
    """The money set aside for an offer is spent."""

    code = "offer_budget_spent"


PRICES = (SetPrice, PercentOff)
REDUCTIONS = (AmountOff, PercentOff, TieredOff, SetPrice, SetOff)
BENEFITS: dict[Preset, tuple[type, ...]] = {
    Preset.LIMITED_PRICE: PRICES,
    Preset.FLASH_SALE: (SetPrice,),
    Preset.HALF_PRICE_SECOND: (SetOff,),
    Preset.BUY_N_GET_M: (SetOff,),
    Preset.SPEND_AND_SAVE: (TieredOff, AmountOff, PercentOff),
    Preset.GIFT: (Gift,),
    Preset.ADD_ON: (AddOn,),
    Preset.BUNDLE: (Bundle,),
    Preset.PURCHASE_LIMIT: (PurchaseLimit,),
    Preset.NEW_CUSTOMER: REDUCTIONS,
    Preset.FIRST_ORDER: REDUCTIONS,
    Preset.BIRTHDAY: REDUCTIONS,
    Preset.TIER_PRICE: REDUCTIONS,
    Preset.MEMBER_DAY: REDUCTIONS,
    Preset.ONE_YUAN: (SetPrice,),
    Preset.FREE_DELIVERY: (FreeDelivery,),
    Preset.COUPON_FOR_LATER: (Grant,),
    Preset.PERCENT_OFF: (PercentOff,),
    Preset.AMOUNT_OFF: (AmountOff,),
}
"""What a preset may give; an exchange is for coupons only."""

COUPON_LAYERS = frozenset({Layer.COUPON, Layer.POINTS})


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
    spans = [(s.id or offer_id, s.starts_at, s.ends_at) for s in terms.sessions] or [(offer_id, *period(terms))]
    return [
        (about, kind, at)
        for about, starts, ends in spans
        for kind, at in (("starts", starts), ("ends", ends))
        if at is not None
    ]


def check(offer_id: OfferId, terms: OfferTerms) -> None:
    """Raise Invalid naming every field of `terms` that contradicts another."""
    errors = [
        *(FieldError(field, code) for field, code, wrong in _contradictions(terms) if wrong),
        *_sessions(terms.sessions),
        *promotions.check_offer(engine_offers(offer_id=offer_id, version=1, terms=terms)[0]) if _is_whole(terms) else (),
    ]
    if errors:
        raise Invalid(errors=tuple(inside(error) for error in dict.fromkeys(errors)))


def inside(error: FieldError) -> FieldError:
    """Return an error of the terms as one of the request's body that holds them."""
    return FieldError(f"terms.{error.field}", error.code, error.params)


def _is_whole(terms: OfferTerms) -> bool:
    return bool(terms.sessions) or terms.preset is not Preset.FLASH_SALE


def _contradictions(t: OfferTerms) -> list[tuple[str, str, bool]]:
    who, preset = t.eligibility, t.preset
    return [
        ("benefit", "offer_benefit_of_other_preset", not isinstance(t.benefit, BENEFITS[preset])),
        ("stacking.layer", "offer_layer_of_coupons", t.stacking.layer in COUPON_LAYERS),
        ("sessions", "offer_sessions_missing", preset is Preset.FLASH_SALE and not t.sessions),
        ("sessions", "offer_sessions_out_of_place", preset is not Preset.FLASH_SALE and bool(t.sessions)),
        ("limits.total", "offer_total_of_sessions", preset is Preset.FLASH_SALE and t.limits.total is not None),
        ("eligibility.starts_at", "offer_period_of_sessions", bool(t.sessions) and who.starts_at is not None),
        ("eligibility.ends_at", "offer_period_of_sessions", bool(t.sessions) and who.ends_at is not None),
        ("eligibility.ends_at", "offer_period", _ends_before(who.starts_at, who.ends_at)),
        ("eligibility.new_customer", "offer_wants_new", preset is Preset.NEW_CUSTOMER and not who.new_customer),
        (
            "eligibility.first_order_in_shop",
            "offer_wants_first_order",
            preset is Preset.FIRST_ORDER and not who.first_order_in_shop,
        ),
        ("eligibility.birthday", "offer_wants_birthday", preset is Preset.BIRTHDAY and who.birthday is None),
        ("eligibility.tiers", "offer_wants_tiers", preset is Preset.TIER_PRICE and not who.tiers),
        (
            "eligibility.weekdays",
            "offer_wants_days",
            preset is Preset.MEMBER_DAY and not (who.weekdays or who.month_days),
        ),
        (
            "limits.per_member",
            "offer_wants_member_limit",
            preset is Preset.ONE_YUAN and not (who.new_customer or t.limits.per_member),
        ),
    ]


def _ends_before(starts_at: datetime | None, ends_at: datetime | None) -> bool:
    return starts_at is not None and ends_at is not None and ends_at <= starts_at


def _sessions(sessions: Sequence[SaleSession]) -> Iterator[FieldError]:
    """Yield what is wrong with sessions: one that ends before it starts, two that run at the same time or share an id."""
    order = sorted(range(len(sessions)), key=lambda i: sessions[i].starts_at)
    for i, s in enumerate(sessions):
        if s.ends_at <= s.starts_at:
            yield FieldError(f"sessions[{i}].ends_at", "offer_period")
    for earlier, later in zip(order, order[1:], strict=False):
        if sessions[later].starts_at < sessions[earlier].ends_at:
            yield FieldError(f"sessions[{later}].starts_at", "offer_sessions_overlap")
    ids = [s.id for s in sessions if s.id is not None]
    if len(set(ids)) != len(ids):
        yield FieldError("sessions", "offer_listed_twice")


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


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """What a mall has of all that terms name: shops and goods with whose they are, categories, merchants, sponsors."""

    merchant_of_shop: Mapping[UUID, UUID]
    shop_of_good: Mapping[UUID, UUID]
    category_ids: Collection[UUID]
    merchant_ids: Collection[UUID]
    sponsors: Mapping[UUID, Collection[UUID]]


def misplaced(terms: OfferTerms, merchant_id: UUID | None, places: Places) -> list[FieldError]:
    """Return an error for what terms name and the mall does not have, or the merchant whose offer it is."""
    errors = [error for path, scope in scopes(terms) for error in _unknown(path, scope, places)]
    errors += [FieldError(path, "offer_good_unknown") for path, v in choices(terms) if v not in places.shop_of_good]
    errors += _unknown_funders(terms, places)
    if merchant_id is not None and not errors:
        errors += _foreign_goods(terms, merchant_id, places)
        errors += foreign_shares(terms, merchant_id, {s for s, agreed in places.sponsors.items() if merchant_id in agreed})
    return errors


def _unknown(path: str, scope: Scope, places: Places) -> Iterator[FieldError]:
    for name, ids, known, code in (
        ("shop_ids", scope.shop_ids, places.merchant_of_shop, "offer_shop_unknown"),
        ("merchant_ids", scope.merchant_ids, places.merchant_ids, "offer_merchant_unknown"),
        ("category_ids", scope.category_ids, places.category_ids, "offer_category_unknown"),
        ("product_ids", scope.product_ids, places.shop_of_good, "offer_good_unknown"),
        ("variant_ids", scope.variant_ids, places.shop_of_good, "offer_good_unknown"),
        ("except_product_ids", scope.except_product_ids, places.shop_of_good, "offer_good_unknown"),
    ):
        yield from (FieldError(f"{path}.{name}[{i}]", code) for i, one in enumerate(ids) if one not in known)


def _unknown_funders(terms: OfferTerms, places: Places) -> Iterator[FieldError]:
    for i, share in enumerate(terms.shares):
        if share.funder is Funder.SPONSOR and share.funder_id not in places.sponsors:
            yield FieldError(f"shares[{i}]", "offer_sponsor_unknown")
        if share.funder is Funder.MERCHANT and share.funder_id not in {None, *places.merchant_ids}:
            yield FieldError(f"shares[{i}]", "offer_merchant_unknown")


def _foreign_goods(terms: OfferTerms, merchant_id: UUID, places: Places) -> Iterator[FieldError]:
    """Yield an error for each scope that reaches beyond the merchant's own goods, and each gift of another's."""

    def own(good: UUID) -> bool:
        return places.merchant_of_shop.get(places.shop_of_good[good]) == merchant_id

    for path, scope in scopes(terms):
        narrowed = (
            scope.merchant_ids == (merchant_id,)
            or (scope.shop_ids and all(places.merchant_of_shop[s] == merchant_id for s in scope.shop_ids))
            or (scope.product_ids and all(map(own, scope.product_ids)))
            or (scope.variant_ids and all(map(own, scope.variant_ids)))
        )
        if not narrowed:
            yield FieldError(path, "offer_scope_of_other")
    yield from (FieldError(path, "offer_scope_of_other") for path, variant in choices(terms) if not own(variant))


def foreign_shares(terms: OfferTerms, merchant_id: UUID, agreed: Collection[UUID]) -> list[FieldError]:
    """Return an error for each share that a merchant puts on somebody who has not agreed to bear it."""
    return [
        FieldError(f"shares[{i}]", "offer_share_of_other")
        for i, share in enumerate(terms.shares)
        if not (
            (share.funder is Funder.MERCHANT and share.funder_id in {None, merchant_id})
            or (share.funder is Funder.SPONSOR and share.funder_id in agreed)
        )
    ]


MOVES: dict[WantedState, frozenset[OfferState]] = {
    WantedState.LIVE: frozenset({OfferState.PAUSED}),
    WantedState.PAUSED: frozenset({OfferState.LIVE}),
    WantedState.ENDED: frozenset({OfferState.DRAFT, OfferState.PENDING, OfferState.LIVE, OfferState.PAUSED}),
}
"""From which states an offer may be moved by hand; what has not been launched goes live by launch only."""


def check_move(state: OfferState, wanted: WantedState) -> None:
    """Raise OfferMoved for a step that is none."""
    if state not in MOVES[wanted]:
        raise OfferMoved(state=state.value, wanted=wanted.value)


def check_may_change(state: OfferState) -> None:
    """Raise OfferMoved when an offer is over for good."""
    if state is OfferState.ENDED:
        raise OfferMoved(state=state.value, wanted="changed")


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


def counted_scopes(terms: OfferTerms) -> list[str]:
    """Return the scopes in which uses of these terms are counted."""
    use = Use(id=UUID(int=0), offer_id=UUID(int=0), version=1, units=1, amount_minor=0)
    [offer, *_] = engine_offers(offer_id=OfferId(UUID(int=0)), version=1, terms=terms)
    nobody = UUID(int=0)
    return [c.scope for c in counts(use, offer.limits, member_id=nobody, household_id=nobody, day=date.min)]


class Count(msgspec.Struct, frozen=True, order=True):
    """What one use adds to one counter, and the most it may come to."""

    id: UUID
    scope: str
    key: str
    units: int
    allowed: int | None
    amount_minor: int
    budget_minor: int | None


def counts(use: Use, limits: Limits, *, member_id: UUID, household_id: UUID, day: date) -> list[Count]:
    """Return what a use adds to which counters: one for each limit set; the money stands with the total."""
    found = [
        Count(use.id, scope, key, use.units, allowed, 0, None)
        for scope, key, allowed in (
            ("member", str(member_id), limits.per_member),
            ("member_day", f"{member_id}:{day.isoformat()}", limits.per_member_day),
            ("household", str(household_id), limits.per_household),
            ("day", day.isoformat(), limits.per_day),
        )
        if allowed is not None
    ]
    if limits.total is not None or limits.budget_minor is not None:
        found.append(Count(use.id, "total", "", use.units, limits.total, use.amount_minor, limits.budget_minor))
    return found


def counter_keys(*, member_id: UUID | None, household_id: UUID | None, day: date) -> list[tuple[str, str]]:
    """Return which counters tell how much a shopper, today, has left of any offer."""
    keys = [("total", ""), ("day", day.isoformat())]
    if member_id is not None:
        keys += [("member", str(member_id)), ("member_day", f"{member_id}:{day.isoformat()}")]
        keys.append(("household", str(household_id or member_id)))
    return keys


def compile_live(stamp: int, live: Sequence[LiveTerms]) -> LiveBook:
    """Return live terms compiled for pricing; see `LiveBook`."""
    offers = [
        offer for row in live for offer in engine_offers(offer_id=row.id, version=row.version, terms=row.terms)
    ]
    who = [offer.eligibility for offer in offers]
    return LiveBook(
        stamp=stamp,
        book=promotions.compile_book(offers),
        by_id={offer.id: offer for offer in offers},
        live=tuple(live),
        limited=frozenset(offer.id for offer in offers if is_limited(offer.limits)),
        needs_history=any(e.new_customer or e.first_order_in_shop for e in who),
        needs_profile=any(e.birthday is not None or e.tiers for e in who)
        or any(offer.limits.per_household is not None for offer in offers),
    )


def used_by_id(rows: Sequence[Counter]) -> dict[UUID, promotions.Used]:
    """Return counters as the engine wants them, by offer."""
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row.id][row.scope] = row.used
        if row.scope == "total":
            found[row.id]["spent_minor"] = row.spent_minor
    return {offer_id: promotions.Used(**counts) for offer_id, counts in found.items()}


def refusal(scope: str, *, offer: Offer, units: int, used: int) -> Conflict:
    """Return why a counter without room refuses: sold out, a limit reached, or the budget spent."""
    titles = {"offer_id": str(offer.offer_id), "title_zh": offer.title_zh, "title_en": offer.title_en}
    if scope != "total":
        return OfferLimitReached(scope=scope, **titles)
    total = offer.limits.total
    if total is not None and (used + units > total or offer.limits.budget_minor is None):
        return OfferSoldOut(left=max(0, total - used), **titles)
    return OfferBudgetSpent(**titles)


def shown(row: LiveTerms, *, now: datetime, until: datetime) -> ShopperOffer | None:
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
    return all(
        not ids or any(shop_of_good.get(one) == shop_id for one in ids) for ids in (scope.product_ids, scope.variant_ids)
    )


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
    spans = [(s.id, s.starts_at, s.ends_at, s.stock) for s in offer.terms.sessions]
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
