"""Every SQL statement of events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from galleria.engagement.events.model import EventId, EventState, MallEvent
from galleria.kernel.ids import MallId
from galleria.platform.tx import ReadTx, Tx

_COLUMNS = (
    "id, mall_id, title_zh, title_en, text_zh, text_en, place_zh, place_en, starts_at, ends_at, "
    "NULLIF(picture, '') AS picture, state"
)
_CHANGEABLE = (
    "title_zh", "title_en", "text_zh", "text_en", "place_zh", "place_en", "starts_at", "ends_at", "picture",
)  # fmt: skip


async def get(tx: ReadTx, mall_id: MallId, event_id: EventId) -> MallEvent | None:
    """Return an event."""
    return await tx.one(
        MallEvent,
        f"SELECT {_COLUMNS} FROM events.event WHERE mall_id = $1 AND id = $2",
        mall_id,
        event_id,
    )


async def in_period(
    tx: ReadTx,
    mall_id: MallId,
    *,
    starting: datetime | None,
    ending: datetime | None,
    cancelled: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[MallEvent]:
    """Return events that touch a half-open period, by start."""
    moment, last = after or (None, None)
    return await tx.all(
        MallEvent,
        f"SELECT {_COLUMNS} FROM events.event WHERE mall_id = $1 "
        "AND ($2::timestamptz IS NULL OR ends_at > $2) AND ($3::timestamptz IS NULL OR starts_at < $3) "
        "AND ($4 OR state = 'published') AND ($5::timestamptz IS NULL OR (starts_at, id) > ($5, $6::uuid)) "
        "ORDER BY starts_at, id LIMIT $7",
        mall_id, starting, ending, cancelled, moment, last, limit,
    )  # fmt: skip


async def add(tx: Tx, event: MallEvent) -> None:
    """Insert an event."""
    await tx.run(
        "INSERT INTO events.event (mall_id, id, title_zh, title_en, text_zh, text_en, place_zh, place_en, starts_at, "
        "ends_at, picture, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        event.mall_id, event.id, event.title_zh, event.title_en, event.text_zh, event.text_en, event.place_zh,
        event.place_en, event.starts_at, event.ends_at, event.picture, event.state.value,
    )  # fmt: skip


async def lock(tx: Tx, mall_id: MallId, event_id: EventId) -> MallEvent | None:
    """Return an event and lock its row until commit."""
    return await tx.one(
        MallEvent,
        f"SELECT {_COLUMNS} FROM events.event WHERE mall_id = $1 AND id = $2 FOR UPDATE",
        mall_id,
        event_id,
    )


async def change(tx: Tx, mall_id: MallId, event_id: EventId, values: dict[str, Any]) -> MallEvent | None:
    """Set the given columns of a published event and return it."""
    assignments = ", ".join(f"{name} = COALESCE(${i}, {name})" for i, name in enumerate(_CHANGEABLE, 3))
    return await tx.one(
        MallEvent,
        f"UPDATE events.event SET {assignments} "
        f"WHERE mall_id = $1 AND id = $2 AND state = 'published' RETURNING {_COLUMNS}",
        mall_id,
        event_id,
        *(values.get(name) for name in _CHANGEABLE),
    )


async def cancel(tx: Tx, mall_id: MallId, event_id: EventId) -> MallEvent | None:
    """Cancel a published event and return it."""
    return await tx.one(
        MallEvent,
        f"UPDATE events.event SET state = '{EventState.CANCELLED}' "
        f"WHERE mall_id = $1 AND id = $2 AND state = 'published' RETURNING {_COLUMNS}",
        mall_id,
        event_id,
    )
