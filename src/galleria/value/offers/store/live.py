"""All SQL of what is live: the terms shoppers get, the stamp of their changes, starts and ends to announce."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, OfferId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.offers.model import (
    LiveTerms,
)


async def stamp(tx: ReadTx, mall_id: MallId) -> int:
    """Return the mall's stamp; 0 when nothing was ever live."""
    return int(await tx.value("SELECT stamp FROM offers.stamp WHERE mall_id = $1", mall_id) or 0)


async def bump(tx: Tx, mall_ids: Sequence[MallId]) -> None:
    """Count up the stamps of malls, so that every process reads what is live again; locks them, sorted."""
    await tx.run(
        """
        INSERT INTO offers.stamp AS s (mall_id, stamp) SELECT m, 1 FROM unnest($1::uuid[]) AS m ORDER BY m
        ON CONFLICT (mall_id) DO UPDATE SET stamp = s.stamp + 1
        """,
        sorted(set(mall_ids)),
    )


async def live(tx: ReadTx, mall_id: MallId) -> list[LiveTerms]:
    """Return the launched terms of what is live or scheduled: not of what has been announced as over."""
    return await tx.all(
        LiveTerms,
        """
        SELECT o.id, o.merchant_id, v.version, o.starts_at, o.ends_at, v.terms
          FROM offers.offer o
          JOIN offers.version v ON v.mall_id = o.mall_id AND v.offer_id = o.id AND v.version = o.live_version
         WHERE o.mall_id = $1 AND o.state = 'live'
           AND (o.ends_at IS NULL OR EXISTS (SELECT FROM offers.moment m
                 WHERE m.mall_id = o.mall_id AND m.offer_id = o.id AND m.kind = 'ends' AND m.at = o.ends_at))
         ORDER BY o.id
        """,
        mall_id,
    )


async def terms_of(tx: ReadTx, *, mall_id: MallId, pairs: Collection[tuple[UUID, int]]) -> list[LiveTerms]:
    """Return given versions of offers."""
    return await tx.all(
        LiveTerms,
        """
        SELECT o.id, o.merchant_id, v.version, o.starts_at, o.ends_at, v.terms
          FROM unnest($2::uuid[], $3::integer[]) AS w (offer_id, version)
          JOIN offers.version v ON v.mall_id = $1 AND v.offer_id = w.offer_id AND v.version = w.version
          JOIN offers.offer o ON o.mall_id = $1 AND o.id = v.offer_id
        """,
        mall_id,
        [offer_id for offer_id, _ in pairs],
        [version for _, version in pairs],
    )


async def set_moments(
    tx: Tx, *, mall_id: MallId, offer_id: OfferId, moments: Sequence[tuple[UUID, str, datetime]], now: datetime
) -> None:
    """Write down anew what of a locked offer is to be announced; what lies behind is not, but for an end."""
    await tx.run("DELETE FROM offers.moment WHERE mall_id = $1 AND offer_id = $2", mall_id, offer_id)
    ahead = [m for m in moments if m[2] > now or m[1] == "ends"]
    await tx.run(
        """
        INSERT INTO offers.moment (mall_id, offer_id, session_id, kind, at)
        SELECT $1, $2, s, k, a FROM unnest($3::uuid[], $4::text[], $5::timestamptz[]) AS m (s, k, a)
        """,
        mall_id,
        offer_id,
        [m[0] for m in ahead],
        [m[1] for m in ahead],
        [m[2] for m in ahead],
    )


class Moment(msgspec.Struct, frozen=True):
    """A start or end that has come."""

    mall_id: MallId
    offer_id: OfferId
    session_id: UUID
    kind: str
    at: datetime
    live: bool


async def any_due(tx: ReadTx, *, now: datetime) -> bool:
    """Return whether something has started or ended that nobody was told of."""
    return bool(await tx.value("SELECT EXISTS (SELECT FROM offers.moment WHERE at <= $1)", now))


async def take_due(tx: Tx, *, now: datetime, limit: int) -> list[Moment]:
    """Take what has started or ended off the list, at most `limit`; skips what another worker is at."""
    return await tx.all(
        Moment,
        """
        DELETE FROM offers.moment AS m
         USING (SELECT mall_id, offer_id, session_id, kind FROM offers.moment WHERE at <= $1
                 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED) AS due, offers.offer AS o
         WHERE m.mall_id = due.mall_id AND m.offer_id = due.offer_id AND m.session_id = due.session_id
           AND m.kind = due.kind AND o.mall_id = m.mall_id AND o.id = m.offer_id
        RETURNING m.mall_id, m.offer_id, m.session_id, m.kind, m.at, o.state = 'live' AS live
        """,
        now,
        limit,
    )
