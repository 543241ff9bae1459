"""SQL of what is counted along: devices and addresses, anomalies, claims by minute, uses by shop."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.engagement.festivals.model import Anomaly, BusySource, MinuteFigure, SourceKind
from galleria.engagement.festivals.rules import Counted, Finding
from galleria.kernel.ids import FestivalId, MallId, ShopId
from galleria.platform.tx import ReadTx, Tx


class Told(msgspec.Struct, frozen=True):
    """Claims that one process has counted from one device or address."""

    kind: SourceKind
    key: str
    claims: int
    member_ids: list[UUID]


async def count_sources(
    tx: Tx, *, mall_id: MallId, festival_id: FestivalId, told: Sequence[Told], now: datetime
) -> None:
    """Add what a process has counted; rows in sorted order, so that two processes do not lock each other out."""
    rows = sorted(told, key=lambda one: (one.kind, one.key))
    await tx.run(
        """
        INSERT INTO festivals.source AS s (mall_id, festival_id, kind, key, claims, member_ids, first_at, last_at)
        SELECT $1, $2, w.kind, w.key, w.claims, ARRAY(SELECT jsonb_array_elements_text(w.member_ids)::uuid), $3, $3
          FROM jsonb_to_recordset($4) AS w (kind text, key text, claims integer, member_ids jsonb)
        ON CONFLICT (mall_id, festival_id, kind, key) DO UPDATE
           SET claims = s.claims + EXCLUDED.claims, last_at = EXCLUDED.last_at,
               member_ids = CASE WHEN cardinality(s.member_ids) >= 20 THEN s.member_ids ELSE
                 (ARRAY(SELECT DISTINCT m FROM unnest(s.member_ids || EXCLUDED.member_ids) AS m))[1:20] END
        """,
        mall_id,
        festival_id,
        now,
        rows,
    )


async def busiest(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, limit: int) -> list[BusySource]:
    """Return the devices and addresses with the most claims, at most `limit` of each kind."""
    return await tx.all(
        BusySource,
        """
        SELECT top.kind, top.key, top.claims, top.member_ids, top.first_at, top.last_at
          FROM (VALUES ('device'), ('address')) AS k (kind)
         CROSS JOIN LATERAL (
           SELECT * FROM festivals.source AS s
            WHERE s.mall_id = $1 AND s.festival_id = $2 AND s.kind = k.kind ORDER BY s.claims DESC LIMIT $3
         ) AS top
         ORDER BY top.kind DESC, top.claims DESC, top.key
        """,
        mall_id,
        festival_id,
        limit,
    )


async def suspects(
    tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, device_max: int, address_max: int
) -> list[Counted]:
    """Return the devices and addresses beyond their maximum that no open anomaly names, with what was forgiven."""
    return await tx.all(
        Counted,
        """
        SELECT s.kind, s.key, s.claims, s.member_ids,
               coalesce((SELECT max(a.seen) FROM festivals.anomaly AS a
                          WHERE a.mall_id = $1 AND a.festival_id = $2 AND a.kind = s.kind AND a.key = s.key), 0)
                 AS forgiven
          FROM festivals.source AS s
         WHERE s.mall_id = $1 AND s.festival_id = $2
           AND (s.kind = 'device' AND s.claims > $3 OR s.kind = 'address' AND s.claims > $4)
           AND NOT EXISTS (SELECT FROM festivals.anomaly AS a
                            WHERE a.mall_id = $1 AND a.festival_id = $2 AND a.kind = s.kind AND a.key = s.key
                              AND a.cleared_at IS NULL)
         ORDER BY s.claims DESC LIMIT 50
        """,
        mall_id,
        festival_id,
        device_max,
        address_max,
    )


async def add_anomaly(
    tx: Tx, *, mall_id: MallId, festival_id: FestivalId, anomaly_id: UUID, finding: Finding, now: datetime
) -> bool:
    """Insert an anomaly; False when one about the same is open."""
    return bool(
        await tx.run(
            """
            INSERT INTO festivals.anomaly
              (mall_id, festival_id, id, kind, key, seen, allowed, member_ids, text_zh, text_en, found_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT DO NOTHING
            """,
            mall_id,
            festival_id,
            anomaly_id,
            finding.kind.value,
            finding.key,
            finding.seen,
            finding.allowed,
            finding.member_ids,
            finding.text_zh,
            finding.text_en,
            now,
        )
    )


async def clear_anomalies(tx: Tx, *, mall_id: MallId, festival_id: FestivalId, now: datetime) -> None:
    """Mark the open anomalies of a locked festival as looked at."""
    await tx.run(
        "UPDATE festivals.anomaly SET cleared_at = $3 WHERE mall_id = $1 AND festival_id = $2 AND cleared_at IS NULL",
        mall_id,
        festival_id,
        now,
    )


async def anomalies(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> list[Anomaly]:
    """Return what looked wrong, newest first."""
    return await tx.all(
        Anomaly,
        """
        SELECT id, kind, key, seen, allowed, member_ids, text_zh, text_en, found_at, cleared_at
          FROM festivals.anomaly WHERE mall_id = $1 AND festival_id = $2 ORDER BY id DESC LIMIT 50
        """,
        mall_id,
        festival_id,
    )


class Forgiven(msgspec.Struct, frozen=True):
    """The most that was seen of a shop when an operator let the festival go on; open while nobody has."""

    key: str
    seen: int
    open: bool


async def forgiven_shops(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> list[Forgiven]:
    """Return what was seen of shops before."""
    return await tx.all(
        Forgiven,
        """
        SELECT key, max(seen) AS seen, bool_or(cleared_at IS NULL) AS open
          FROM festivals.anomaly WHERE mall_id = $1 AND festival_id = $2 AND kind = 'shop' GROUP BY key
        """,
        mall_id,
        festival_id,
    )


class MinuteCount(msgspec.Struct, frozen=True):
    """Claims of one coupon in one minute."""

    coupon_id: UUID
    minute: datetime
    claimed: int


async def put_minutes(tx: Tx, *, mall_id: MallId, festival_id: FestivalId, counts: Sequence[MinuteCount]) -> None:
    """Write the claims of young minutes over what was counted of them before."""
    await tx.run(
        """
        INSERT INTO festivals.minute (mall_id, festival_id, coupon_id, minute, claimed)
        SELECT $1, $2, w.coupon_id, w.minute, w.claimed
          FROM jsonb_to_recordset($3) AS w (coupon_id uuid, minute timestamptz, claimed integer)
        ON CONFLICT (mall_id, festival_id, minute, coupon_id) DO UPDATE SET claimed = EXCLUDED.claimed
        """,
        mall_id,
        festival_id,
        list(counts),
    )


async def last_minute(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> datetime | None:
    """Return the youngest minute counted so far."""
    found: datetime | None = await tx.value(
        "SELECT max(minute) FROM festivals.minute WHERE mall_id = $1 AND festival_id = $2", mall_id, festival_id
    )
    return found


async def counted_minutes(
    tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, since: datetime
) -> list[MinuteCount]:
    """Return what was counted of the minutes since a moment."""
    return await tx.all(
        MinuteCount,
        """
        SELECT coupon_id, minute, claimed FROM festivals.minute
         WHERE mall_id = $1 AND festival_id = $2 AND minute >= $3
        """,
        mall_id,
        festival_id,
        since,
    )


async def minutes(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, limit: int) -> list[MinuteFigure]:
    """Return the claims of the last minutes, oldest first."""
    return await tx.all(
        MinuteFigure,
        """
        SELECT minute, claimed FROM (
          SELECT minute, sum(claimed)::bigint AS claimed FROM festivals.minute
           WHERE mall_id = $1 AND festival_id = $2 GROUP BY minute ORDER BY minute DESC LIMIT $3
        ) AS young ORDER BY minute
        """,
        mall_id,
        festival_id,
        limit,
    )


class ShopCount(msgspec.Struct, frozen=True):
    """Uses in one shop, and what it usually redeems."""

    shop_id: ShopId
    used: int
    usual: int


async def put_shops(tx: Tx, *, mall_id: MallId, festival_id: FestivalId, counts: Sequence[ShopCount]) -> None:
    """Write how often vouchers were used in each shop over what was counted before."""
    await tx.run(
        """
        INSERT INTO festivals.shop_use (mall_id, festival_id, shop_id, used, usual)
        SELECT $1, $2, w.shop_id, w.used, w.usual
          FROM jsonb_to_recordset($3) AS w (shop_id uuid, used integer, usual integer)
        ON CONFLICT (mall_id, festival_id, shop_id) DO UPDATE SET used = EXCLUDED.used, usual = EXCLUDED.usual
        """,
        mall_id,
        festival_id,
        list(counts),
    )


async def shops(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> list[ShopCount]:
    """Return the uses by shop, most first."""
    return await tx.all(
        ShopCount,
        """
        SELECT shop_id, used, usual FROM festivals.shop_use
         WHERE mall_id = $1 AND festival_id = $2 AND used > 0 ORDER BY used DESC, shop_id LIMIT 200
        """,
        mall_id,
        festival_id,
    )
