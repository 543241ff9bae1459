"""Which counters a use is added to, and what they say."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from galleria.kernel.ids import OfferId
from galleria.value import promotions
from galleria.value.offers.model import Counter, OfferTerms
from galleria.value.offers.rules.shape import engine_offers
from galleria.value.promotions import Limits, Use


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


def used_by_id(rows: Sequence[Counter]) -> dict[UUID, promotions.Used]:
    """Return counters as the engine wants them, by offer."""
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row.id][row.scope] = row.used
        if row.scope == "total":
            found[row.id]["spent_minor"] = row.spent_minor
    return {offer_id: promotions.Used(**counts) for offer_id, counts in found.items()}
