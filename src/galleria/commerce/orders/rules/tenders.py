"""How what an order is paid with spreads over its units and delivery fees: every cent of every tender has its place.

The spread is computed from what was frozen at placement, so it is the same whenever and by whomever it is asked for;
that is why any order of partial refunds ends with every tender wholly given back.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from galleria.commerce.orders.model import OrderRow, PaidOrder, Tender, TenderKind, TenderPart
from galleria.kernel.allocation import allocate, crosswise

DELIVERY = -1
"""The place of a delivery fee, instead of a unit's index; its key is the sub-order."""

Place = tuple[UUID, int]
Parts = dict[Place, list[TenderPart]]

KEPT_LAST = (TenderKind.PROVIDER, TenderKind.CASH, TenderKind.STORED_VALUE, TenderKind.POINTS)
"""In this order the tenders of a unit give when only some of its price goes back."""


def tender_units(row: OrderRow) -> Parts:
    """Return what each tender paid of each unit (by line and index) and delivery fee (by sub-order and DELIVERY)."""
    units = [((line.id, n), paid) for line in row.lines for n, paid in enumerate(line.unit_paid_minor)]
    fees = [((part.id, DELIVERY), part.delivery_paid_minor) for part in row.sub_orders if part.delivery_minor]
    return spread(row.tenders, dict(sorted([*units, *fees])))


def tender_units_of(order: PaidOrder) -> Parts:
    """Return the same as `tender_units` of an order just paid."""
    units = [
        ((line.id, n), paid)
        for part in order.sub_orders
        for line in part.lines
        for n, paid in enumerate(line.unit_paid_minor)
    ]
    fees = [
        ((part.id, DELIVERY), part.delivery_minor - part.delivery_discount_minor)
        for part in order.sub_orders
        if part.delivery_minor
    ]
    return spread(order.tenders, dict(sorted([*units, *fees])))


def spread(tenders: Sequence[Tender], costs: Mapping[Place, int]) -> Parts:
    """Split tenders over places that cost so much, in the order given: rows sum to the costs, columns to the tenders.

    Each place takes of every tender in proportion to what the places before it have left (largest remainder), so no
    part is further than a cent from its exact share of them, none is below zero, and nothing is over at the end.
    """
    table = crosswise([tender.amount_minor for tender in tenders], list(costs.values()))
    points = [
        allocate(one.points, [row[n] for row in table]) if one.points else [0] * len(table)
        for n, one in enumerate(tenders)
    ]
    return {
        place: [
            TenderPart(tender_id=one.id, kind=one.kind, amount_minor=row[n], points=points[n][at])
            for n, one in enumerate(tenders)
            if row[n]
        ]
        for at, (place, row) in enumerate(zip(costs, table, strict=True))
    }


def some_of(parts: Sequence[TenderPart], before_minor: int, after_minor: int) -> list[TenderPart]:
    """Return what each tender gives when of a unit `after_minor` in all has gone back, and `before_minor` had before.

    Money goes back first, points last. Depends on the two sums only, so however a unit is given back in steps, its
    tenders end the same.
    """
    found = []
    ordered = sorted(parts, key=lambda part: KEPT_LAST.index(part.kind))
    for part, start in zip(ordered, _starts(ordered), strict=True):
        before = min(max(before_minor - start, 0), part.amount_minor)
        after = min(max(after_minor - start, 0), part.amount_minor)
        if after > before:
            points = part.points * after // part.amount_minor - part.points * before // part.amount_minor
            found.append(msgspec.structs.replace(part, amount_minor=after - before, points=points))
    return found


def _starts(parts: Sequence[TenderPart]) -> list[int]:
    starts, total = [], 0
    for part in parts:
        starts.append(total)
        total += part.amount_minor
    return starts


def added_up(parts: Iterable[TenderPart]) -> list[TenderPart]:
    """Return parts of the same tender as one."""
    found: dict[UUID, TenderPart] = {}
    for part in parts:
        known = found.get(part.tender_id)
        found[part.tender_id] = part if known is None else msgspec.structs.replace(
            known, amount_minor=known.amount_minor + part.amount_minor, points=known.points + part.points
        )  # fmt: skip
    return list(found.values())


def earning(parts: Iterable[TenderPart]) -> int:
    """Return what of these earns points: all but what points have paid."""
    return sum(part.amount_minor for part in parts if part.kind is not TenderKind.POINTS)
