"""From what an offer takes off in all to what it takes off each unit, and who bears it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from galleria.kernel.allocation import allocate
from galleria.value.promotions.model import Applied, Funded, FundedTotal, Funder, Offer, Share
from galleria.value.promotions.rules.basket import Basket
from galleria.value.promotions.rules.contender import Contender, Outcome, State

Party = tuple[Funder, UUID | None]


def parts_of(outcome: Outcome, prices: Sequence[int]) -> list[int]:
    """Return what an outcome takes off each of its units."""
    if outcome.parts is not None:
        return outcome.parts
    return allocate(outcome.total, [prices[unit] for unit in outcome.units])


def applied_to(state: State, contender: Contender, outcome: Outcome) -> State:
    """Return where prices stand after an offer was applied."""
    if not outcome.total:
        return state
    prices, mask = state.prices.copy(), 0
    for unit, off in zip(outcome.units, parts_of(outcome, prices), strict=True):
        if off:
            prices[unit] -= off
            mask |= 1 << unit
    locked = state.locked | mask if contender.rule.offer.stacking.once else state.locked
    return State(prices, state.touched | mask, locked)


def by_line(basket: Basket, before: State, after: State) -> dict[int, list[int]]:
    """Return what was taken off each unit of the lines that became cheaper between two states."""
    found: dict[int, list[int]] = {}
    for number, span in enumerate(basket.spans):
        was, now = before.prices[span.start : span.stop], after.prices[span.start : span.stop]
        if was != now:
            found[number] = [old - new for old, new in zip(was, now, strict=True)]
    return found


def applied_on(offer: Offer, units: list[int], merchant_id: UUID) -> Applied:
    """Return what an offer takes off the units of one merchant's line, split among those who bear it."""
    return Applied(
        id=offer.id,
        offer_id=offer.offer_id,
        version=offer.version,
        units=units,
        funded=[
            Funded(funder=funder, funder_id=funder_id, units=borne)
            for (funder, funder_id), borne in _split(offer.shares, units, merchant_id).items()
        ],
    )


def totals_of(applied: Iterable[Applied]) -> dict[Party, int]:
    """Return what each party bears in all."""
    totals: dict[Party, int] = {}
    for one in applied:
        for part in one.funded:
            party = part.funder, part.funder_id
            totals[party] = totals.get(party, 0) + sum(part.units)
    return totals


def delivery_totals(offer: Offer, off: int, basket: Basket, counted: Sequence[int]) -> dict[Party, int]:
    """Return who bears what of a delivery fee: what each merchant does goes by the worth of its counted goods."""
    owners = [basket.lines[basket.owners[unit]].merchant_id for unit in counted]
    worth: dict[UUID, int] = dict.fromkeys(sorted(owners), 0)
    for unit, owner in zip(counted, owners, strict=True):
        worth[owner] += basket.prices[unit]
    totals: dict[Party, int] = {}
    for merchant_id, part in zip(worth, allocate(off, list(worth.values())), strict=True):
        for party, borne in _split(offer.shares, [part], merchant_id).items():
            totals[party] = totals.get(party, 0) + borne[0]
    return totals


def as_funded(totals: dict[Party, int]) -> tuple[FundedTotal, ...]:
    """Return parties' totals, those who bear nothing left out."""
    return tuple(
        FundedTotal(funder=funder, funder_id=funder_id, amount_minor=amount)
        for (funder, funder_id), amount in totals.items()
        if amount
    )


def _split(shares: Sequence[Share], units: list[int], merchant_id: UUID) -> dict[Party, list[int]]:
    """Return each party's part of each unit, by largest remainder to the cent; equal parties are one."""
    parties = [_party(share, merchant_id) for share in shares]
    if len(parties) == 1:
        return {parties[0]: units}
    weights = [share.share_bp for share in shares]
    parts = {off: allocate(off, weights) for off in set(units)}
    found: dict[Party, list[int]] = {}
    for position, party in enumerate(parties):
        borne = [parts[off][position] for off in units]
        found[party] = [sum(both) for both in zip(found[party], borne, strict=True)] if party in found else borne
    return found


def _party(share: Share, merchant_id: UUID) -> Party:
    if share.funder is Funder.MERCHANT and share.funder_id is None:
        return Funder.MERCHANT, merchant_id
    return share.funder, share.funder_id
