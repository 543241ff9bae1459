"""Who may have an offer, when and where, and how much of its limits is left."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from galleria.value.promotions.model import Birthday, Context, Eligibility, Facts, Limits, Offer, Reason, Used

UNUSED = Used()
UNLIMITED = 2**62
LEAP_DAY = (2, 29)
OF_MEMBERS = ("members_only", "new_customer", "first_order_in_shop", "birthday", "tiers")


def why_not(offer: Offer, facts: Facts, context: Context) -> Reason | None:
    """Return why a shopper may not have an offer now and here, or None when nothing stands against it."""
    rule = offer.eligibility
    if rule.starts_at is not None and context.now < rule.starts_at:
        return Reason.NOT_STARTED
    if rule.ends_at is not None and rule.ends_at <= context.now:
        return Reason.ENDED
    if offer.expires_at is not None and offer.expires_at <= context.now:
        return Reason.ENDED
    return _not_when(rule, context.local) or _not_where(rule, context) or _not_who(rule, facts, context.local)


def left_of(limits: Limits, used: Used) -> tuple[int, int | None, Reason | None]:
    """Return how many units (or orders) limits leave, how much money, and the reason when that is nothing."""
    stock = UNLIMITED if limits.total is None else limits.total - used.total
    budget = None if limits.budget_minor is None else limits.budget_minor - used.spent_minor
    if stock <= 0 or (budget is not None and budget <= 0):
        return 0, budget, Reason.SOLD_OUT
    left = min([stock, *_personal(limits, used)])
    return max(left, 0), budget, Reason.LIMIT_REACHED if left <= 0 else None


def _personal(limits: Limits, used: Used) -> Iterator[int]:
    pairs = (
        (limits.per_order, 0),
        (limits.per_member, used.member),
        (limits.per_member_day, used.member_day),
        (limits.per_household, used.household),
        (limits.per_day, used.day),
    )
    return (most - count for most, count in pairs if most is not None)


def _not_when(rule: Eligibility, local: datetime) -> Reason | None:
    if rule.weekdays and local.isoweekday() not in rule.weekdays:
        return Reason.NOT_TODAY
    if rule.month_days and local.day not in rule.month_days:
        return Reason.NOT_TODAY
    if rule.minutes:
        minute = local.hour * 60 + local.minute
        if not any(begin <= minute < end for begin, end in rule.minutes):
            return Reason.NOT_THIS_HOUR
    return None


def _not_where(rule: Eligibility, context: Context) -> Reason | None:
    if rule.channels and context.channel not in rule.channels:
        return Reason.CHANNEL
    return Reason.NOT_ON_SITE if rule.on_site and not context.on_site else None


def _not_who(rule: Eligibility, facts: Facts, local: datetime) -> Reason | None:
    if not facts.member and any(getattr(rule, name) for name in OF_MEMBERS):
        return Reason.MEMBERS_ONLY
    if rule.new_customer and not facts.new_customer:
        return Reason.NOT_NEW_CUSTOMER
    if rule.birthday is not None and not _is_near(rule.birthday, facts.birthday, local.date()):
        return Reason.NOT_BIRTHDAY
    return Reason.TIER if rule.tiers and facts.tier not in rule.tiers else None


def _is_near(how: Birthday, birthday: tuple[int, int] | None, today: date) -> bool:
    """Return whether a birthday is near; that of 29 February is on the 28th in other years."""
    if birthday is None:
        return False
    if how is Birthday.MONTH:
        return birthday[0] == today.month
    around = [timedelta(0)] if how is Birthday.DAY else [timedelta(days) for days in range(-3, 4)]
    return any(_is_on(birthday, today + shift) for shift in around)


def _is_on(birthday: tuple[int, int], day: date) -> bool:
    if (day.month, day.day) == birthday:
        return True
    tomorrow = day + timedelta(1)
    return birthday == LEAP_DAY and (day.month, day.day) == (2, 28) and tomorrow.month == 3
