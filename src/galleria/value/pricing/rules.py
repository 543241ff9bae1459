"""Which rule prices a good, at what price, and what stands in the way. Pure: rules and goods in, prices out."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from galleria.kernel.errors import FieldError, Invalid
from galleria.kernel.money import WHOLE, scale
from galleria.value.pricing.model import (
    Barrier,
    Floor,
    Guard,
    GuardAction,
    RuleId,
    RuleInForce,
    RuleKind,
    RulePatch,
    RuleScope,
    RuleTerms,
    Verdict,
    Ware,
)

_NARROWNESS = {scope: rank for rank, scope in enumerate(RuleScope)}


class Outcome(msgspec.Struct, frozen=True):
    """The rule that prices a good and its price; None for both when the store price holds."""

    price_minor: int | None
    rule: RuleInForce | None


STORE_PRICE = Outcome(None, None)


class Judged(msgspec.Struct, frozen=True):
    """What one rule does to one good: the price it asks, and whether it gets it."""

    to_minor: int
    verdict: Verdict
    barrier: Barrier | None = None
    other: RuleId | None = None


def asked(terms: RuleTerms, store_price_minor: int) -> int:
    """Return the price a rule asks: never above the store price, never below one minor unit, rounded half up."""
    if terms.kind is RuleKind.SET_PRICE and terms.price_minor is not None:
        return min(terms.price_minor, store_price_minor)
    return max(1, store_price_minor - scale(store_price_minor, terms.percent_bp or 0))


def matches(terms: RuleTerms, ware: Ware) -> bool:
    """Return whether a rule is for a good."""
    if terms.shop_id is not None and terms.shop_id != ware.good.shop_id:
        return False
    match terms.scope:
        case RuleScope.SHOP:
            return True
        case RuleScope.CATEGORY:
            return not set(terms.target_ids).isdisjoint(ware.good.category_ids)
        case RuleScope.PRODUCT:
            return ware.good.product_id in terms.target_ids
        case RuleScope.VARIANT:
            return ware.good.variant_id in terms.target_ids


def rank(rule: RuleInForce) -> tuple[int, bool, int, int]:
    """Return what decides between rules, the greatest first: scope, the shop's own, priority, the younger."""
    terms = rule.terms
    return _NARROWNESS[terms.scope], terms.shop_id is not None, terms.priority, rule.id.int


def ranked(rules: Iterable[RuleInForce]) -> list[RuleInForce]:
    """Return rules in the order in which they are asked."""
    return sorted(rules, key=rank, reverse=True)


def holds(terms: RuleTerms, now: datetime) -> bool:
    """Return whether a moment is in a rule's period."""
    return (terms.starts_at is None or terms.starts_at <= now) and (terms.ends_at is None or now < terms.ends_at)


def margin_bp(price_minor: int, cost_minor: int | None) -> int | None:
    """Return what is left of a price after the cost, as basis points of the price; below zero when it is a loss."""
    return None if cost_minor is None else (price_minor - cost_minor) * WHOLE // price_minor


def barrier(price_minor: int, floor: Floor, guard: Guard) -> Barrier | None:
    """Return what a price breaks: the floor first, then the cost, then the smallest margin."""
    if floor.floor_minor is not None and price_minor < floor.floor_minor:
        return Barrier.BELOW_FLOOR
    margin = margin_bp(price_minor, floor.cost_minor)
    if margin is None:
        return None
    if margin < 0:
        return Barrier.BELOW_COST
    return Barrier.BELOW_MARGIN if margin < guard.min_margin_bp else None


def refuses(found: Barrier | None, guard: Guard, *, second_person: bool) -> bool:
    """Return whether a barrier keeps a price away; one that a second person may lift yields to a second person."""
    if found is None:
        return False
    return found is Barrier.BELOW_FLOOR or guard.action is GuardAction.REFUSE or not second_person


def decide(ware: Ware, rules: Sequence[RuleInForce], guard: Guard) -> Outcome:
    """Return the price of a good under `ranked` rules: the first that is for it and gets past floor and guard."""
    for rule in rules:
        if not matches(rule.terms, ware):
            continue
        price = asked(rule.terms, ware.good.store_price_minor)
        if price == ware.good.store_price_minor:
            return STORE_PRICE
        if not refuses(barrier(price, ware.floor, guard), guard, second_person=rule.second_person):
            return Outcome(price, rule)
    return STORE_PRICE


def judge(ware: Ware, draft: RuleInForce, others: Sequence[RuleInForce], guard: Guard) -> Judged:
    """Return what a draft would do to a good of its scope, beside the `ranked` rules in force without it."""
    price = asked(draft.terms, ware.good.store_price_minor)
    above = [rule for rule in others if rank(rule) > rank(draft)]
    first = next((rule for rule in above if matches(rule.terms, ware)), None)
    if first is not None and decide(ware, above, guard) != STORE_PRICE:
        return Judged(price, Verdict.OUTRANKED, None, first.id)
    found = None if price == ware.good.store_price_minor else barrier(price, ware.floor, guard)
    if found is not None:
        lifted = not refuses(found, guard, second_person=True)
        return Judged(price, Verdict.SECOND_PERSON if lifted else Verdict.REFUSED, found)
    return Judged(price, Verdict.SAME if price == ware.good.price_minor else Verdict.CHANGES)


def sound(terms: RuleTerms) -> RuleTerms:
    """Return terms with titles, and nothing in them that does not count; raises Invalid naming what contradicts."""
    wrong: list[FieldError] = []
    if (terms.scope is RuleScope.SHOP) == bool(terms.target_ids):
        wrong.append(FieldError("target_ids", "price_rule_targets"))
    percent = terms.kind is RuleKind.PERCENT_OFF_STORE
    if percent and terms.percent_bp is None:
        wrong.append(FieldError("percent_bp", "required"))
    if not percent and terms.price_minor is None:
        wrong.append(FieldError("price_minor", "required"))
    for name in ("starts_at", "ends_at"):
        moment = getattr(terms, name)
        if moment is not None and moment.tzinfo is None:
            wrong.append(FieldError(name, "time_zone_needed"))
    if not wrong and terms.starts_at and terms.ends_at and terms.starts_at >= terms.ends_at:
        wrong.append(FieldError("ends_at", "price_rule_period"))
    if wrong:
        raise Invalid(errors=tuple(wrong))
    zh, en = _titles(terms)
    return msgspec.structs.replace(
        terms,
        target_ids=list(dict.fromkeys(terms.target_ids)),
        percent_bp=terms.percent_bp if percent else None,
        price_minor=None if percent else terms.price_minor,
        title_zh=terms.title_zh.strip() or zh,
        title_en=terms.title_en.strip() or en,
    )


def patched(terms: RuleTerms, patch: RulePatch) -> RuleTerms:
    """Return terms with what a patch gives; raises Invalid as `sound`."""
    given = {k: v for k, v in msgspec.structs.asdict(patch).items() if v is not msgspec.UNSET}
    if given.get("kind") is RuleKind.PERCENT_OFF_STORE and terms.percent_bp is None:
        given.setdefault("percent_bp", RuleTerms().percent_bp)
    return sound(msgspec.structs.replace(terms, **given))


def _titles(terms: RuleTerms) -> tuple[str, str]:
    """Return what a rule is called when nobody says: `门店价 9 折`, `10 % off the store price`."""
    if terms.kind is RuleKind.SET_PRICE:
        return "线上特价", "Special online price"
    off = (terms.percent_bp or 0) / 100
    return f"门店价 {(100 - off) / 10:g} 折", f"{off:g} % off the store price"
