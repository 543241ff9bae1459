"""Opening hours as texts like `10:00-22:00` (a shop may close at `26:00`, two in the night)."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AHEAD_DAYS = 30
"""So far ahead an open day is looked for; a mall that is closed for longer promises nothing sooner."""


def open_from(now: datetime, hours: str, zone: str, closed: Collection[date]) -> datetime:
    """Return the moment work can begin: now when it is open, else the next opening on a day that is not closed."""
    tz = ZoneInfo(zone)
    today = now.astimezone(tz).date()
    for offset in range(-1, AHEAD_DAYS):
        day = today + timedelta(days=offset)
        if day in closed:
            continue
        opens, closes = _span(hours)
        starts = (datetime.combine(day, time.min, tzinfo=tz) + timedelta(minutes=opens)).astimezone(UTC)
        ends = starts + timedelta(minutes=closes - opens)
        if now < ends:
            return max(now, starts)
    return now


def _span(hours: str) -> tuple[int, int]:
    """Return opening and closing in minutes from midnight; a closing before the opening is on the next day."""
    opens, closes = (int(part[:2]) * 60 + int(part[3:5]) for part in hours.split("-"))
    return opens, closes if closes > opens else closes + 24 * 60
