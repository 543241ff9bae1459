"""All SQL of launch. A review's row is locked before what it is about; of two who decide at once, one decides."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.engagement.launch.model import Candidate, Finding, LaunchPolicy, ReviewId, ReviewState, SubjectKind
from galleria.kernel.ids import MallId, MerchantId, ShopId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it is kept."""

    id: ReviewId
    subject_kind: SubjectKind
    subject_id: UUID
    version: int
    merchant_id: MerchantId | None
    shop_ids: list[ShopId]
    title_zh: str
    title_en: str
    state: ReviewState
    findings: list[Finding]
    needed_second: bool
    requested_by: UUID
    requested_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None


_REVIEW = """
    id, subject_kind, subject_id, version, merchant_id, shop_ids, title_zh, title_en, state, findings, needed_second,
    requested_by, requested_at, decided_by, decided_at, reason
"""


async def add(
    tx: Tx,
    *,
    mall_id: MallId,
    review_id: ReviewId,
    candidate: Candidate,
    findings: list[Finding],
    pending: bool,
    requested_by: UUID,
    now: datetime,
) -> ReviewRow | None:
    """Insert a request, decided at once unless it is pending; None when one for the same subject is pending."""
    return await tx.one(
        ReviewRow,
        f"""
        INSERT INTO launch.review (mall_id, id, subject_kind, subject_id, version, merchant_id, shop_ids, title_zh,
                                   title_en, state, findings, needed_second, requested_by, requested_at, decided_by,
                                   decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $10::boolean THEN 'pending' ELSE 'approved' END, $11::jsonb, $10,
                $12, $13, CASE WHEN $10 THEN NULL ELSE $12::uuid END,
                CASE WHEN $10 THEN NULL ELSE $13::timestamptz END)
        ON CONFLICT (mall_id, subject_kind, subject_id) WHERE state = 'pending' DO NOTHING
        RETURNING {_REVIEW}
        """,
        mall_id,
        review_id,
        candidate.kind.value,
        candidate.id,
        candidate.version,
        candidate.merchant_id,
        candidate.shop_ids,
        candidate.title_zh,
        candidate.title_en,
        pending,
        findings,
        requested_by,
        now,
    )


async def find(tx: ReadTx, *, mall_id: MallId, review_id: ReviewId) -> ReviewRow | None:
    """Return a request."""
    return await tx.one(
        ReviewRow, f"SELECT {_REVIEW} FROM launch.review WHERE mall_id = $1 AND id = $2", mall_id, review_id
    )


async def lock(tx: Tx, *, mall_id: MallId, review_id: ReviewId) -> ReviewRow | None:
    """Return a request with its row locked to the end of the transaction."""
    return await tx.one(
        ReviewRow,
        f"SELECT {_REVIEW} FROM launch.review WHERE mall_id = $1 AND id = $2 FOR NO KEY UPDATE",
        mall_id,
        review_id,
    )


async def decide(
    tx: Tx,
    *,
    mall_id: MallId,
    review_id: ReviewId,
    state: ReviewState,
    decided_by: UUID,
    reason: str | None,
    now: datetime,
) -> ReviewRow | None:
    """Decide a pending request; None when somebody has."""
    return await tx.one(
        ReviewRow,
        f"""
        UPDATE launch.review SET state = $3, decided_by = $4, decided_at = $5, reason = $6
         WHERE mall_id = $1 AND id = $2 AND state = 'pending'
        RETURNING {_REVIEW}
        """,
        mall_id,
        review_id,
        state.value,
        decided_by,
        now,
        reason,
    )


async def withdraw_outdated(tx: Tx, *, mall_id: MallId, candidate: Candidate, by: UUID, now: datetime) -> None:
    """Withdraw a pending request for an older version of what is launched anew."""
    await tx.run(
        """
        UPDATE launch.review SET state = 'withdrawn', decided_by = $5, decided_at = $6
         WHERE mall_id = $1 AND subject_kind = $2 AND subject_id = $3 AND version < $4 AND state = 'pending'
        """,
        mall_id,
        candidate.kind.value,
        candidate.id,
        candidate.version,
        by,
        now,
    )


async def list_reviews(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    state: ReviewState | None,
    subject_kind: SubjectKind | None,
    subject_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[ReviewRow]:
    """Return the requests within reach, newest first."""
    return await tx.all(
        ReviewRow,
        f"""
        SELECT {_REVIEW} FROM launch.review
         WHERE mall_id = $1
           AND ($2 OR merchant_id = ANY($3)
                OR (merchant_id IS NOT NULL AND cardinality(shop_ids) > 0 AND shop_ids <@ $4::uuid[]))
           AND ($5::text IS NULL OR state = $5) AND ($6::text IS NULL OR subject_kind = $6)
           AND ($7::uuid IS NULL OR subject_id = $7) AND ($8::uuid IS NULL OR id < $8)
         ORDER BY id DESC LIMIT $9
        """,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        None if state is None else state.value,
        None if subject_kind is None else subject_kind.value,
        subject_id,
        before,
        limit,
    )


async def was_launched(tx: ReadTx, *, mall_id: MallId, kind: SubjectKind, subject_id: UUID, version: int) -> bool:
    """Return whether a version went live by a launch."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (SELECT FROM launch.review WHERE mall_id = $1 AND subject_kind = $2 AND subject_id = $3
                              AND version = $4 AND state = 'approved')
            """,
            mall_id,
            kind.value,
            subject_id,
            version,
        )
    )


class PolicyRow(msgspec.Struct, frozen=True):
    """A mall's limits as they are kept."""

    limits: LaunchPolicy


async def policy(tx: ReadTx, mall_id: MallId) -> LaunchPolicy:
    """Return a mall's limits, or those of the house."""
    found = await tx.one(PolicyRow, "SELECT limits FROM launch.policy WHERE mall_id = $1", mall_id)
    return LaunchPolicy() if found is None else found.limits


async def set_policy(tx: Tx, mall_id: MallId, limits: LaunchPolicy, *, by: UUID, now: datetime) -> None:
    """Set a mall's limits."""
    await tx.run(
        """
        INSERT INTO launch.policy (mall_id, limits, set_by, set_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (mall_id) DO UPDATE SET limits = excluded.limits, set_by = excluded.set_by, set_at = excluded.set_at
        """,
        mall_id,
        limits,
        by,
        now,
    )
