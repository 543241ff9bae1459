"""Slots made of rules, weekdays and holidays; hours; what can still be booked."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.fulfilment.model import Holiday, SlotRule
from galleria.commerce.fulfilment.rules import hours, slots
from galleria.commerce.orders import Way
from galleria.kernel.ids import PointId, ShopId

ZONE = "Asia/Shanghai"
MONDAY = date(2026, 11, 23)
SHOP, OTHER, POINT = ShopId(UUID(int=5)), ShopId(UUID(int=6)), PointId(UUID(int=7))


def rule(**over: Any) -> SlotRule:
    fields: dict[str, Any] = {
        "id": UUID(int=1), "way": Way.DELIVERY, "shop_id": None, "point_id": None, "weekdays": [1, 2, 3, 4, 5],
        "starts": time(10), "ends": time(12), "capacity": 3, "lead_minutes": 60, "active": True,
    }  # fmt: skip
    return SlotRule(**fields | over)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    """Return a moment of the mall's own clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_a_closed_day_and_a_rule_not_in_use_make_no_slots() -> None:
    closed = {MONDAY: Holiday(day=MONDAY, as_weekday=None, name_zh="店休", name_en="Closed")}
    assert slots.slots_of([rule()], MONDAY, ZONE, closed) == []
    assert slots.slots_of([rule(active=False)], MONDAY, ZONE, {}) == []
    assert slots.slots_of([rule()], MONDAY + timedelta(days=5), ZONE, {}) == []


def test_a_sunday_that_is_worked_has_the_slots_of_its_weekday() -> None:
    sunday = MONDAY - timedelta(days=1)
    worked = {sunday: Holiday(day=sunday, as_weekday=3, name_zh="调休", name_en="Working Sunday")}
    (slot,) = slots.slots_of([rule()], sunday, ZONE, worked)
    assert slot.starts_at == at(10, day=sunday)


def test_a_slot_has_one_id_for_good_and_another_when_its_window_moves() -> None:
    (slot,), (same,) = (slots.slots_of([rule(capacity=n)], MONDAY, ZONE, {}) for n in (1, 9))
    (moved,) = slots.slots_of([rule(ends=time(13))], MONDAY, ZONE, {})
    assert slot.id == same.id != moved.id


def test_booking_ends_with_the_lead_time() -> None:
    def first(now: datetime) -> datetime:
        return slots.ahead([rule()], {}, zone=ZONE, now=now, days=3)[0].starts_at

    assert first(at(9)) == at(10)
    assert first(at(9) + timedelta(seconds=1)) == at(10, day=MONDAY + timedelta(days=1))


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(0, 20160), st.integers(1, 14))  # noqa: DTZ001
def test_what_can_be_booked_is_ahead_sorted_and_unique(moment: datetime, lead: int, days: int) -> None:
    now = moment.replace(tzinfo=UTC)
    found = slots.ahead(
        [rule(lead_minutes=lead), rule(id=UUID(int=2), starts=time(9))], {}, zone=ZONE, now=now, days=days
    )
    assert all(slot.starts_at >= now for slot in found)
    assert [slot.starts_at for slot in found] == sorted(slot.starts_at for slot in found)
    assert len({slot.id for slot in found}) == len(found)


def test_a_shops_own_rules_stand_before_everybodys() -> None:
    everybodys, own = rule(), rule(id=UUID(int=2), shop_id=SHOP)
    assert slots.rules_for([everybodys, own], Way.DELIVERY, SHOP) == [own]
    assert slots.rules_for([everybodys, own], Way.DELIVERY, OTHER) == [everybodys]
    assert slots.rules_for([everybodys, own], Way.POINT, SHOP) == []
    of_point = rule(way=Way.POINT, point_id=POINT)
    assert slots.rules_for([of_point], Way.POINT, SHOP, POINT) == [of_point]
    assert slots.rules_for([of_point], Way.POINT, SHOP, PointId(UUID(int=9))) == []


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (at(9), at(10)),
        (at(10), at(10)),
        (at(21, 59), at(21, 59)),
        (at(22), at(10, day=MONDAY + timedelta(days=1))),
    ],
)
def test_work_begins_when_the_mall_is_open(now: datetime, begins: datetime) -> None:
    assert hours.open_from(now, "10:00-22:00", ZONE, ()) == begins


def test_work_skips_closed_days_and_goes_on_after_midnight() -> None:
    assert hours.open_from(at(12), "10:00-22:00", ZONE, {MONDAY}) == at(10, day=MONDAY + timedelta(days=1))
    assert hours.open_from(at(1), "18:00-26:00", ZONE, ()) == at(1)
    assert hours.open_from(at(1), "18:00-02:00", ZONE, ()) == at(1)
    closed = {MONDAY + timedelta(days=n) for n in range(-2, 40)}
    assert hours.open_from(at(12), "10:00-22:00", ZONE, closed) == at(12)
