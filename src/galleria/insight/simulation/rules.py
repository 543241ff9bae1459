"""Pricing baskets without and with drafts, and what that comes to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.insight.simulation.model import (
    BasketChange,
    Material,
    OfferConflict,
    OfferEffect,
    SimulatedBasket,
    SimulatedFunder,
    Simulation,
    Totals,
)
from galleria.value import promotions
from galleria.value.promotions import Offer, PricedBasket, Used

CHANGES = 20


def simulate(material: Material) -> Simulation:
    """Return what the drafts change: every basket is priced with the live offers, and with the drafts beside them.

    A draft takes the place of the live version of the same offer, and holds whatever its period says. Limits are used
    up basket by basket, the oldest first, from nothing.
    """
    replaced = {draft.offer_id for draft in material.drafts}
    with_drafts = [*(one for one in material.live if one.offer_id not in replaced), *map(_always, material.drafts)]
    before = _price(material.baskets, material.live, material.now)
    after = _price(material.baskets, with_drafts, material.now)
    titles = {one.offer_id: one for one in [*material.live, *material.drafts]}
    return Simulation(
        currency=material.currency,
        before=_totals(material, before),
        after=_totals(material, after),
        offers=_effects(before, after, titles, replaced),
        conflicts=_conflicts(after, {one.id: one for one in with_drafts}, replaced),
        changes=_changes(material.baskets, before, after),
        skipped=material.skipped,
        exact=all(one.exact for one in [*before, *after]),
        explanation=after[0].steps if len(after) == 1 and material.baskets[0].number is None else [],
    )


def _always(draft: Offer) -> Offer:
    eligibility = msgspec.structs.replace(draft.eligibility, starts_at=None, ends_at=None)
    return msgspec.structs.replace(draft, eligibility=eligibility)


def _price(baskets: Iterable[SimulatedBasket], offers: Sequence[Offer], now: datetime) -> list[PricedBasket]:
    book = promotions.compile_book(offers)
    used: dict[UUID, Used] = {}
    by_member: dict[tuple[UUID, UUID | None], int] = {}
    found = []
    for basket in baskets:
        known = {
            offer_id: msgspec.structs.replace(one, member=by_member.get((offer_id, basket.member_id), 0))
            for offer_id, one in used.items()
        }
        context = promotions.Context(now=now, local=basket.local, used=known)
        priced = promotions.price(basket.lines, book, facts=basket.facts, context=context)
        for use in priced.uses:
            one = used.get(use.id, Used())
            used[use.id] = Used(total=one.total + use.units, spent_minor=one.spent_minor + use.amount_minor)
            key = use.id, basket.member_id
            by_member[key] = by_member.get(key, 0) + use.units
        found.append(priced)
    return found


def _totals(material: Material, priced: Sequence[PricedBasket]) -> Totals:
    cost = known = 0
    for basket, result in zip(material.baskets, priced, strict=True):
        variants = {line.key: line.variant_id for line in basket.lines}
        for line in result.lines:
            unit_cost = material.costs.get(variants[line.key])
            if unit_cost is not None:
                known += line.payable_minor
                cost += unit_cost * len(line.unit_paid_minor)
    return Totals(
        baskets=len(priced),
        goods_minor=sum(one.goods_minor for one in priced),
        sales_minor=sum(one.payable_minor for one in priced),
        discount_minor=sum(one.discount_minor for one in priced),
        funded=_funded(priced, material.names),
        margin_minor=known - cost if known else None,
        margin_of_minor=known,
    )


def _funded(priced: Iterable[PricedBasket], names: Mapping[UUID, tuple[str, str]]) -> list[SimulatedFunder]:
    borne: dict[tuple[str, UUID | None], int] = {}
    for part in (part for one in priced for decision in one.decisions for part in decision.funded):
        party = part.funder.value, part.funder_id
        borne[party] = borne.get(party, 0) + part.amount_minor
    found = []
    for (funder, funder_id), amount in sorted(borne.items(), key=lambda entry: -entry[1]):
        name_zh, name_en = names.get(funder_id, (None, None)) if funder_id else (None, None)
        found.append(
            SimulatedFunder(funder=funder, funder_id=funder_id, name_zh=name_zh, name_en=name_en, amount_minor=amount)
        )
    return found


def _effects(
    before: Sequence[PricedBasket],
    after: Sequence[PricedBasket],
    titles: Mapping[UUID, Offer],
    drafts: set[UUID],
) -> list[OfferEffect]:
    """Return every draft, and every live offer that is applied somewhere, the greatest change first."""
    was, now = _applied(before), _applied(after)
    effects = [
        OfferEffect(
            offer_id=offer_id,
            title_zh=titles[offer_id].title_zh,
            title_en=titles[offer_id].title_en,
            draft=offer_id in drafts,
            baskets_before=was.get(offer_id, (0, 0))[0],
            baskets_after=now.get(offer_id, (0, 0))[0],
            discount_before_minor=was.get(offer_id, (0, 0))[1],
            discount_after_minor=now.get(offer_id, (0, 0))[1],
        )
        for offer_id in {*was, *now, *drafts}
    ]
    effects.sort(
        key=lambda one: (not one.draft, -abs(one.discount_after_minor - one.discount_before_minor), one.offer_id)
    )
    return effects


def _applied(priced: Iterable[PricedBasket]) -> dict[UUID, tuple[int, int]]:
    found: dict[UUID, tuple[int, int]] = {}
    for decision in (decision for one in priced for decision in one.decisions if decision.applied):
        count, off = found.get(decision.offer_id, (0, 0))
        found[decision.offer_id] = count + 1, off + decision.discount_minor
    return found


def _conflicts(priced: Iterable[PricedBasket], offers: Mapping[UUID, Offer], drafts: set[UUID]) -> list[OfferConflict]:
    counts: dict[tuple[UUID, UUID], int] = {}
    for decision in (decision for one in priced for decision in one.decisions if decision.beside is not None):
        by = offers[decision.beside].offer_id if decision.beside is not None else decision.offer_id
        if decision.offer_id in drafts or by in drafts:
            counts[decision.offer_id, by] = counts.get((decision.offer_id, by), 0) + 1
    titles = {one.offer_id: one for one in offers.values()}
    found = [
        OfferConflict(
            kept_out=one,
            kept_out_zh=titles[one].title_zh,
            kept_out_en=titles[one].title_en,
            by=by,
            by_zh=titles[by].title_zh,
            by_en=titles[by].title_en,
            baskets=count,
        )
        for (one, by), count in counts.items()
    ]
    found.sort(key=lambda conflict: (-conflict.baskets, conflict.kept_out, conflict.by))
    return found


def _changes(
    baskets: Sequence[SimulatedBasket], before: Sequence[PricedBasket], after: Sequence[PricedBasket]
) -> list[BasketChange]:
    changes = [
        BasketChange(
            number=basket.number,
            goods_minor=was.goods_minor,
            before_minor=was.payable_minor,
            after_minor=now.payable_minor,
        )
        for basket, was, now in zip(baskets, before, after, strict=True)
        if was.payable_minor != now.payable_minor or basket.number is None
    ]
    changes.sort(key=lambda change: -abs(change.after_minor - change.before_minor))
    return changes[:CHANGES]
