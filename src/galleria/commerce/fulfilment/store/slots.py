"""Rules of slots, the slots that were booked, holidays."""

from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID

from galleria.commerce.fulfilment.model import (
    Holiday,
    HolidayInput,
    Slot,
    SlotRule,
    SlotRuleInput,
)
from galleria.kernel.ids import MallId, SlotId
from galleria.platform.tx import ReadTx, Tx

_RULE = """
SELECT id, way, shop_id, point_id, weekdays, starts, ends, capacity, lead_minutes, active FROM fulfilment.slot_rule
"""


async def rules(tx: ReadTx, mall_id: MallId) -> list[SlotRule]:
    """Return the rules of a mall's slots, also those not in use."""
    return await tx.all(SlotRule, _RULE + "WHERE mall_id = $1 ORDER BY way, starts, id", mall_id)


async def rule(tx: ReadTx, mall_id: MallId, rule_id: UUID) -> SlotRule | None:
    """Return a rule, or None."""
    return await tx.one(SlotRule, _RULE + "WHERE mall_id = $1 AND id = $2", mall_id, rule_id)


async def save_rule(tx: Tx, mall_id: MallId, rule_id: UUID, new: SlotRuleInput, now: datetime) -> None:
    """Insert or replace a rule; slots booked already take its capacity, never below what is booked in them."""
    await tx.run(
        """
        INSERT INTO fulfilment.slot_rule (mall_id, id, way, shop_id, point_id, weekdays, starts, ends, capacity,
                                          lead_minutes, active, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (mall_id, id) DO UPDATE
           SET weekdays = $6, starts = $7, ends = $8, capacity = $9, lead_minutes = $10, active = $11, changed_at = $12
        """,
        mall_id,
        rule_id,
        new.way,
        new.shop_id,
        new.point_id,
        sorted(set(new.weekdays)),
        time.fromisoformat(new.starts),
        time.fromisoformat(new.ends),
        new.capacity,
        new.lead_minutes,
        new.active,
        now,
    )
    await tx.run(
        "UPDATE fulfilment.slot SET capacity = greatest(booked, $3) "
        "WHERE mall_id = $1 AND rule_id = $2 AND starts_at > $4",
        mall_id,
        rule_id,
        new.capacity,
        now,
    )


async def booked(tx: ReadTx, mall_id: MallId, starts_at: datetime, ends_at: datetime) -> list[Slot]:
    """Return the slots of a while that somebody has booked."""
    return await tx.all(
        Slot,
        "SELECT id, rule_id, starts_at, ends_at, capacity, booked FROM fulfilment.slot "
        "WHERE mall_id = $1 AND starts_at >= $2 AND starts_at < $3",
        mall_id,
        starts_at,
        ends_at,
    )


async def find(tx: ReadTx, mall_id: MallId, slot_ids: Sequence[SlotId]) -> list[Slot]:
    """Return slots that were booked, by id."""
    return await tx.all(
        Slot,
        "SELECT id, rule_id, starts_at, ends_at, capacity, booked FROM fulfilment.slot "
        "WHERE mall_id = $1 AND id = ANY ($2)",
        mall_id,
        slot_ids,
    )


async def holidays(tx: ReadTx, mall_id: MallId, since: date) -> list[Holiday]:
    """Return a mall's holidays from a day on."""
    return await tx.all(
        Holiday,
        "SELECT day, as_weekday, name_zh, name_en FROM fulfilment.holiday "
        "WHERE mall_id = $1 AND day >= $2 ORDER BY day",
        mall_id,
        since,
    )


async def save_holiday(tx: Tx, mall_id: MallId, day: date, new: HolidayInput) -> None:
    """Keep a holiday."""
    await tx.run(
        """
        INSERT INTO fulfilment.holiday (mall_id, day, as_weekday, name_zh, name_en) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (mall_id, day) DO UPDATE SET as_weekday = $3, name_zh = $4, name_en = $5
        """,
        mall_id,
        day,
        new.as_weekday,
        new.name_zh,
        new.name_en,
    )


async def remove_holiday(tx: Tx, mall_id: MallId, day: date) -> bool:
    """Make a day like any other again; False when it was."""
    return bool(await tx.run("DELETE FROM fulfilment.holiday WHERE mall_id = $1 AND day = $2", mall_id, day))
