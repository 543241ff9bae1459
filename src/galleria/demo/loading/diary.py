"""The journal of the last weeks: one row for each command the demo's people gave, as the audit view shows it."""

from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID

import msgspec

from galleria.demo.loading.sheet import Ids, Sheet

KEPT = timedelta(days=14)


class Diary:
    """Collects journal rows of the last two weeks; older ones are not told."""

    def __init__(self, sheet: Sheet, ids: Ids, now: datetime) -> None:
        self._ids, self._since = ids, now - KEPT
        self._rows = sheet.table(
            "platform.journal",
            "id at kind actor_kind actor_id mall_id input_hash subject detail result events",
        )

    def note(
        self,
        kind: str,
        at: datetime,
        actor: tuple[str, UUID],
        mall_id: UUID,
        subject: UUID,
        *,
        detail: dict[str, object] | None = None,
        event: str | None = None,
        topics: tuple[str, ...] = (),
        data: dict[str, object] | None = None,
    ) -> None:
        """Write down a command: who gave it, on what, and the event that followed."""
        if at < self._since:
            return
        text = _json(detail or {})
        events = [{"kind": event, "subject": subject, "data": data or {}, "topics": topics}] if event else []
        digest = blake2b(f"{kind}{mall_id}{subject}{text}".encode(), digest_size=16).digest()
        self._rows.append(
            (
                self._ids.at(at),
                at,
                kind,
                *actor,
                mall_id,
                digest,
                str(subject),
                text,
                _json({"id": subject}),
                _json(events),
            )
        )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
