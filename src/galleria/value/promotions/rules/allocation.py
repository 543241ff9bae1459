"""From what an offer takes off in all to what it takes off each unit, and who bears it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from galleria.kernel.allocation import allocate
from galleria.value.promotions.model import Applied, Funded, FundedTotal, Funder, Offer, Share
from galleria.value.promotions.rules.basket import Basket
from galleria.value.promotions.rules.contender import Contender, Outcome, State

Party = tuple[Funder, UUID | None]
Table = dict[int, int]
"""One share's part of each amount that is split."""


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


def taken_by_line(basket: Basket, before: State, after: State, outcome: Outcome) -> dict[int, list[int]]:
    """Return what an outcome took off each unit of the lines that became cheaper by it."""
    found: dict[int, list[int]] = {}
    for number in sorted({basket.owners[unit] for unit in outcome.units}):
        span = basket.spans[number]
        was, now = before.prices[span.start : span.stop], after.prices[span.start : span.stop]
        if was != now:
            found[number] = [old - new for old, new in zip(was, now, strict=True)]
    return found


def funded(offer: Offer, taken: Mapping[int, list[int]], basket: Basket) -> dict[int, Applied]:
    """Return what an offer took off the units of each line, split among those who bear it."""
    tables = _tables(offer.shares, {off for units in taken.values() for off in units})
    parties: dict[UUID, dict[Party, Table]] = {}
    found: dict[int, Applied] = {}
    for number, units in taken.items():
        merchant_id = basket.lines[number].merchant_id
        if merchant_id not in parties:
            parties[merchant_id] = _by_party(offer.shares, tables, merchant_id)
        found[number] = Applied(
            id=offer.id,
            offer_id=offer.offer_id,
            version=offer.version,
            units=units,
            funded=[
                Funded(funder=party[0], funder_id=party[1], units=[table[off] for off in units])
                for party, table in parties[merchant_id].items()
            ],
        )
    return found


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
    by_merchant = dict(zip(worth, allocate(off, list(worth.values())), strict=True))
    tables = _tables(offer.shares, set(by_merchant.values()))
    totals: dict[Party, int] = {}
    for merchant_id, part in by_merchant.items():
        for party, table in _by_party(offer.shares, tables, merchant_id).items():
            totals[party] = totals.get(party, 0) + table[part]
    return totals


def as_funded(totals: dict[Party, int]) -> tuple[FundedTotal, ...]:
    """Return parties' totals, those who bear nothing left out."""
    return tuple(
        FundedTotal(funder=funder, funder_id=funder_id, amount_minor=amount)
        for (funder, funder_id), amount in totals.items()
        if amount
    )


def _tables(shares: Sequence[Share], amounts: Collection[int]) -> list[Table]:
    """Return for each share its part of each amount, by largest remainder to the cent."""
    if len(shares) == 1:
        return [{amount: amount for amount in amounts}]
    weights = tuple([share.share_bp for share in shares])
    parts = [_split(amount, weights) for amount in amounts]
    return [dict(zip(amounts, column, strict=True)) for column in zip(*parts, strict=True)]


@lru_cache(maxsize=1 << 14)
def _split(amount: int, weights: tuple[int, ...]) -> list[int]:
    """Return the shares' parts of an amount; few amounts and fewer agreements come again and again."""
    return allocate(amount, weights)


def _by_party(shares: Sequence[Share], tables: Sequence[Table], merchant_id: UUID) -> dict[Party, Table]:
    """Return each party's table on a merchant's goods; shares of one party are one."""
    found: dict[Party, Table] = {}
    for share, table in zip(shares, tables, strict=True):
        party = _party(share, merchant_id)
        before = found.get(party)
        found[party] = {amount: part + before[amount] for amount, part in table.items()} if before else table
    return found


def _party(share: Share, merchant_id: UUID) -> Party:
    if share.funder is Funder.MERCHANT and share.funder_id is None:
        return Funder.MERCHANT, merchant_id
    return share.funder, share.funder_id
