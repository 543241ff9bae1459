"""From what records tell of each day to what an offer did. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from galleria.insight.performance.model import About, DayResult, DayRow, FundedBy, FundedRow, Measured, OfferResult
from galleria.kernel.errors import Invalid
from galleria.kernel.periods import Period, business_day

DAYS_MAX = 400
DAYS_SHOWN = 30


class Span(msgspec.Struct, frozen=True):
    """Business days from `first` to `last`, both included, in a time zone."""

    first: date
    last: date
    zone: str

    @property
    def period(self) -> Period:
        """Return the days as one half-open period in UTC."""
        return Period(business_day(self.first, self.zone).starts_at, business_day(self.last, self.zone).ends_at)


def span(first: date | None, last: date | None, *, today: date, zone: str) -> Span:
    """Return the days asked for: up to today, the last 30 of them, when not given. Raises Invalid."""
    last = last or max(today, first or today)
    first = first or last - timedelta(days=DAYS_SHOWN - 1)
    if first > last:
        raise Invalid.field("from", "day_order")
    if (last - first).days >= DAYS_MAX:
        raise Invalid.field("from", "day_range", days=DAYS_MAX)
    return Span(first, last, zone)


def results(
    abouts: Sequence[About], rows: Sequence[DayRow], funded: Sequence[FundedRow], *, idle: bool
) -> list[OfferResult]:
    """Return what each did, the most sales first; those that did nothing only with `idle` or while under way."""
    by_id = _by_id(rows)
    borne: dict[UUID, list[FundedBy]] = {}
    for row in funded:
        borne.setdefault(row.id, []).append(_funded(row))
    found = [
        OfferResult(
            **msgspec.structs.asdict(about),
            **msgspec.structs.asdict(measured(by_id.get(about.id, []))),
            funded=borne.get(about.id, []),
        )
        for about in abouts
        if idle or about.id in by_id or about.state in {"live", "paused"}
    ]
    found.sort(key=lambda result: (-result.sales_minor, -result.issued, result.id))
    return found


def days(rows: Iterable[DayRow], span: Span) -> list[DayResult]:
    """Return every day of a span with what was done on it, nothing on most."""
    by_day: dict[date, list[DayRow]] = {}
    for row in rows:
        by_day.setdefault(row.day, []).append(row)
    count = (span.last - span.first).days + 1
    every = (span.first + timedelta(days=n) for n in range(count))
    return [DayResult(day=day, **msgspec.structs.asdict(measured(by_day.get(day, [])))) for day in every]


def measured(rows: Sequence[DayRow]) -> Measured:
    """Return the sum of some days."""
    sales_of_known_cost = sum(row.margin_of_minor for row in rows)
    return Measured(
        issued=sum(row.issued for row in rows),
        used=sum(row.used for row in rows),
        used_at_till=sum(row.used_at_till for row in rows),
        orders=sum(row.orders for row in rows),
        sales_minor=sum(row.sales_minor for row in rows),
        refunded_minor=sum(row.refunded_minor for row in rows),
        discount_minor=sum(row.discount_minor for row in rows),
        margin_minor=sales_of_known_cost - sum(row.cost_minor for row in rows) if sales_of_known_cost else None,
        margin_of_minor=sales_of_known_cost,
    )


def _by_id(rows: Iterable[DayRow]) -> dict[UUID, list[DayRow]]:
    found: dict[UUID, list[DayRow]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return found


def _funded(row: FundedRow) -> FundedBy:
    return FundedBy(**{name: getattr(row, name) for name in FundedBy.__struct_fields__})
