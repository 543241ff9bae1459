"""`growth`: claim, checkout and a member's order list with 10,000 and with 1,000,000 members and orders.

Each size has its own installation; the figures are medians at a light, equal load, and the ratio is large over small.
"""

import asyncio
import time
from typing import Any
from uuid import UUID

import asyncpg

from bench import seed
from bench.journey import buy, follow, shoppers
from bench.load import connect, percentile, request
from bench.rows import Row
from bench.stage import Stage, database, stage

SIZES = (10_000, 1_000_000)
SAMPLES = 1_500
ROUNDS = 3
CHUNK = 50_000


async def run() -> list[Row]:
    async with stage() as small, stage() as large:
        malls = [await _grown(made, size) for made, size in zip((small, large), SIZES, strict=True)]
        await small.serve()
        await large.serve()
        times = await _measure([(small, *malls[0]), (large, *malls[1])])
        right = await _counted(small, SIZES[0]) and await _counted(large, SIZES[1])
    rows = []
    for name, (few, many) in times.items():
        p50 = [percentile(few, 0.5), percentile(many, 0.5)]
        for size, taken, middle in zip(SIZES, (few, many), p50, strict=True):
            rows.append(
                Row(
                    name=f"growth: {name}, {size:,}",
                    p50_ms=middle,
                    p99_ms=percentile(taken, 0.99),
                    ratio=middle / p50[0],
                    correct=right,
                )
            )
    return rows


async def _grown(made: Stage, size: int) -> tuple[seed.Mall, list[UUID]]:
    """Seed a mall with `size` members and orders; return it and some members with orders."""
    started = time.perf_counter()
    async with database(made.dsn) as connection:
        mall = await seed.mall(connection)
        members = await seed.members(connection, mall, size)
    async with database(made.embedded.dsn_for("galleria", role="postgres")) as connection:
        await connection.execute("SET synchronous_commit = off; SET session_replication_role = replica")
        for first in range(0, size, CHUNK):
            await _orders(connection, mall, members[first : first + CHUNK])
    async with database(made.embedded.dsn_for("galleria", role="postgres")) as connection:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    print(f"  {size:,} members and orders in {time.perf_counter() - started:.0f} s", flush=True)
    return mall, members[:: max(1, size // 5000)]


async def _orders(connection: "asyncpg.Connection[Any]", mall: seed.Mall, members: list[UUID]) -> None:
    """Write one paid and collected order of two lines for each of some members, with what checkout leaves behind."""
    owners = (mall.id, mall.group_id, mall.merchant_id)
    await connection.execute(_ORDERS, *owners, mall.shop_ids, mall.variant_ids, members)


_ORDERS = """
WITH buyer AS (
  SELECT uuidv7(-interval '1 second' * (random() * 7776000)::int) AS id, gen_random_uuid() AS sub, member_id, n,
         ($4::uuid[])[1 + n % cardinality($4::uuid[])] AS shop_id,
         now() - interval '1 second' * (random() * 7776000)::int AS at
    FROM unnest($6::uuid[]) WITH ORDINALITY AS m (member_id, n)
), purchase AS (
  INSERT INTO orders.purchase (mall_id, id, group_id, number, member_id, state, currency, goods_minor, discount_minor,
                               payable_minor, explanation, placed_at, expires_at, paid_at)
  SELECT $1, id, $2, 'B' || substr(replace(id::text, '-', ''), 1, 24), member_id, 'paid', 'CNY', 25600, 0, 25600, '[]',
         at, at + interval '15 minutes', at
    FROM buyer
), sub_order AS (
  INSERT INTO orders.sub_order (mall_id, id, order_id, shop_id, merchant_id, shop_zh, shop_en, state, goods_minor,
                                discount_minor, payable_minor, paid_at, fulfilled_at)
  SELECT $1, sub, id, shop_id, $3, '店', 'Shop', 'fulfilled', 25600, 0, 25600, at, at FROM buyer
), line AS (
  INSERT INTO orders.line (mall_id, id, order_id, sub_order_id, position, variant_id, product_id, kind, sku, name_zh,
                           name_en, option_zh, option_en, quantity, unit_price_minor, unit_paid_minor,
                           unit_mall_funded_minor)
  SELECT $1, gen_random_uuid(), id, sub, position, ($5::uuid[])[1 + (n + position) % cardinality($5::uuid[])],
         gen_random_uuid(), 'physical', 'sku', '亚麻衬衫', 'Linen shirt', '均码', 'One size', 1, 12800, '{12800}', '{0}'
    FROM buyer, generate_series(0, 1) AS position
), intent AS (
  INSERT INTO payments.intent (mall_id, id, order_id, tender_id, member_id, amount_minor, currency, description,
                               provider, state, created_at, expires_at, ended_at)
  SELECT $1, gen_random_uuid(), id, id, member_id, 25600, 'CNY', 'B', 'sandbox', 'succeeded', at, at, at FROM buyer
  RETURNING id, created_at
), attempt AS (
  INSERT INTO payments.attempt (mall_id, id, intent_id, n, provider, scene, state, created_at, ended_at)
  SELECT $1, id, id, 1, 'sandbox', 'page', 'succeeded', created_at, created_at FROM intent
), award AS (
  INSERT INTO ledger.entry (id, group_id, mall_id, code, reference, at)
  SELECT id, $2, $1, 'orders.paid', id, at FROM buyer
)
INSERT INTO platform.journal (id, at, kind, actor_kind, actor_id, mall_id, input_hash, subject, events)
SELECT id, at, 'orders.place', 'member', member_id, $1, '', id::text, '[]' FROM buyer
"""


async def _measure(
    sides: list[tuple[Stage, seed.Mall, list[UUID]]],
) -> dict[str, tuple[list[float], list[float]]]:
    """Return the seconds of each operation on both sides, measured in turn so that both meet the same weather."""
    times: dict[str, tuple[list[float], list[float]]] = {n: ([], []) for n in ("claim", "checkout", "order list")}
    buyers = [await shoppers(made, mall, SAMPLES, start=5_000_000) for made, mall, _ in sides]
    for part in range(ROUNDS):
        for side, (made, mall, members) in enumerate(sides):
            tokens = [made.token(member, mall.group_id) for member in members]
            share = slice(part * SAMPLES // ROUNDS, (part + 1) * SAMPLES // ROUNDS)
            async with database(made.dsn) as connection:
                coupon = await seed.coupon(connection, mall, total=100_000)
            lists = [request("GET", f"/v1/malls/{mall.id}/me/orders", token) for token in tokens[share]]
            path = f"/v1/malls/{mall.id}/coupons/{coupon}/claims"
            claims = [request("POST", path, token, key=True) for token in tokens[share]]
            connection_ = await connect(made.port)
            for name, raws, status in (("order list", lists, 200), ("claim", claims, 201)):
                for raw in raws:
                    answer = await connection_.send(raw)
                    assert answer.status == status, answer
                    times[name][side].append(answer.seconds)
            for shopper in buyers[side][share]:
                started = time.perf_counter()
                await follow(connection_, buy(mall, shopper))
                times["checkout"][side].append(time.perf_counter() - started)
            connection_.close()
            await asyncio.sleep(0.2)
    return times


async def _counted(made: Stage, size: int) -> bool:
    """Return whether every seeded and every bought order is there and paid."""
    async with database(made.dsn) as connection:
        paid = await connection.fetchval("SELECT count(*) FROM orders.purchase WHERE state = 'paid'")
    return bool(paid == size + SAMPLES)
