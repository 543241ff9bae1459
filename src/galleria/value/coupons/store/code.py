"""SQL of single-use codes. A batch is voided, and a code redeemed, under the coupon's lock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import ClaimId, CouponId, MallId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.code import BatchState, CodeBatch

_BATCH = """
    b.id, b.coupon_id, b.prefix, b.count, b.made, b.state, b.created_at, b.ready_at, b.voided_at,
    (SELECT count(*) FROM coupons.code AS c
      WHERE c.mall_id = b.mall_id AND c.batch_id = b.id AND c.claim_id IS NOT NULL) AS redeemed
"""


async def add_batch(
    tx: Tx, *, mall_id: MallId, batch_id: UUID, coupon_id: CouponId, prefix: str, count: int, now: datetime
) -> None:
    """Insert a batch that has no codes yet."""
    await tx.run(
        """
        INSERT INTO coupons.batch (mall_id, id, coupon_id, prefix, count, state, created_at)
        VALUES ($1, $2, $3, $4, $5, 'making', $6)
        """,
        mall_id,
        batch_id,
        coupon_id,
        prefix,
        count,
        now,
    )


async def outstanding(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> int:
    """Return how many codes of a coupon may still be redeemed, those still to be made included."""
    found: int = await tx.value(
        """
        SELECT coalesce(sum(b.count - (SELECT count(*) FROM coupons.code AS c
                                        WHERE c.mall_id = b.mall_id AND c.batch_id = b.id
                                          AND c.claim_id IS NOT NULL)), 0)::bigint
          FROM coupons.batch AS b WHERE b.mall_id = $1 AND b.coupon_id = $2 AND b.state <> 'void'
        """,
        mall_id,
        coupon_id,
    )
    return found


async def find_batch(tx: ReadTx, *, mall_id: MallId, batch_id: UUID) -> CodeBatch | None:
    """Return a batch."""
    return await tx.one(
        CodeBatch, f"SELECT {_BATCH} FROM coupons.batch AS b WHERE b.mall_id = $1 AND b.id = $2", mall_id, batch_id
    )


async def list_batches(
    tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, before: UUID | None, limit: int
) -> list[CodeBatch]:
    """Return a coupon's batches, newest first."""
    return await tx.all(
        CodeBatch,
        f"""
        SELECT {_BATCH} FROM coupons.batch AS b
         WHERE b.mall_id = $1 AND b.coupon_id = $2 AND ($3::uuid IS NULL OR b.id < $3)
         ORDER BY b.id DESC LIMIT $4
        """,
        mall_id,
        coupon_id,
        before,
        limit,
    )


async def lock_batch(tx: Tx, *, mall_id: MallId, batch_id: UUID) -> CodeBatch | None:
    """Return a batch with its row locked."""
    return await tx.one(
        CodeBatch,
        f"SELECT {_BATCH} FROM coupons.batch AS b WHERE b.mall_id = $1 AND b.id = $2 FOR NO KEY UPDATE OF b",
        mall_id,
        batch_id,
    )


async def add_codes(
    tx: Tx, *, mall_id: MallId, batch_id: UUID, first: int, digests: Sequence[bytes], now: datetime
) -> None:
    """Write the next codes of a locked batch, and how far it is then."""
    await tx.copy(
        "coupons.code",
        ["mall_id", "digest", "batch_id", "number"],
        [(mall_id, digest, batch_id, first + i) for i, digest in enumerate(digests)],
    )
    await tx.run(
        """
        UPDATE coupons.batch
           SET made = $3, state = CASE WHEN $3 = count THEN 'ready' ELSE state END,
               ready_at = CASE WHEN $3 = count THEN $4::timestamptz END
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        batch_id,
        first + len(digests),
        now,
    )


async def void_batch(tx: Tx, *, mall_id: MallId, batch_id: UUID, now: datetime) -> None:
    """Make the codes of a batch good for nothing."""
    await tx.run(
        "UPDATE coupons.batch SET state = 'void', voided_at = $3 WHERE mall_id = $1 AND id = $2 AND state <> 'void'",
        mall_id,
        batch_id,
        now,
    )


class CodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A code as it stands."""

    coupon_id: CouponId
    batch_state: BatchState
    redeemed_at: datetime | None


async def find(tx: ReadTx, *, mall_id: MallId, digest: bytes) -> CodeRow | None:
    """Return how a code stands."""
    return await tx.one(
        CodeRow,
        """
        SELECT b.coupon_id, b.state AS batch_state, c.redeemed_at
          FROM coupons.code AS c JOIN coupons.batch AS b ON b.mall_id = c.mall_id AND b.id = c.batch_id
         WHERE c.mall_id = $1 AND c.digest = $2
        """,
        mall_id,
        digest,
    )


async def redeem(tx: Tx, *, mall_id: MallId, digest: bytes, claim_id: ClaimId, now: datetime) -> bool:
    """Mark a code used; of two at once, one finds it unused."""
    return bool(
        await tx.run(
            """
            UPDATE coupons.code SET claim_id = $3, redeemed_at = $4
             WHERE mall_id = $1 AND digest = $2 AND claim_id IS NULL
            """,
            mall_id,
            digest,
            claim_id,
            now,
        )
    )


async def redeemed_numbers(tx: ReadTx, *, mall_id: MallId, batch_id: UUID) -> set[int]:
    """Return which codes of a batch were used."""
    return set(
        await tx.values(
            "SELECT number FROM coupons.code WHERE mall_id = $1 AND batch_id = $2 AND claim_id IS NOT NULL",
            mall_id,
            batch_id,
        )
    )
