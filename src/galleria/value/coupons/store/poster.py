"""SQL of posters."""

from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.poster import Poster

_POSTER = """
    p.id, p.coupon_id, p.label, p.token, '/coupons/posters/' || p.token AS path, p.created_at, p.closed_at,
    (SELECT count(*) FROM coupons.claim AS c
      WHERE c.mall_id = p.mall_id AND c.coupon_id = p.coupon_id AND c.source = 'poster'
        AND c.reference = p.id) AS claims
"""


async def add(
    tx: Tx, *, mall_id: MallId, poster_id: UUID, coupon_id: CouponId, label: str, token: str, now: datetime
) -> None:
    """Insert a poster."""
    await tx.run(
        """
        INSERT INTO coupons.poster (mall_id, id, coupon_id, label, token, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        mall_id,
        poster_id,
        coupon_id,
        label,
        token,
        now,
    )


async def find(tx: ReadTx, *, mall_id: MallId, poster_id: UUID) -> Poster | None:
    """Return a poster."""
    return await tx.one(
        Poster, f"SELECT {_POSTER} FROM coupons.poster AS p WHERE p.mall_id = $1 AND p.id = $2", mall_id, poster_id
    )


async def list_posters(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> list[Poster]:
    """Return a coupon's posters, newest first; the newest two hundred."""
    return await tx.all(
        Poster,
        f"""
        SELECT {_POSTER} FROM coupons.poster AS p
         WHERE p.mall_id = $1 AND p.coupon_id = $2 ORDER BY p.id DESC LIMIT 200
        """,
        mall_id,
        coupon_id,
    )


async def by_token(tx: ReadTx, *, mall_id: MallId, token: str) -> Poster | None:
    """Return the poster of a token, without its count."""
    return await tx.one(
        Poster,
        """
        SELECT id, coupon_id, label, token, '' AS path, created_at, closed_at, 0 AS claims
          FROM coupons.poster WHERE mall_id = $1 AND token = $2
        """,
        mall_id,
        token,
    )


async def close(tx: Tx, *, mall_id: MallId, poster_id: UUID, now: datetime) -> None:
    """Close a poster; one closed already stays as it is."""
    await tx.run(
        "UPDATE coupons.poster SET closed_at = $3 WHERE mall_id = $1 AND id = $2 AND closed_at IS NULL",
        mall_id,
        poster_id,
        now,
    )
