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
    """Count up a coupon and its pools and insert the claims, all or none: False when the total would be passed.

    The day's total, the budget and the pools are held by their constraints as well. Only what differs between the
    claims is sent as arrays: encoding them is what a surge spends most time on.
    """
    statement, own = _details(coupon, wants, awards)
    taken = await tx.value(
        statement,
        coupon.mall_id,
        coupon.id,
        [want.claim_id for want in wants],
        [want.member_id for want in wants],
        [award.seq for award in awards],
        [want.now for want in wants],
        worth_minor,
        day,
        *own,
    )
    return bool(taken)


def _details(coupon: Coupon, wants: Sequence[Want], awards: Sequence[Award]) -> tuple[str, list[Any]]:
    """Return the statement for these claims, and what it wants beside what every claim has."""
    wide = coupon.per_device is not None or coupon.per_household is not None
    if not wide and not coupon.pooled and _alike(wants):
        return _TAKE_ALIKE, [wants[0].source.value]
    own: list[Any] = [
        [want.source.value for want in wants],
        [want.reference for want in wants],
        [
            award.seq if want.source is ClaimSource.POSTER else want.part
            for want, award in zip(wants, awards, strict=True)
        ],
        [want.facts.device if wide else None for want in wants],
        [want.facts.household_id if wide else None for want in wants],
    ]
    return (_TAKE_POOLED, [*own, [award.pool_id for award in awards]]) if coupon.pooled else (_TAKE, own)


def _alike(wants: Sequence[Want]) -> bool:
    """Return whether all come the same way and nothing more is to be written down of any, as in a surge."""
    source = wants[0].source
    return source is not ClaimSource.POSTER and all(
        want.source is source and want.reference is None and want.part == 0 for want in wants
    )


_COUNTED = """
  counted AS (
    UPDATE coupons.coupon
       SET claimed = claimed + cardinality($3::uuid[]),
           committed_minor = committed_minor + $7::bigint * cardinality($3::uuid[]),
           day_claimed = CASE WHEN $8::date IS NULL THEN day_claimed
                              WHEN day_on = $8 THEN day_claimed + cardinality($3::uuid[])
                              ELSE cardinality($3::uuid[]) END,
           day_on = coalesce($8, day_on)
     WHERE mall_id = $1 AND id = $2 AND claimed + cardinality($3::uuid[]) <= total
    RETURNING version, use_from, use_until, valid_days
  )
"""
_CLAIMS = """
  INSERT INTO coupons.claim (mall_id, coupon_id, id, member_id, seq, claimed_at, state, version, use_from, use_until,
                             worth_minor, source{columns})
  SELECT $1, $2, w.id, w.member_id, w.seq, w.claimed_at, 'issued', k.version, k.use_from,
         CASE WHEN k.valid_days IS NULL THEN k.use_until
              ELSE least(k.use_until, w.claimed_at + make_interval(days => k.valid_days)) END,
         $7, {values}
    FROM counted AS k,
         unnest($3::uuid[], $4::uuid[], $5::integer[], $6::timestamptz[]{arrays})
           AS w (id, member_id, seq, claimed_at{names})
  RETURNING true
"""


def _claims(*columns: str, arrays: str) -> str:
    """Return the INSERT of claims that differ in the way they came and in these columns."""
    more = "".join(f", {column}" for column in columns)
    values = ", ".join(f"w.{column}" for column in ("source", *columns))
    return _CLAIMS.format(columns=more, values=values, arrays=arrays, names=f", source{more}")


_OWN = ("reference", "part", "device", "household_id")
_OWN_ARRAYS = ", $9::text[], $10::uuid[], $11::integer[], $12::uuid[], $13::uuid[]"
_TAKE_ALIKE = f"WITH {_COUNTED} {_CLAIMS.format(columns='', values='$9', arrays='', names='')}"
_TAKE = f"WITH {_COUNTED} {_claims(*_OWN, arrays=_OWN_ARRAYS)}"
_TAKE_POOLED = f"""
WITH drawn AS (
  UPDATE coupons.pool AS p SET claimed = p.claimed + n.count
    FROM (SELECT id, count(*) FROM unnest($14::uuid[]) AS t (id) GROUP BY id) AS n
   WHERE p.mall_id = $1 AND p.coupon_id = $2 AND p.id = n.id
), {_COUNTED} {_claims(*_OWN, "pool_id", arrays=f"{_OWN_ARRAYS}, $14::uuid[]")}
"""


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
