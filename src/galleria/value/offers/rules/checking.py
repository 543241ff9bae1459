"""Whether an offer is well written: contradicts nothing, names what is there, burdens nobody else."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

import msgspec

from galleria.kernel.errors import FieldError, Invalid
from galleria.kernel.ids import OfferId
from galleria.value import promotions
from galleria.value.offers.model import OfferTerms, Preset, SaleSession
from galleria.value.offers.rules.shape import choices, engine_offers, scopes
from galleria.value.promotions import (
    AddOn,
    AmountOff,
    Bundle,
    FreeDelivery,
    Funder,
    Gift,
    Grant,
    Layer,
    PercentOff,
    PurchaseLimit,
    Scope,
    SetOff,
    SetPrice,
    TieredOff,
)

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


def check(offer_id: OfferId, terms: OfferTerms) -> None:
    """Raise Invalid naming every field of `terms` that contradicts another."""
    errors = [
        *(FieldError(field, code) for field, code, wrong in _contradictions(terms) if wrong),
        *_sessions(terms.sessions),
        *_of_engine(offer_id, terms),
    ]
    if errors:
        raise Invalid(errors=tuple(inside(error) for error in {(e.field, e.code): e for e in errors}.values()))


def inside(error: FieldError) -> FieldError:
    """Return an error of the terms as one of the request's body that holds them."""
    return FieldError(f"terms.{error.field}", error.code, error.params)


def _of_engine(offer_id: OfferId, terms: OfferTerms) -> list[FieldError]:
    """Return what the engine finds wrong; a flash sale without sessions makes no offer to look at."""
    found = engine_offers(offer_id=offer_id, version=1, terms=terms)
    return promotions.check_offer(found[0]) if found else []


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
    """Yield what is wrong with sessions: one that ends before it starts, two at the same time or with one id."""
    order = sorted(range(len(sessions)), key=lambda i: sessions[i].starts_at)
    for i, s in enumerate(sessions):
        if s.ends_at <= s.starts_at:
            yield FieldError(f"sessions[{i}].ends_at", "offer_period")
    for earlier, later in pairwise(order):
        if sessions[later].starts_at < sessions[earlier].ends_at:
            yield FieldError(f"sessions[{later}].starts_at", "offer_sessions_overlap")
    ids = [s.id for s in sessions if s.id is not None]
    if len(set(ids)) != len(ids):
        yield FieldError("sessions", "offer_listed_twice")


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
        agreed = {sponsor for sponsor, merchants in places.sponsors.items() if merchant_id in merchants}
        errors += foreign_shares(terms, merchant_id, agreed)
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
