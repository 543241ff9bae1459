"""Points, their compartments, and temperatures read in them."""

from datetime import datetime
from uuid import UUID

import asyncpg

from galleria.commerce.fulfilment.model import (
    Point,
    PointCodeTaken,
    PointInput,
    Reading,
    RoomInUse,
    Storage,
)
from galleria.kernel.ids import MallId, PointId, StaffId
from galleria.platform.tx import ReadTx, Tx

_POINT = """
SELECT p.id, p.code, p.kind, p.shop_id, p.name_zh, p.name_en, p.address_zh, p.address_en, p.hours, p.phone, p.lat,
       p.lon, p.fee_minor, p.travel_minutes, p.active,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'storage', c.storage, 'capacity', c.capacity, 'held', c.held, 'hours_max', c.hours_max,
          'unclaimed', c.unclaimed, 'low_tenths', c.low_tenths, 'high_tenths', c.high_tenths,
          'latest_tenths', r.tenths, 'latest_at', r.at, 'alarm', EXISTS (
             SELECT FROM fulfilment.reading a
              WHERE a.mall_id = c.mall_id AND a.point_id = c.point_id AND a.storage = c.storage AND a.alarm
                AND a.settled_at IS NULL)) ORDER BY c.storage), '[]')
          FROM fulfilment.compartment c
          LEFT JOIN LATERAL (SELECT tenths, at FROM fulfilment.reading r
                              WHERE r.mall_id = c.mall_id AND r.point_id = c.point_id AND r.storage = c.storage
                              ORDER BY r.at DESC LIMIT 1) r ON true
         WHERE c.mall_id = p.mall_id AND c.point_id = p.id) AS compartments
  FROM fulfilment.point p
"""
_READING = "SELECT id, point_id, storage, at, tenths, alarm, staff_id, settled_at, note FROM fulfilment.reading "


async def list_points(tx: ReadTx, mall_id: MallId) -> list[Point]:
    """Return a mall's points by code, also those not in use."""
    return await tx.all(Point, _POINT + "WHERE p.mall_id = $1 ORDER BY p.code", mall_id)


async def find(tx: ReadTx, mall_id: MallId, point_id: PointId) -> Point | None:
    """Return a point, or None."""
    return await tx.one(Point, _POINT + "WHERE p.mall_id = $1 AND p.id = $2", mall_id, point_id)


async def save(tx: Tx, mall_id: MallId, point_id: PointId, new: PointInput, now: datetime) -> None:
    """Insert or replace a point and its compartments; raises PointCodeTaken, RoomInUse."""
    try:
        async with tx.savepoint():
            await _save(tx, mall_id, point_id, new, now)
            await _save_rooms(tx, mall_id, point_id, new)
    except asyncpg.UniqueViolationError as error:
        raise PointCodeTaken(code=new.code) from error
    except asyncpg.CheckViolationError as error:
        raise RoomInUse from error


async def _save(tx: Tx, mall_id: MallId, point_id: PointId, new: PointInput, now: datetime) -> None:
    await tx.run(
        """
        INSERT INTO fulfilment.point (mall_id, id, code, kind, shop_id, name_zh, name_en, address_zh, address_en, hours,
                                      phone, lat, lon, fee_minor, travel_minutes, active, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (mall_id, id) DO UPDATE
           SET code = $3, kind = $4, shop_id = $5, name_zh = $6, name_en = $7, address_zh = $8, address_en = $9,
               hours = $10, phone = $11, lat = $12, lon = $13, fee_minor = $14, travel_minutes = $15, active = $16,
               changed_at = $17
        """,
        mall_id,
        point_id,
        new.code,
        new.kind,
        new.shop_id,
        new.name_zh,
        new.name_en,
        new.address_zh,
        new.address_en,
        new.hours,
        new.phone,
        new.lat,
        new.lon,
        new.fee_minor,
        new.travel_minutes,
        new.active,
        now,
    )


async def _save_rooms(tx: Tx, mall_id: MallId, point_id: PointId, new: PointInput) -> None:
    """Insert or replace compartments; one left out takes no more, and keeps what it holds."""
    await tx.run(
        """
        INSERT INTO fulfilment.compartment (mall_id, point_id, storage, capacity, hours_max, unclaimed, low_tenths,
                                            high_tenths)
        SELECT $1, $2, c.storage, c.capacity, c.hours_max, c.unclaimed, c.low_tenths, c.high_tenths
          FROM jsonb_to_recordset($3) AS c(storage text, capacity integer, hours_max integer, unclaimed text,
                                           low_tenths integer, high_tenths integer)
        ON CONFLICT (mall_id, point_id, storage) DO UPDATE
           SET capacity = excluded.capacity, hours_max = excluded.hours_max, unclaimed = excluded.unclaimed,
               low_tenths = excluded.low_tenths, high_tenths = excluded.high_tenths
        """,
        mall_id,
        point_id,
        new.compartments,
    )
    await tx.run(
        "UPDATE fulfilment.compartment SET capacity = held "
        "WHERE mall_id = $1 AND point_id = $2 AND NOT storage = ANY ($3)",
        mall_id,
        point_id,
        [room.storage.value for room in new.compartments],
    )


async def add_reading(tx: Tx, mall_id: MallId, new: Reading) -> None:
    """Insert a temperature."""
    await tx.run(
        "INSERT INTO fulfilment.reading (mall_id, point_id, storage, id, at, tenths, alarm, staff_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        mall_id,
        new.point_id,
        new.storage,
        new.id,
        new.at,
        new.tenths,
        new.alarm,
        new.staff_id,
    )


async def readings(
    tx: ReadTx, mall_id: MallId, point_id: PointId, *, storage: Storage | None, before: UUID | None, limit: int
) -> list[Reading]:
    """Return the temperatures of a point, the newest first."""
    return await tx.all(
        Reading,
        _READING + "WHERE mall_id = $1 AND point_id = $2 AND ($3::text IS NULL OR storage = $3) "
        "AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        mall_id,
        point_id,
        storage,
        before,
        limit,
    )


async def alarms(tx: ReadTx, mall_id: MallId) -> list[Reading]:
    """Return the alarms nobody has settled, the oldest first."""
    return await tx.all(
        Reading, _READING + "WHERE mall_id = $1 AND alarm AND settled_at IS NULL ORDER BY at LIMIT 200", mall_id
    )


async def reading(tx: ReadTx, mall_id: MallId, reading_id: UUID) -> Reading | None:
    """Return a temperature, or None."""
    return await tx.one(Reading, _READING + "WHERE mall_id = $1 AND id = $2", mall_id, reading_id)


async def settle_alarm(
    tx: Tx, mall_id: MallId, point_id: PointId, storage: Storage, staff_id: StaffId, note: str, now: datetime
) -> int:
    """Say what was done about the open alarms of a compartment; returns how many there were."""
    return await tx.run(
        "UPDATE fulfilment.reading SET settled_at = $5, settled_by = $4, note = $6 "
        "WHERE mall_id = $1 AND point_id = $2 AND storage = $3 AND alarm AND settled_at IS NULL",
        mall_id,
        point_id,
        storage,
        staff_id,
        now,
        note,
    )
