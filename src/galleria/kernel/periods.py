"""Half-open periods of aware time, and the business date of a mall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec


class Period(msgspec.Struct, frozen=True):
    """From `starts_at`, inclusive, to `ends_at`, exclusive; `None` never ends. Both aware."""

    starts_at: datetime
    ends_at: datetime | None = None

    def __contains__(self, moment: datetime) -> bool:
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


def business_date(moment: datetime, zone: str) -> date:
    """Return the calendar date at `moment` in the mall's IANA time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def business_day(day: date, zone: str) -> Period:
    """Return the period, in UTC, of one calendar day of the mall's IANA time zone."""
    tz = ZoneInfo(zone)
    starts = datetime.combine(day, time.min, tzinfo=tz)
    ends = datetime.combine(day + timedelta(days=1), time.min, tzinfo=tz)
    return Period(starts.astimezone(UTC), ends.astimezone(UTC))
