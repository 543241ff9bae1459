"""What each kind of offer takes off: one function a kind, from a turn to an outcome.

Nothing takes more off a unit than it costs by then.
"""

from collections.abc import Callable, Sequence
from typing import Any

from galleria.kernel.allocation import allocate
from galleria.kernel.money import scale
from galleria.value.promotions.model import (
    AddOn,
    AmountOff,
    Bundle,
    Exchange,
    FreeDelivery,
    Gift,
    Grant,
    Measure,
    Order,
    PercentOff,
    PurchaseLimit,
    Reason,
    SetOff,
    SetPrice,
    Tier,
    TieredOff,
)
from galleria.value.promotions.rules.contender import NOTHING, Contender, Outcome, Scene, State, scene_of

Cut = tuple[int, int]
"""A unit and what it becomes cheaper by."""


def outcome_of(contender: Contender, state: State, initial: list[int]) -> Outcome:
    """Return what an offer takes off when its turn comes at a state, or why nothing."""
    scene = scene_of(contender, state, initial)
    if isinstance(scene, Outcome):
        return scene
    outcome = _BENEFITS[type(contender.rule.offer.benefit)](contender.rule.offer.benefit, scene)
    if contender.budget is not None and outcome.total > contender.budget:
        return Outcome(total=outcome.total, reason=Reason.SOLD_OUT)
    return outcome


def outcome_after(contender: Contender, alone: Outcome, state: State, initial: list[int]) -> Outcome:
    """Return an offer's outcome at a state, which is what it does alone when none of its units became cheaper."""
    return outcome_of(contender, state, initial) if contender.mask & state.touched else alone


def _amount(benefit: AmountOff, scene: Scene) -> Outcome:
    return _over_all(scene, benefit.amount_minor * (scene.times if benefit.repeat else 1))


def _percent(benefit: PercentOff, scene: Scene) -> Outcome:
    share = scale(sum([scene.base[unit] for unit in scene.targets]), benefit.percent_bp)
    return _over_all(scene, share if benefit.cap_minor is None else min(share, benefit.cap_minor))


def _tiers(benefit: TieredOff, scene: Scene) -> Outcome:
    measured = scene.worth if benefit.by is Measure.MONEY else len(scene.counted)
    reached = [tier for tier in benefit.tiers if tier.threshold <= measured]
    if not reached:
        return _short(benefit, benefit.tiers[0].threshold - measured)
    return _over_all(scene, _tier_off(reached[-1], scene))


def _tier_off(tier: Tier, scene: Scene) -> int:
    if tier.amount_minor is not None:
        return tier.amount_minor
    return scale(sum([scene.base[unit] for unit in scene.targets]), tier.percent_bp or 0)


def _short(benefit: TieredOff, missing: int) -> Outcome:
    if benefit.by is Measure.MONEY:
        return Outcome(reason=Reason.THRESHOLD, missing_minor=missing)
    return Outcome(reason=Reason.PIECES, missing_pieces=missing)


def _set_price(benefit: SetPrice, scene: Scene) -> Outcome:
    most = scene.contender.left if benefit.units_per_order is None else benefit.units_per_order
    return _down_to(scene, benefit.price_minor, most)


def _exchange(benefit: Exchange, scene: Scene) -> Outcome:
    return _down_to(scene, benefit.pay_minor, benefit.units)


def _down_to(scene: Scene, price: int, most: int) -> Outcome:
    """Return the dearest units at a price, at most so many and no more than the limits leave."""
    prices = scene.prices
    dearer = sorted([unit for unit in scene.targets if prices[unit] > price], key=lambda unit: -prices[unit])
    units = dearer[: min(most, scene.contender.left)]
    return _cuts([(unit, prices[unit] - price) for unit in units], uses=len(units))


def _set(benefit: SetOff, scene: Scene) -> Outcome:
    base = scene.base
    piles = scene.contender.variants if benefit.same else [scene.counted]
    free = [sorted([u for u in pile if not scene.blocked >> u & 1], key=lambda u: -base[u]) for pile in piles]
    sets = [pile[i : i + benefit.size] for pile in free for i in range(0, len(pile) - benefit.size + 1, benefit.size)]
    if not sets:
        return Outcome(reason=Reason.PIECES, missing_pieces=benefit.size - max(len(pile) for pile in free))
    own = scene.contender.rule.targets is not None
    if own:
        most = len(sets) if benefit.times is None else min(len(sets), benefit.times)
        picked = _picked(benefit, sorted(scene.targets, key=lambda u: -base[u]), most * benefit.discounted)
        return _cuts([_set_cut(benefit, scene, unit) for unit in picked])
    return _cuts([_set_cut(benefit, scene, unit) for unit in _of_sets(benefit, sets, base)])


def _of_sets(benefit: SetOff, sets: list[list[int]], base: list[int]) -> list[int]:
    """Return the units that become cheaper of sets whose units stand dearest first."""
    sets.sort(key=lambda units: -sum(base[u] for u in _picked(benefit, units, benefit.discounted)))
    taken = sets if benefit.times is None else sets[: benefit.times]
    if not benefit.overall:
        return [unit for units in taken for unit in _picked(benefit, units, benefit.discounted)]
    together = sorted([unit for units in taken for unit in units], key=lambda unit: (-base[unit], unit))
    return _picked(benefit, together, benefit.discounted * len(taken))


def _picked(benefit: SetOff, units: list[int], count: int) -> list[int]:
    return units[:count] if benefit.order is Order.DEAREST else units[-count:]


def _set_cut(benefit: SetOff, scene: Scene, unit: int) -> Cut:
    price = scene.base[unit]
    return unit, min(price - scale(price, benefit.pay_bp), scene.prices[unit])


def _bundle(benefit: Bundle, scene: Scene) -> Outcome:
    prices, used = scene.prices, scene.blocked
    piles = [(quantity, sorted(units, key=lambda u: -prices[u])) for quantity, units in scene.contender.parts]
    piles.sort(key=lambda pile: len(pile[1]))  # who has the least choice chooses first
    cuts: list[Cut] = []
    for _ in range(benefit.times or len(prices)):
        chosen, missing = _one_of_each(piles, used)
        if missing:
            return _cuts(cuts) if cuts else Outcome(reason=Reason.PIECES, missing_pieces=missing)
        off = sum(prices[unit] for unit in chosen) - benefit.price_minor
        if off <= 0:
            break
        cuts += zip(chosen, allocate(off, [prices[unit] for unit in chosen]), strict=True)
        for unit in chosen:
            used |= 1 << unit
    return _cuts(cuts)


def _one_of_each(piles: list[tuple[int, list[int]]], used: int) -> tuple[list[int], int]:
    """Return the units of one bundle, the dearest of each part, and how many are missing."""
    chosen: list[int] = []
    missing = 0
    for quantity, units in piles:
        free = [unit for unit in units if not used >> unit & 1][:quantity]
        missing += quantity - len(free)
        chosen += free
        for unit in free:
            used |= 1 << unit
    return chosen, missing


def _gift(benefit: Gift, scene: Scene) -> Outcome:
    return _chosen(scene, benefit.units * (scene.times if benefit.repeat else 1))


def _add_on(benefit: AddOn, scene: Scene) -> Outcome:
    return _chosen(scene, benefit.units)


def _chosen(scene: Scene, earned: int) -> Outcome:
    """Return the goods that were added, line by line as long as they are no more than earned."""
    allowed = min(earned, scene.contender.left)
    cuts: list[Cut] = []
    lines: list[int] = []
    for line, units, off in scene.contender.granted:
        if len(cuts) + len(units) > allowed:
            break
        cuts += [(unit, off) for unit in units]
        lines.append(line)
    if not lines:
        return Outcome(reason=Reason.CHOOSE, allowed=allowed)
    parts = [off for _, off in cuts]
    return Outcome(
        total=sum(parts),
        units=[unit for unit, _ in cuts],
        parts=parts,
        uses=len(cuts),
        allowed=allowed,
        lines=lines,
    )


def _delivery(benefit: FreeDelivery, scene: Scene) -> Outcome:
    fee = sum([scene.prices[unit] for unit in scene.targets])
    return _over_all(scene, fee if benefit.cap_minor is None else benefit.cap_minor)


def _grant(benefit: Grant, scene: Scene) -> Outcome:
    return Outcome(times=scene.times if benefit.repeat else 1)


def _limit(_: PurchaseLimit, scene: Scene) -> Outcome:
    wanted, allowed = len(scene.counted), scene.contender.left
    reason = Reason.LIMIT_REACHED if wanted > allowed else None
    return Outcome(uses=wanted, allowed=allowed, reason=reason)


def _over_all(scene: Scene, total: int) -> Outcome:
    """Return so much off all that becomes cheaper, no more than it costs."""
    off = min(total, sum([scene.prices[unit] for unit in scene.targets]))
    return Outcome(total=off, units=scene.targets) if off > 0 else NOTHING


def _cuts(cuts: Sequence[Cut], *, uses: int = 1) -> Outcome:
    cheaper = [(unit, off) for unit, off in cuts if off > 0]
    if not cheaper:
        return NOTHING
    parts = [off for _, off in cheaper]
    return Outcome(total=sum(parts), units=[unit for unit, _ in cheaper], parts=parts, uses=uses)


_BENEFITS: dict[type, Callable[[Any, Scene], Outcome]] = {
    AmountOff: _amount,
    PercentOff: _percent,
    TieredOff: _tiers,
    SetPrice: _set_price,
    SetOff: _set,
    Bundle: _bundle,
    Gift: _gift,
    AddOn: _add_on,
    Exchange: _exchange,
    FreeDelivery: _delivery,
    Grant: _grant,
    PurchaseLimit: _limit,
}
