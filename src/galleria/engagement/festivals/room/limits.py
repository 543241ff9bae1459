"""How often an account, a device or an address may ask, counted in this process.

The counters are of the process: with two web processes a visitor whose requests are spread over both may ask up to
twice as often, and a restart forgets. That is the price of a limit that costs no round trip under a storm; what must
be exact (how many vouchers there are, how many a member, device or household may have) is decided in the database.
"""

from datetime import datetime
from functools import lru_cache

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from galleria.kernel.errors import TooMany

WINDOW_S = 60


class Windows(Storage):
    """Counters of fixed windows of at most a minute, on the request's own clock.

    The library's MemoryStorage walks all its keys in a thread of its own every hundredth of a second, which under two
    million visitors takes the processor from them. Here what is over goes as a whole: two generations of a minute.
    """

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._turned = 0.0
        self._young: dict[str, tuple[int, float]] = {}
        self._old: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what this storage raises: nothing of its own."""
        return ValueError

    def at(self, now: float) -> None:
        """Move the clock on, and forget what has been over for a while."""
        self.now = max(self.now, now)
        if self.now - self._turned >= WINDOW_S:
            self._old = self._young if self.now - self._turned < 2 * WINDOW_S else {}
            self._young, self._turned = {}, self.now

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count up a window, begun anew when it is over; return the count."""
        count, ends = self._entry(key)
        if not count:
            ends = self.now + expiry
        self._young[key] = (count + amount, ends)
        return count + amount

    def get(self, key: str) -> int:
        """Return the count of a window."""
        return self._entry(key)[0]

    def get_expiry(self, key: str) -> float:
        """Return when a window ends, in seconds since the epoch."""
        return self._entry(key)[1]

    def check(self) -> bool:
        """Return that memory is there."""
        return True

    def reset(self) -> int | None:
        """Forget all windows; return how many."""
        count = len(self._young) + len(self._old)
        self._young, self._old = {}, {}
        return count

    def clear(self, key: str) -> None:
        """Forget one window."""
        self._young.pop(key, None)
        self._old.pop(key, None)

    def _entry(self, key: str) -> tuple[int, float]:
        count, ends = self._young.get(key) or self._old.get(key) or (0, self.now)
        return (0, self.now) if ends <= self.now else (count, ends)


class _AMinute(RateLimitItemPerMinute):
    """So many a minute; whom it counts is one text already, which saves a third of a request's cost."""

    def key_for(self, *identifiers: object) -> str:
        return str(identifiers[0])


class _ASecond(RateLimitItemPerSecond):
    """So many a second, likewise."""

    def key_for(self, *identifiers: object) -> str:
        return str(identifiers[0])


class Limits:
    """The limits of one process."""

    def __init__(self) -> None:
        self._windows = Windows()
        self._limiter = FixedWindowRateLimiter(self._windows)

    def a_minute(self, most: int, who: str, now: datetime) -> None:
        """Count one request of somebody; raises TooMany beyond `most` in a minute."""
        self._windows.at(now.timestamp())
        item = _a_minute(most)
        if not self._limiter.hit(item, who):
            reset_at = self._limiter.get_window_stats(item, who).reset_time
            raise TooMany(retry_after=max(1, int(reset_at - now.timestamp()) + 1))

    def a_second(self, most: int, who: str, now: datetime) -> bool:
        """Count one request of somebody; return whether it is within `most` in this second."""
        self._windows.at(now.timestamp())
        return self._limiter.hit(_a_second(most), who)


_a_minute = lru_cache(1000)(_AMinute)
_a_second = lru_cache(1000)(_ASecond)
