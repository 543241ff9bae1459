"""Which slots there are: rules of weekdays laid over the days ahead, holidays left out or changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from galleria.commerce.fulfilment.model import Holiday, Slot, SlotRule
from galleria.commerce.orders import Way
from galleria.kernel.ids import PointId, ShopId, SlotId
from galleria.kernel.periods import business_date


def slot_id(rule_id: UUID, day: date, starts: time, ends: time) -> SlotId:
    """Return the id of a rule's window on a day: always the same, so that nobody has to make slots ahead.

    A rule whose window is moved makes other slots; what is booked in the old ones stays there.
    """
    return SlotId(uuid5(rule_id, f"{day.isoformat()} {starts:%H:%M}-{ends:%H:%M}"))


def weekday_of(day: date, holidays: Mapping[date, Holiday]) -> int | None:
    """Return the weekday (Monday is 1) whose slots a day has; None when it is closed."""
    holiday = holidays.get(day)
    return day.isoweekday() if holiday is None else holiday.as_weekday


def slots_of(rules: Iterable[SlotRule], day: date, zone: str, holidays: Mapping[date, Holiday]) -> list[Slot]:
    """Return the slots that rules make on a day of the mall's time zone, nothing booked, the earliest first."""
    weekday, tz = weekday_of(day, holidays), ZoneInfo(zone)
    return sorted(
        (
            Slot(
                id=slot_id(rule.id, day, rule.starts, rule.ends),
                rule_id=rule.id,
                starts_at=datetime.combine(day, rule.starts, tzinfo=tz).astimezone(UTC),
                ends_at=datetime.combine(day, rule.ends, tzinfo=tz).astimezone(UTC),
                capacity=rule.capacity,
            )
            for rule in rules
            if rule.active and weekday in rule.weekdays
        ),
        key=lambda slot: (slot.starts_at, slot.id),
    )


def ahead(
    rules: Sequence[SlotRule], holidays: Mapping[date, Holiday], *, zone: str, now: datetime, days: int
) -> list[Slot]:
    """Return the slots of today and the days ahead that can still be booked, the earliest first."""
    leads = {rule.id: timedelta(minutes=rule.lead_minutes) for rule in rules}
    today = business_date(now, zone)
    found = [slot for n in range(days + 1) for slot in slots_of(rules, today + timedelta(days=n), zone, holidays)]
    return [slot for slot in found if now + leads[slot.rule_id] <= slot.starts_at]


def rules_for(rules: Iterable[SlotRule], way: Way, shop_id: ShopId, point_id: PointId | None = None) -> list[SlotRule]:
    """Return the rules that hold for a way of a shop (and a point): its own where it has any, else everybody's."""
    fit = [
        rule
        for rule in rules
        if rule.active and rule.way is way and rule.shop_id in {None, shop_id} and rule.point_id in {None, point_id}
    ]
    own = [rule for rule in fit if rule.shop_id is not None or rule.point_id is not None]
    return own or fit
