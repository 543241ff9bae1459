"""SQL of coupons and their versions. A coupon's row is the lock of everything that is issued of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.kernel.ids import CouponId, MallId, ShopId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.template import Coupon, CouponInput, CouponState, CouponVersion, VersionRow

WRITTEN = tuple(CouponInput.__struct_fields__)
JSON = {"funders", "stacking", "audience", "conditions"}
_WRITTEN = ", ".join(WRITTEN)
COUPON = f"""
    mall_id, id, {_WRITTEN}, claimed, committed_minor, day_on, day_claimed, pooled, state, version, latest_version,
    approved_version, created_at
"""


def _places(first: int) -> str:
    return ", ".join(f"${first + i}" + ("::jsonb" if name in JSON else "") for i, name in enumerate(WRITTEN))


def _values(coupon: CouponInput) -> list[Any]:
    """Return the written columns in the order of `WRITTEN`, which is that of the Struct's fields."""
    return [_value(name, getattr(coupon, name)) for name in WRITTEN]


def _value(name: str, value: Any) -> Any:
    if name in JSON:
        return None if value is None else encode(value)
    return list(value) if isinstance(value, tuple) else value


def encode(value: Any) -> str:
    """Return a value as JSON for a jsonb column."""
    return msgspec.json.encode(value).decode()


async def add(
    tx: Tx, *, mall_id: MallId, coupon_id: CouponId, coupon: CouponInput, made_by: UUID, now: datetime
) -> Coupon:
    """Insert a coupon as a draft, and what it says as its first version."""
    row = await tx.one(
        Coupon,
        f"""
        INSERT INTO coupons.coupon (mall_id, id, created_at, latest_version, {_WRITTEN})
        VALUES ($1, $2, $3, 1, {_places(4)})
        RETURNING {COUPON}
        """,
        mall_id,
        coupon_id,
        now,
        *_values(coupon),
    )
    await _say(tx, mall_id, coupon_id, 1, coupon, made_by, now)
    return found(row)


async def _say(
    tx: Tx, mall_id: MallId, coupon_id: CouponId, version: int, terms: CouponInput, made_by: UUID, now: datetime
) -> None:
    await tx.run(
        """
        INSERT INTO coupons.version (mall_id, coupon_id, version, terms, made_by, at)
        VALUES ($1, $2, $3, $4::jsonb, $5, $6)
        """,
        mall_id,
        coupon_id,
        version,
        encode(terms),
        made_by,
        now,
    )


async def add_version(tx: Tx, *, coupon: Coupon, terms: CouponInput, made_by: UUID, now: datetime) -> Coupon:
    """Write the next version of a locked coupon; it is not in force yet."""
    version = coupon.latest_version + 1
    await _say(tx, coupon.mall_id, coupon.id, version, terms, made_by, now)
    row = await tx.one(
        Coupon,
        f"UPDATE coupons.coupon SET latest_version = $3 WHERE mall_id = $1 AND id = $2 RETURNING {COUPON}",
        coupon.mall_id,
        coupon.id,
        version,
    )
    return found(row)


async def put_in_force(
    tx: Tx, *, mall_id: MallId, coupon_id: CouponId, version: int, terms: CouponInput, approved: bool
) -> Coupon:
    """Let a locked coupon say what a version of it says, from now on; `approved` tells that a launch let it."""
    row = await tx.one(
        Coupon,
        f"""
        UPDATE coupons.coupon
           SET ({_WRITTEN}) = ROW({_places(5)}), version = $3,
               approved_version = CASE WHEN $4 THEN $3 ELSE approved_version END
         WHERE mall_id = $1 AND id = $2
        RETURNING {COUPON}
        """,
        mall_id,
        coupon_id,
        version,
        approved,
        *_values(terms),
    )
    return found(row)


def found(row: Coupon | None) -> Coupon:
    """Return a row that is there, because the coupon's lock is held."""
    if row is None:
        raise AssertionError("the coupon's row was written under its lock, yet is gone")
    return row


async def find(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> Coupon | None:
    """Return a coupon."""
    return await tx.one(
        Coupon, f"SELECT {COUPON} FROM coupons.coupon WHERE mall_id = $1 AND id = $2", mall_id, coupon_id
    )


async def list_versions(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> list[CouponVersion]:
    """Return the versions of a coupon, newest first; the newest hundred."""
    return await tx.all(
        CouponVersion,
        """
        SELECT version, terms, made_by, at
          FROM coupons.version WHERE mall_id = $1 AND coupon_id = $2 ORDER BY version DESC LIMIT 100
        """,
        mall_id,
        coupon_id,
    )


async def versions_since(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    coupon_id: UUID | None,
    before: tuple[datetime, UUID, int] | None,
    limit: int,
) -> list[VersionRow]:
    """Return versions of the coupons within reach (of one coupon), newest first, beside the version before."""
    return await tx.all(
        VersionRow,
        """
        SELECT v.coupon_id, k.funder_merchant_id AS merchant_id, v.version, v.version = k.latest_version AS newest,
               v.terms, v.made_by, v.at, b.terms AS before
          FROM coupons.version v
          JOIN coupons.coupon k ON k.mall_id = v.mall_id AND k.id = v.coupon_id
          LEFT JOIN coupons.version b
                 ON b.mall_id = v.mall_id AND b.coupon_id = v.coupon_id AND b.version = v.version - 1
         WHERE v.mall_id = $1
           AND ($2 OR k.funder_merchant_id = ANY($3)
                OR (k.funder = 'merchant' AND cardinality(k.shop_ids) > 0 AND k.shop_ids <@ $4::uuid[]))
           AND ($5::uuid IS NULL OR v.coupon_id = $5)
           AND ($6::timestamptz IS NULL OR (v.at, v.coupon_id, v.version) < ($6, $7::uuid, $8::integer))
         ORDER BY v.at DESC, v.coupon_id DESC, v.version DESC LIMIT $9
        """,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        coupon_id,
        *(before or (None, None, None)),
        limit,
    )


async def find_version(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, version: int) -> CouponVersion | None:
    """Return a version of a coupon."""
    return await tx.one(
        CouponVersion,
        """
        SELECT version, terms, made_by, at
          FROM coupons.version WHERE mall_id = $1 AND coupon_id = $2 AND version = $3
        """,
        mall_id,
        coupon_id,
        version,
    )


async def lock(tx: Tx, *, mall_id: MallId, coupon_id: CouponId) -> Coupon | None:
    """Return a coupon with its row locked to the end of the transaction."""
    return await tx.one(
        Coupon,
        f"SELECT {COUPON} FROM coupons.coupon WHERE mall_id = $1 AND id = $2 FOR NO KEY UPDATE",
        mall_id,
        coupon_id,
    )


async def set_state(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, state: CouponState) -> Coupon:
    """Move a locked coupon to a state."""
    row = await tx.one(
        Coupon,
        f"UPDATE coupons.coupon SET state = $3 WHERE mall_id = $1 AND id = $2 RETURNING {COUPON}",
        mall_id,
        coupon_id,
        state.value,
    )
    return found(row)


class Offered(Coupon, frozen=True, kw_only=True):
    """A coupon with what one member has of it."""

    mine: int
    my_last: datetime | None


_OFFERED = f"""
SELECT {COUPON}, coalesce(mine, 0) AS mine, my_last
  FROM coupons.coupon AS k
  LEFT JOIN LATERAL (
    SELECT count(*) AS mine, max(claimed_at) AS my_last FROM coupons.claim AS c
     WHERE c.mall_id = k.mall_id AND c.coupon_id = k.id AND c.member_id = $2
  ) AS own ON true
"""


async def list_offered(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: UUID | None,
    shop_id: ShopId | None,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Offered]:
    """Return live coupons not over yet that can be claimed from the list, soonest ending first."""
    ends_at, last_id = after or (None, None)
    return await tx.all(
        Offered,
        f"""
        {_OFFERED}
         WHERE mall_id = $1 AND state = 'live' AND claim_until > $3
           AND issue_by && ARRAY['claim', 'points'] AND gate IS NULL
           AND ($4::uuid IS NULL OR cardinality(shop_ids) = 0 OR $4 = ANY(shop_ids))
           AND ($5::uuid IS NULL OR (claim_until, id) > ($6::timestamptz, $5))
         ORDER BY claim_until, id LIMIT $7
        """,
        mall_id,
        member_id,
        now,
        shop_id,
        last_id,
        ends_at,
        limit,
    )


async def find_offered(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, member_id: UUID | None) -> Offered | None:
    """Return one published coupon with what a member has of it."""
    return await tx.one(
        Offered,
        f"{_OFFERED} WHERE mall_id = $1 AND id = $3 AND state <> 'draft'",
        mall_id,
        member_id,
        coupon_id,
    )


async def list_managed(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    state: CouponState | None,
    before: UUID | None,
    limit: int,
) -> list[Coupon]:
    """Return the coupons within reach with how many were used, newest first."""
    return await tx.all(
        Coupon,
        f"""
        SELECT {COUPON}, (SELECT count(*) FROM coupons.claim AS c
                           WHERE c.mall_id = k.mall_id AND c.coupon_id = k.id AND c.state = 'used') AS used
          FROM coupons.coupon AS k
         WHERE mall_id = $1
           AND ($2 OR funder_merchant_id = ANY($3)
                OR (funder = 'merchant' AND cardinality(shop_ids) > 0 AND shop_ids <@ $4::uuid[]))
           AND ($5::text IS NULL OR state = $5)
           AND ($6::uuid IS NULL OR id < $6)
         ORDER BY id DESC LIMIT $7
        """,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        None if state is None else state.value,
        before,
        limit,
    )


class Tally(msgspec.Struct, frozen=True):
    """How many claims of one state and source there are."""

    state: str
    source: str
    count: int


async def tally(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> Sequence[Tally]:
    """Return a coupon's claims counted by state and source."""
    return await tx.all(
        Tally,
        """
        SELECT state, source, count(*) AS count
          FROM coupons.claim WHERE mall_id = $1 AND coupon_id = $2 GROUP BY state, source
        """,
        mall_id,
        coupon_id,
    )
