from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kernel.errors import Invalid
from galleria.kernel.ids import id_at, moment_of, new_id
from galleria.kernel.money import CurrencyMismatch, Money, scale
from galleria.kernel.paging import decode_cursor, encode_cursor, page_of
from galleria.kernel.periods import Period, business_date, business_day

moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by hypothesis' rule


def test_ids_are_version_7_and_sort_by_time() -> None:
    early, late = id_at(datetime(2026, 1, 1, tzinfo=UTC), entropy=1), id_at(datetime(2026, 1, 2, tzinfo=UTC), entropy=0)
    assert early < late
    assert new_id().version == 7
    assert new_id().variant == UUID(int=1 << 63).variant or new_id().variant.startswith("specified in RFC")


def test_ids_made_in_one_millisecond_keep_their_order() -> None:
    made = [new_id() for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


@given(moments, st.integers(0, 2**80))
def test_an_id_carries_its_moment(moment: datetime, entropy: int) -> None:
    assert abs(moment_of(id_at(moment, entropy=entropy)) - moment) <= timedelta(milliseconds=1)


@given(st.integers(-(10**12), 10**12), st.integers(0, 20_000))
def test_scaling_rounds_half_away_from_zero(minor: int, ratio: int) -> None:
    assert abs(scale(minor, ratio) * 10_000 - minor * ratio) * 2 <= 10_000
    assert scale(-minor, ratio) == -scale(minor, ratio)


def test_half_a_cent_rounds_up() -> None:
    assert scale(1, 5000) == 1
    assert scale(3, 5000) == 2


def test_money_of_two_currencies_does_not_add() -> None:
    assert Money(5, "CNY") + Money(7, "CNY") == Money(12, "CNY")
    assert -Money(5, "CNY") * 2 == Money(-10, "CNY")
    assert Money(1, "CNY") < Money(2, "CNY")
    assert Money(2, "CNY") <= Money(2, "CNY")
    with pytest.raises(CurrencyMismatch):
        Money(1, "CNY") - Money(1, "HKD")


def test_periods_are_half_open() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    period = Period(noon, noon + timedelta(hours=1))
    assert noon in period
    assert noon + timedelta(hours=1) not in period
    assert noon + timedelta(days=9999) in Period(noon)


def test_a_business_day_is_the_malls_own() -> None:
    late = datetime(2026, 5, 1, 16, 30, tzinfo=UTC)
    assert business_date(late, "Asia/Shanghai") == date(2026, 5, 2)
    assert late in business_day(date(2026, 5, 2), "Asia/Shanghai")


def test_a_day_with_a_clock_change_has_another_length() -> None:
    day = business_day(date(2026, 3, 29), "Europe/Berlin")
    assert day.ends_at is not None
    assert day.ends_at - day.starts_at == timedelta(hours=23)


@given(st.tuples(moments, st.uuids()))
def test_a_cursor_comes_back(key: tuple[datetime, UUID]) -> None:
    assert decode_cursor(encode_cursor(*key), tuple[datetime, UUID]) == key


@given(st.text(max_size=80))
def test_a_forged_cursor_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_cursor(cursor, tuple[datetime, UUID])
    assert refusal.value.errors[0].field == "cursor"


def test_a_page_knows_whether_there_is_another() -> None:
    page = page_of([1, 2, 3], 2, lambda n: (n,))
    assert page.items == [1, 2]
    assert page.next_cursor is not None
    assert decode_cursor(page.next_cursor, tuple[int]) == (2,)
    assert page_of([1, 2], 2, lambda n: (n,)).next_cursor is None
