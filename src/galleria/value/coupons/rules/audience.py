"""Who a coupon is for."""

from datetime import datetime

from galleria.value import promotions
from galleria.value.coupons.model.claim import Facts
from galleria.value.coupons.model.template import Audience

WEEK_DAYS = 3
"""So many days before and after the birthday make its week."""


def belongs(audience: Audience, facts: Facts, local: datetime) -> str | None:
    """Return which part of an audience a member is not known to meet at a local moment, or None."""
    if audience.new_customer and facts.new_customer is not True:
        return "new_customer"
    if audience.tiers and facts.tier not in audience.tiers:
        return "tier"
    if audience.birthday is not None and not near_birthday(audience.birthday, facts.birthday, local):
        return "birthday"
    return None


def near_birthday(how: promotions.Birthday, birthday: tuple[int, int] | None, local: datetime) -> bool:
    """Return whether a birthday (month, day) is as near as asked; one of 29 February is on the 28th otherwise."""
    if birthday is None:
        return False
    month, day = birthday
    if how is promotions.Birthday.MONTH:
        return local.month == month
    reach = 0 if how is promotions.Birthday.DAY else WEEK_DAYS
    today = local.date().toordinal()
    return any(abs(_on(local, year, month, day) - today) <= reach for year in range(local.year - 1, local.year + 2))


def _on(local: datetime, year: int, month: int, day: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    this = 28 if (month, day) == (2, 29) and not leap else day
    return local.date().replace(year=year, month=month, day=this).toordinal()
