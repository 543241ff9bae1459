"""Who claims much, as one process sees it."""

from galleria.engagement.festivals.model import SourceKind
from galleria.engagement.festivals.store import Told
from galleria.kernel.ids import MemberId

PEOPLE = 20
REMEMBERED = 1_000_000
TOLD_FROM = 4
"""A process tells of a device or address from a quarter of what it is allowed on: with up to four web processes none
passes its limit unseen, and the millions that claim once never reach the database."""


class _Busy:
    __slots__ = ("claims", "people", "told")

    def __init__(self, first: MemberId) -> None:
        self.claims = 1
        self.told = 0
        self.people = {first}


class Tally:
    """Claims by device and address of one festival in one process; what a crash loses is watching, never a claim."""

    def __init__(self) -> None:
        self._seen: dict[tuple[SourceKind, str], MemberId | _Busy] = {}
        self._untold: set[tuple[SourceKind, str]] = set()

    def add(self, kind: SourceKind, key: str, member_id: MemberId, allowed: int) -> bool:
        """Count one claim of somebody who may have `allowed`; return whether there is something to tell."""
        source = (kind, key)
        seen = self._seen.get(source)
        if seen is None:
            self._seen[source] = member_id
            if len(self._seen) > REMEMBERED:
                del self._seen[next(iter(self._seen))]
            if allowed >= 2 * TOLD_FROM:
                return bool(self._untold)
        busy = self._busy(source, seen if seen is not None else member_id, again=seen is not None)
        if len(busy.people) < PEOPLE:
            busy.people.add(member_id)
        if busy.claims >= max(1, allowed // TOLD_FROM):
            self._untold.add(source)
        return bool(self._untold)

    def _busy(self, source: tuple[SourceKind, str], seen: "MemberId | _Busy", *, again: bool) -> _Busy:
        busy = seen if isinstance(seen, _Busy) else _Busy(seen)
        self._seen[source] = busy
        busy.claims += again
        return busy

    def take(self) -> list[Told]:
        """Return what was not told yet, and take it as told."""
        untold, self._untold = self._untold, set()
        return [told for source in untold if (told := self._told(source)) is not None]

    def _told(self, source: tuple[SourceKind, str]) -> Told | None:
        busy = self._seen.get(source)
        if not isinstance(busy, _Busy) or busy.claims == busy.told:
            return None
        new, busy.told = busy.claims - busy.told, busy.claims
        return Told(*source, new, sorted(busy.people))
