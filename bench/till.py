"""Redeeming coupons at tills by API: 16 of them at once, every coupon another member's."""

from typing import Any
from uuid import UUID

import asyncpg

from bench import seed
from bench.load import percentile, request, storm
from bench.rows import Row
from bench.stage import Stage, database

CLIENTS = 16
REDEMPTIONS = 6_000
WARM_UP = 500
BILL = 20_000
PROMISED_MS = 15


async def redeem(made: Stage, mall: seed.Mall) -> Row:
    """Redeem coupons of 10.00 drawn from all there are, once each over HTTP; measure all but the first 500."""
    async with database(made.dsn) as connection:
        claims = await _some_claims(connection, mall)
        operator, session = await seed.operator(connection, mall)
    token, path = made.staff_token(operator, session, mall.group_id), f"/v1/malls/{mall.id}/coupons/redeem"
    requests = [
        request("POST", path, token, {"shop_id": shop, "claim_id": claim, "bill_minor": BILL}, key=True)
        for claim, shop in claims
    ]
    await storm(made.port, requests[:WARM_UP], clients=CLIENTS)
    await made.settle()
    answers, seconds = await storm(made.port, requests[WARM_UP:], clients=CLIENTS)
    got = [answer for answer in answers if answer is not None and answer.status == 201]
    times = [answer.seconds for answer in got]
    p50 = percentile(times, 0.5)
    right = len(got) == REDEMPTIONS and all(a.json()["discount_minor"] == 1000 for a in got[:500])
    return Row(
        name="offers: redeem a coupon at a till",
        rate_per_s=len(got) / seconds,
        p50_ms=p50,
        p99_ms=percentile(times, 0.99),
        correct=right and await _recorded(made, mall) and p50 < PROMISED_MS,
    )


async def _some_claims(connection: "asyncpg.Connection[Any]", mall: seed.Mall) -> list[tuple[UUID, UUID]]:
    """Return as many unspent claims as are redeemed, from all over the table, each with a shop it holds in."""
    return [
        (row["id"], row["shop_id"])
        for row in await connection.fetch(
            """
            SELECT c.id, coalesce(k.shop_ids[1], $2) AS shop_id
              FROM coupons.claim c JOIN coupons.coupon k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
             WHERE c.mall_id = $1 AND c.state = 'issued' ORDER BY md5(c.id::text) LIMIT $3
            """,
            mall.id,
            mall.shop_ids[0],
            WARM_UP + REDEMPTIONS,
        )
    ]


async def _recorded(made: Stage, mall: seed.Mall) -> bool:
    """Return whether every coupon spent has its redemption, and the mall owes its merchants what they gave."""
    async with database(made.dsn) as connection:
        counted = await connection.fetchrow(
            """
            SELECT (SELECT count(*) FROM coupons.claim WHERE mall_id = $1 AND state = 'used' AND shop_id IS NOT NULL),
                   (SELECT count(*) FROM redemption.redemption WHERE mall_id = $1),
                   (SELECT coalesce(sum(discount_minor), 0) FROM redemption.redemption WHERE mall_id = $1)
            """,
            mall.id,
        )
        owed = await connection.fetchval(
            """
            SELECT coalesce(sum(p.amount), 0) FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
             WHERE a.kind = 'merchant_payable' AND a.owner_id = $1
            """,
            mall.merchant_id,
        )
    assert counted is not None
    spent, recorded, given = counted
    return bool(spent == recorded == WARM_UP + REDEMPTIONS and owed == given)
