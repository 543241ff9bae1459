"""Pricing: which offer holds for which goods, what it takes off, and how much of that falls on each unit.

One offer is applied to a basket. The result depends on the lines and offers, not on the order they come in.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from galleria.kernel.allocation import allocate
from galleria.kernel.money import scale
from galleria.value.discounts.model import (
    BasketLine,
    Decision,
    Funder,
    Offer,
    OfferKind,
    OfferUnknown,
    PricedBasket,
    PricedLine,
    Reason,
    Step,
)

NEVER = datetime.max.replace(tzinfo=UTC)


def matches(offer: Offer, line: BasketLine) -> bool:
    """Return whether an offer holds for a line."""
    return (
        (not offer.shop_ids or line.shop_id in offer.shop_ids)
        and (not offer.category_ids or any(c in offer.category_ids for c in line.category_ids))
        and (offer.funder is Funder.MALL or line.merchant_id == offer.funder_merchant_id)
    )


def discount_on(offer: Offer, matching_minor: int) -> int:
    """Return what an offer takes off goods worth `matching_minor`, its threshold reached: never more than they cost."""
    if offer.kind is OfferKind.AMOUNT:
        return min(offer.amount_minor or 0, matching_minor)
    share = scale(matching_minor, offer.percent_bp or 0)
    return min(share, matching_minor, share if offer.cap_minor is None else offer.cap_minor)


def best(lines: Sequence[BasketLine], offers: Sequence[Offer]) -> UUID | None:
    """Return the id of the offer that takes the most off, or None when none takes anything off.

    Of equals, the one that expires first is spent first, then the one with the smaller id.
    """
    useful = [(verdict.discount_minor, offer) for offer in offers if (verdict := _judge(offer, lines)).reason is None]
    if not useful:
        return None
    return min(useful, key=lambda pair: (-pair[0], pair[1].expires_at or NEVER, pair[1].id))[1].id


def price(lines: Sequence[BasketLine], offers: Sequence[Offer], chosen: UUID | None) -> PricedBasket:
    """Return the price of a basket with the chosen offer applied, and a decision for every offer.

    Takes lines with distinct keys, quantities of at least 1 and prices of at least 0 minor units; `chosen` is the id
    of one of the offers, or None for no discount. A chosen offer that does not hold is skipped with its reason, as
    any other. Raises OfferUnknown when `chosen` is none of the offers, ValueError for malformed lines.
    """
    _check(lines)
    by_id = {offer.id: offer for offer in offers}
    if chosen is not None and chosen not in by_id:
        raise OfferUnknown
    verdicts = {offer_id: _judge(offer, lines) for offer_id, offer in by_id.items()}
    applied = by_id[chosen] if chosen is not None and verdicts[chosen].reason is None else None
    taken = verdicts[applied.id].discount_minor if applied else 0
    priced = _price_lines(lines, applied, taken)
    goods = sum(line.quantity * line.unit_price_minor for line in lines)
    mall_funded = taken if applied and applied.funder is Funder.MALL else 0
    decisions = [_decide(verdict, applied, taken) for verdict in verdicts.values()]
    decisions.sort(key=lambda d: (not d.applied, -d.discount_minor, d.missing_minor, d.offer_id))
    return PricedBasket(
        lines=priced,
        goods_minor=goods,
        discount_minor=taken,
        mall_funded_minor=mall_funded,
        merchant_funded_minor=taken - mall_funded,
        payable_minor=goods - taken,
        decisions=decisions,
        steps=_explain(lines, goods, [(by_id[d.offer_id], d) for d in decisions]),
    )


def _check(lines: Sequence[BasketLine]) -> None:
    if len({line.key for line in lines}) != len(lines):
        raise ValueError("two lines have the same key")
    if any(line.quantity < 1 or line.unit_price_minor < 0 for line in lines):
        raise ValueError("a line needs a quantity of at least 1 and a price of at least 0")


def _judge(offer: Offer, lines: Sequence[BasketLine]) -> Decision:
    """Return what an offer does to the lines by itself."""
    matching = [line for line in lines if matches(offer, line)]
    worth = sum(line.quantity * line.unit_price_minor for line in matching)
    if not matching:
        return _skip(offer, Reason.NO_MATCHING_GOODS)
    if worth < offer.threshold_minor:
        return _skip(offer, Reason.THRESHOLD, missing=offer.threshold_minor - worth)
    taken = discount_on(offer, worth)
    return _skip(offer, Reason.NO_EFFECT) if taken == 0 else _verdict(offer, taken)


def _skip(offer: Offer, reason: Reason, *, missing: int = 0) -> Decision:
    return msgspec.structs.replace(_verdict(offer, 0), reason=reason, missing_minor=missing)


def _verdict(offer: Offer, taken: int) -> Decision:
    return Decision(
        offer_id=offer.id,
        applied=False,
        discount_minor=taken,
        reason=None,
        missing_minor=0,
        title_zh=offer.title_zh,
        title_en=offer.title_en,
    )


def _decide(verdict: Decision, applied: Offer | None, taken: int) -> Decision:
    if applied is not None and verdict.offer_id == applied.id:
        return msgspec.structs.replace(verdict, applied=True)
    if verdict.reason is not None:
        return verdict
    reason = Reason.NOT_BEST if verdict.discount_minor <= taken else Reason.NOT_CHOSEN
    return msgspec.structs.replace(verdict, reason=reason)


def _price_lines(lines: Sequence[BasketLine], applied: Offer | None, taken: int) -> list[PricedLine]:
    """Return the lines with the discount spread over the matching units in proportion to their price."""
    matching = sorted((ln for ln in lines if applied and matches(applied, ln)), key=lambda ln: ln.key)
    parts = iter(allocate(taken, [ln.unit_price_minor for ln in matching for _ in range(ln.quantity)]))
    off = {ln.key: [next(parts) for _ in range(ln.quantity)] for ln in matching}
    by_mall = applied is not None and applied.funder is Funder.MALL
    return [_price_line(line, off.get(line.key, [0] * line.quantity), by_mall=by_mall) for line in lines]


def _price_line(line: BasketLine, off: list[int], *, by_mall: bool) -> PricedLine:
    paid = [line.unit_price_minor - part for part in off]
    return PricedLine(
        key=line.key,
        unit_paid_minor=paid,
        unit_mall_funded_minor=off if by_mall else [0] * line.quantity,
        discount_minor=sum(off),
        payable_minor=sum(paid),
    )


def _explain(lines: Sequence[BasketLine], goods: int, decided: Sequence[tuple[Offer, Decision]]) -> list[Step]:
    """Return the goods, then each offer applied or not and why, then what is to pay."""
    units = sum(line.quantity for line in lines)
    steps = [Step(code="goods", params={"lines": len(lines), "units": units, "minor": goods}, amount_minor=goods)]
    for offer, decision in decided:
        worth = sum(ln.quantity * ln.unit_price_minor for ln in lines if matches(offer, ln))
        code = _applied_code(offer, worth) if decision.applied else f"skipped_{decision.reason}"
        off = decision.discount_minor if decision.applied else 0
        steps.append(Step(code=code, params=_params(offer, decision, worth), amount_minor=-off))
    payable = sum(step.amount_minor for step in steps)
    steps.append(Step(code="payable", params={"minor": payable}, amount_minor=0))
    return steps


def _applied_code(offer: Offer, worth: int) -> str:
    if offer.kind is OfferKind.AMOUNT:
        return "applied_amount"
    capped = offer.cap_minor is not None and scale(worth, offer.percent_bp or 0) > offer.cap_minor
    return "applied_percent_capped" if capped else "applied_percent"


def _params(offer: Offer, decision: Decision, worth: int) -> dict[str, str | int]:
    params: dict[str, str | int] = {
        "offer_id": str(offer.id),
        "title_zh": offer.title_zh,
        "title_en": offer.title_en,
        "matching_minor": worth,
        "discount_minor": decision.discount_minor,
        "threshold_minor": offer.threshold_minor,
        "missing_minor": decision.missing_minor,
    }
    optional = {"amount_minor": offer.amount_minor, "percent_bp": offer.percent_bp, "cap_minor": offer.cap_minor}
    return params | {name: value for name, value in optional.items() if value is not None}
