"""`surge`: 128 clients claim one hot coupon; pgbench does one conditional update and one insert on such a row."""

import asyncio
import time
from typing import Any
from uuid import UUID

from bench import seed
from bench.floor import pgbench
from bench.load import Answer, percentile, request, storm
from bench.rows import Row
from bench.stage import Stage, database, stage

CLIENTS = 128
CONTENDERS = 10_000
RATE_CLAIMS = 40_000

FLOOR = """
BEGIN;
UPDATE bench_hot SET claimed = claimed + 1 WHERE id = 1 AND claimed < total;
INSERT INTO bench_claim (coupon_id, member_id) VALUES (1, gen_random_uuid());
COMMIT;
"""


async def run() -> list[Row]:
    async with stage() as made:
        async with database(made.dsn) as connection:
            mall = await seed.mall(connection)
            members = await seed.members(connection, mall, RATE_CLAIMS)
            await connection.execute(
                "CREATE TABLE bench_hot (id int PRIMARY KEY, claimed int NOT NULL, total int NOT NULL);"
                "CREATE TABLE bench_claim (coupon_id int, member_id uuid, UNIQUE (coupon_id, member_id));"
                "INSERT INTO bench_hot VALUES (1, 0, 2000000000)"
            )
        tokens = [made.token(member, mall.group_id) for member in members]
        floor = await pgbench(made, FLOOR, clients=32)
        await made.serve()
        return [
            await _rate(made, mall, tokens, floor),
            await _exact(made, mall, tokens[:CONTENDERS]),
            await _killed(made, mall, tokens),
        ]


def _claims(mall: seed.Mall, coupon: UUID, tokens: list[str]) -> list[bytes]:
    path = f"/v1/malls/{mall.id}/coupons/{coupon}/claims"
    return [request("POST", path, token, key=True) for token in tokens]


async def _rate(made: Stage, mall: seed.Mall, tokens: list[str], floor: float) -> Row:
    async with database(made.dsn) as connection:
        warm = await seed.coupon(connection, mall, total=RATE_CLAIMS)
        coupon = await seed.coupon(connection, mall, total=RATE_CLAIMS)
    await storm(made.port, _claims(mall, warm, tokens[:4000]), clients=CLIENTS)
    answers, seconds = await storm(made.port, _claims(mall, coupon, tokens), clients=CLIENTS)
    got = [answer for answer in answers if answer is not None and answer.status == 201]
    rate = len(got) / seconds
    return Row(
        name="surge: claims a second",
        rate_per_s=rate,
        floor_per_s=floor,
        ratio=rate / floor,
        p50_ms=percentile([a.seconds for a in got], 0.5),
        p99_ms=percentile([a.seconds for a in got], 0.99),
        correct=len(got) == len(tokens) and await _consistent(made, mall, coupon, got),
    )


async def _exact(made: Stage, mall: seed.Mall, tokens: list[str]) -> Row:
    async with database(made.dsn) as connection:
        coupon = await seed.coupon(connection, mall, total=1000)
    answers, seconds = await storm(made.port, _claims(mall, coupon, tokens), clients=CLIENTS)
    got = [answer for answer in answers if answer is not None and answer.status == 201]
    refused = [answer for answer in answers if answer is not None and answer.status == 409]
    every = len(got) == 1000 and len(refused) == len(tokens) - 1000
    return Row(
        name="surge: last 1,000 of 10,000",
        rate_per_s=len(tokens) / seconds,
        correct=every and await _consistent(made, mall, coupon, got),
    )


async def _killed(made: Stage, mall: seed.Mall, tokens: list[str]) -> Row:
    """Kill the server in mid-surge, restart it, and look for every claim that was answered."""
    async with database(made.dsn) as connection:
        coupon = await seed.coupon(connection, mall, total=RATE_CLAIMS)
    surge = asyncio.create_task(storm(made.port, _claims(mall, coupon, tokens), clients=CLIENTS))
    await asyncio.sleep(0.8)
    made.kill()
    answers, _ = await surge
    got = [answer for answer in answers if answer is not None and answer.status == 201]
    started = time.perf_counter()
    await made.serve()
    recovered = time.perf_counter() - started
    print(f"  killed after {len(got):,} answered claims; serving again after {recovered:.1f} s")
    kept = 0 < len(got) < len(tokens) and await _kept(made, mall, coupon, got)
    return Row(name="surge: killed, answered claims kept", correct=kept and await made.healthy())


async def _consistent(made: Stage, mall: seed.Mall, coupon: UUID, got: list[Answer]) -> bool:
    async with database(made.dsn) as connection:
        row: Any = await connection.fetchrow(
            """SELECT c.claimed, count(k.*) AS claims, count(DISTINCT k.member_id) AS members
                 FROM coupons.coupon c LEFT JOIN coupons.claim k ON k.mall_id = c.mall_id AND k.coupon_id = c.id
                WHERE c.mall_id = $1 AND c.id = $2 GROUP BY c.claimed""",
            mall.id,
            coupon,
        )
    counted = row["claimed"] == row["claims"] == row["members"] == len(got)
    return bool(counted) and await _kept(made, mall, coupon, got)


async def _kept(made: Stage, mall: seed.Mall, coupon: UUID, got: list[Answer]) -> bool:
    """Return whether every answered claim is in the database."""
    answered = {UUID(answer.json()["id"]) for answer in got}
    async with database(made.dsn) as connection:
        rows = await connection.fetch(
            "SELECT id FROM coupons.claim WHERE mall_id = $1 AND coupon_id = $2", mall.id, coupon
        )
    return len(answered) == len(got) and answered <= {row[0] for row in rows}
