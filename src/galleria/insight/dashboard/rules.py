"""How buckets become figures, and how a cell of a spreadsheet is made harmless. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from galleria.insight.dashboard.model import UNITS, Bucket, DayBucket, DayFigures, Figure, FigureToday
from galleria.kernel.errors import Invalid
from galleria.kernel.periods import Period, business_day

DAYS_MAX = 400
DAYS_SHOWN = 30

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Span(msgspec.Struct, frozen=True):
    """Business days from `first` to `last`, both included, in a time zone."""

    first: date
    last: date
    zone: str

    @property
    def period(self) -> Period:
        """Return the days as one half-open period in UTC."""
        return Period(
            business_day(self.first, self.zone).starts_at,
            business_day(self.last, self.zone).ends_at,
        )

    @property
    def days(self) -> list[date]:
        """Return every day."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def span(first: date | None, last: date | None, *, today: date, zone: str, default_days: int = 1) -> Span:
    """Return the days asked for: up to today, `default_days` of them, when not given. Raises Invalid."""
    last = last or max(today, first or today)
    first = first or last - timedelta(days=default_days - 1)
    if first > last:
        raise Invalid.field("from", "day_order")
    if (last - first).days >= DAYS_MAX:
        raise Invalid.field("from", "day_range", days=DAYS_MAX)
    return Span(first, last, zone)


def figures(buckets: Iterable[Bucket], *, today: date, hour: int) -> list[FigureToday]:
    """Return today's figures: `value` so far, the others up to the same time of day; curves by hour."""
    found = {(b.figure, b.day, b.hour): b for b in buckets}
    yesterday, last_week = today - timedelta(days=1), today - timedelta(days=7)

    def curve(figure: Figure, day: date, hours: int) -> list[int]:
        return [b.amount if (b := found.get((figure, day, h))) else 0 for h in range(hours)]

    def so_far(figure: Figure, day: date) -> int:
        return sum(b.until for (f, d, _), b in found.items() if (f, d) == (figure, day))

    return [
        FigureToday(
            figure=figure,
            unit=UNITS[figure],
            value=sum(curve(figure, today, 24)),
            yesterday=so_far(figure, yesterday),
            last_week=so_far(figure, last_week),
            hourly=curve(figure, today, hour + 1),
            hourly_yesterday=curve(figure, yesterday, 24),
            hourly_last_week=curve(figure, last_week, 24),
        )
        for figure in Figure
    ]


def series(days: Sequence[date], buckets: Iterable[DayBucket]) -> list[DayFigures]:
    """Return every figure of each day, zero where nothing happened."""
    found = {(b.figure, b.day): b.amount for b in buckets}
    return [
        DayFigures(
            day=day,
            orders=found.get((Figure.ORDERS, day), 0),
            sales_minor=found.get((Figure.SALES, day), 0),
            claims=found.get((Figure.CLAIMS, day), 0),
            redemptions=found.get((Figure.REDEMPTIONS, day), 0),
            refunds_minor=found.get((Figure.REFUNDS, day), 0),
            points_issued=found.get((Figure.POINTS_ISSUED, day), 0),
            points_used=found.get((Figure.POINTS_USED, day), 0),
        )
        for day in days
    ]


def harmless(text: str) -> str:
    """Return a text that a spreadsheet will not run as a formula (OWASP, CSV injection): a quote goes before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
