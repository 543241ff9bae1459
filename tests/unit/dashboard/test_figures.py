from datetime import date

import pytest

from galleria.insight.dashboard import rules
from galleria.insight.dashboard.model import Bucket, DayBucket, Figure
from galleria.kernel.errors import Invalid

TODAY = date(2026, 3, 9)
ZONE = "Asia/Shanghai"


def test_today_is_compared_up_to_the_same_time_of_day() -> None:
    buckets = [
        Bucket(Figure.SALES, TODAY, 9, 500, 500),
        Bucket(Figure.SALES, date(2026, 3, 8), 9, 300, 300),
        Bucket(Figure.SALES, date(2026, 3, 8), 10, 200, 50),
        Bucket(Figure.SALES, date(2026, 3, 2), 20, 900, 0),
    ]
    sales = next(f for f in rules.figures(buckets, today=TODAY, hour=10) if f.figure is Figure.SALES)
    assert (sales.value, sales.yesterday, sales.last_week) == (500, 350, 0)
    assert sales.hourly == [0] * 9 + [500, 0]
    assert (sum(sales.hourly_yesterday), sum(sales.hourly_last_week)) == (500, 900)


def test_days_without_anything_are_zero() -> None:
    span = rules.span(date(2026, 3, 1), date(2026, 3, 3), today=TODAY, zone=ZONE)
    found = rules.series(span.days, [DayBucket(Figure.ORDERS, date(2026, 3, 2), 4)])
    assert [day.orders for day in found] == [0, 4, 0]


def test_days_are_the_malls_own() -> None:
    period = rules.span(TODAY, TODAY, today=TODAY, zone=ZONE).period
    assert (period.starts_at.isoformat(), period.ends_at and period.ends_at.isoformat()) == (
        "2026-03-08T16:00:00+00:00",
        "2026-03-09T16:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(date(2026, 3, 2), date(2026, 3, 1), "day_order"), (date(2025, 1, 1), date(2026, 3, 1), "day_range")],
)
def test_a_range_that_makes_no_sense_is_refused(first: date, last: date, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.span(first, last, today=TODAY, zone=ZONE)
    assert refused.value.errors[0].code == code


@pytest.mark.parametrize("cell", ["=1+1", "+86138****1234", "-2", "@x", "\t=1", "\r=1"])
def test_a_cell_that_would_run_is_made_text(cell: str) -> None:
    assert rules.harmless(cell) == "'" + cell


def test_other_cells_stay_as_they_are() -> None:
    assert rules.harmless("燕麦拿铁") == "燕麦拿铁"
