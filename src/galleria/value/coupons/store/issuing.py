"""SQL of issuing claims. Counts are exact under the coupon's lock only."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.claim import Claim, Want
from galleria.value.coupons.model.template import ClaimSource, Coupon
from galleria.value.coupons.rules.claiming import Award, Held
from galleria.value.coupons.rules.template import ends_at


async def held_by(
    tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, member_ids: Sequence[MemberId], day_from: datetime | None
) -> dict[MemberId, Held]:
    """Return what members have of a coupon, and how much of it since `day_from`."""
    rows = await tx.all(
        Held,
        """
        SELECT member_id, count(*) AS count, max(claimed_at) AS last_at,
               count(*) FILTER (WHERE claimed_at >= $4) AS today
          FROM coupons.claim
         WHERE mall_id = $1 AND coupon_id = $2 AND member_id = ANY($3)
         GROUP BY member_id
        """,
        mall_id,
        coupon_id,
        member_ids,
        day_from,
    )
    return {row.member_id: row for row in rows}


class Shared(msgspec.Struct, frozen=True):
    """How many claims of a coupon a device or a household has."""

    id: UUID
    device: bool
    count: int


async def shared_by(
    tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, devices: Sequence[UUID], households: Sequence[UUID]
) -> list[Shared]:
    """Return what devices and households have of a coupon; what was given to a friend counts there, not here."""
    return await tx.all(
        Shared,
        """
        SELECT device AS id, true AS device, count(*) AS count
          FROM coupons.claim
         WHERE mall_id = $1 AND coupon_id = $2 AND device = ANY($3) AND state <> 'transferred' GROUP BY device
        UNION ALL
        SELECT household_id, false, count(*)
          FROM coupons.claim
         WHERE mall_id = $1 AND coupon_id = $2 AND household_id = ANY($4) AND state <> 'transferred'
         GROUP BY household_id
        """,
        mall_id,
        coupon_id,
        devices,
        households,
    )


async def take(
    tx: Tx, *, coupon: Coupon, wants: Sequence[Want], awards: Sequence[Award], worth_minor: int, day: date | None
) -> bool:
    """Count up a locked coupon and its pools and insert the claims, all or none: False when the total would be passed.

    The day's total, the budget and the pools are held by their constraints as well. The claims go in by COPY, which
    costs both sides less than any INSERT of many rows.
    """
    if not await tx.run(_COUNT_UP, coupon.mall_id, coupon.id, len(wants), worth_minor, day):
        return False
    if coupon.pooled:
        await tx.run(_DRAW, coupon.mall_id, coupon.id, [award.pool_id for award in awards])
    wide = coupon.per_device is not None or coupon.per_household is not None
    await tx.copy(
        "coupons.claim",
        _COLUMNS,
        [_record(coupon, want, award, worth_minor, wide=wide) for want, award in zip(wants, awards, strict=True)],
    )
    return True


_COUNT_UP = """
UPDATE coupons.coupon
   SET claimed = claimed + $3::integer,
       committed_minor = committed_minor + $4::bigint * $3,
       day_claimed = CASE WHEN $5::date IS NULL THEN day_claimed
                          WHEN day_on = $5 THEN day_claimed + $3
                          ELSE $3 END,
       day_on = coalesce($5, day_on)
 WHERE mall_id = $1 AND id = $2 AND claimed + $3 <= total
"""
_DRAW = """
UPDATE coupons.pool AS p SET claimed = p.claimed + n.count
  FROM (SELECT id, count(*) FROM unnest($3::uuid[]) AS t (id) GROUP BY id) AS n
 WHERE p.mall_id = $1 AND p.coupon_id = $2 AND p.id = n.id
"""
_COLUMNS = (
    "mall_id", "coupon_id", "id", "member_id", "seq", "claimed_at", "state", "version", "use_from", "use_until",
    "worth_minor", "source", "reference", "part", "device", "household_id", "pool_id",
)  # fmt: skip


def _record(coupon: Coupon, want: Want, award: Award, worth_minor: int, *, wide: bool) -> tuple[Any, ...]:
    """Return a claim as a row; the member's device and household are kept only for a coupon that counts them."""
    return (
        coupon.mall_id, coupon.id, want.claim_id, want.member_id, award.seq, want.now, "issued", coupon.version,
        coupon.use_from, ends_at(coupon, want.now), worth_minor, want.source.value, want.reference,
        award.seq if want.source is ClaimSource.POSTER else want.part,
        want.facts.device if wide else None, want.facts.household_id if wide else None, award.pool_id,
    )  # fmt: skip


class _Owned(Claim, frozen=True, kw_only=True):
    member_id: MemberId


async def granted_before(
    tx: ReadTx,
    *,
    mall_id: MallId,
    coupon_id: CouponId,
    source: ClaimSource,
    reference: UUID,
    member_ids: Sequence[MemberId],
) -> dict[MemberId, list[Claim]]:
    """Return what members got of a coupon for a reference, in order."""
    rows = await tx.all(
        _Owned,
        """
        SELECT member_id, id, coupon_id, state, claimed_at, use_from, use_until, source
          FROM coupons.claim
         WHERE mall_id = $1 AND coupon_id = $2 AND source = $3 AND reference = $4 AND member_id = ANY($5)
         ORDER BY part
        """,
        mall_id,
        coupon_id,
        source.value,
        reference,
        member_ids,
    )
    owned: dict[MemberId, list[Claim]] = {}
    for row in rows:
        claim = Claim(**{name: getattr(row, name) for name in Claim.__struct_fields__})
        owned.setdefault(row.member_id, []).append(claim)
    return owned


async def add_taken_over(tx: Tx, *, mall_id: MallId, from_id: ClaimId, want: Want, seq: int) -> Claim | None:
    """Insert the claim of a friend for one that was given away: the same words, end and worth."""
    return await tx.one(
        Claim,
        """
        INSERT INTO coupons.claim (mall_id, coupon_id, id, member_id, seq, claimed_at, state, version, use_from,
                                   use_until, source, reference, device, household_id, worth_minor, pool_id)
        SELECT mall_id, coupon_id, $3, $4, $5, $6, 'issued', version, use_from, use_until, 'transfer', id, $7, $8,
               worth_minor, pool_id
          FROM coupons.claim WHERE mall_id = $1 AND id = $2
        RETURNING id, coupon_id, state, claimed_at, use_from, use_until, source
        """,
        mall_id,
        from_id,
        want.claim_id,
        want.member_id,
        seq,
        want.now,
        want.facts.device,
        want.facts.household_id,
    )
