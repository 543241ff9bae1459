"""`checkout`: a cart of two lines from two shops with a coupon, to paid and rewarded in the sandbox.

The floor is pgbench doing the least a checkout can: one transaction of six statements. Measured elsewhere on such a
machine with the same journey and 32 clients: django-oscar 5.5 a second and 237 statements, Vendure 4.5 and 316,
Medusa 1.1 and 568.
"""

import asyncio
import time
from collections.abc import Iterator

from bench import seed
from bench.floor import pgbench
from bench.journey import Shopper, buy, follow, shoppers
from bench.load import Connection, connect, percentile
from bench.rows import Row
from bench.stage import Stage, database, stage

CLIENTS = 32
JOURNEYS = 3000
WARM_UP = 300

FLOOR_TABLES = """
CREATE TABLE bench_stock (id int PRIMARY KEY, on_hand int NOT NULL, reserved int NOT NULL);
CREATE TABLE bench_order (id uuid PRIMARY KEY, member_id uuid NOT NULL, total bigint NOT NULL);
CREATE TABLE bench_line (order_id uuid NOT NULL, position int NOT NULL, variant int, PRIMARY KEY (order_id, position));
CREATE TABLE bench_claim (id int PRIMARY KEY, used int NOT NULL);
CREATE TABLE bench_posting (id uuid PRIMARY KEY, amount bigint NOT NULL);
INSERT INTO bench_stock SELECT n, 2000000000, 0 FROM generate_series(1, 200) n;
INSERT INTO bench_claim SELECT n, 0 FROM generate_series(1, 100000) n;
"""
FLOOR = """
\\set a random(1, 100)
\\set b random(101, 200)
\\set c random(1, 100000)
BEGIN;
UPDATE bench_stock SET on_hand = on_hand - 1 WHERE id = :a AND on_hand > 0;
UPDATE bench_stock SET on_hand = on_hand - 1 WHERE id = :b AND on_hand > 0;
WITH o AS (INSERT INTO bench_order VALUES (gen_random_uuid(), gen_random_uuid(), 24600) RETURNING id)
  INSERT INTO bench_line SELECT id, n, n FROM o, generate_series(1, 2) n;
UPDATE bench_claim SET used = used + 1 WHERE id = :c;
INSERT INTO bench_posting VALUES (gen_random_uuid(), 24600);
INSERT INTO bench_posting VALUES (gen_random_uuid(), -24600);
COMMIT;
"""


async def run() -> list[Row]:
    async with stage() as made:
        async with database(made.dsn) as connection:
            mall = await seed.mall(connection)
            await connection.execute(FLOOR_TABLES)
            buyers = await shoppers(made, mall, WARM_UP + JOURNEYS + 1)
        floor = await pgbench(made, FLOOR, clients=32)
        await made.serve()
        await buy_all(made, mall, buyers[:WARM_UP])
        await made.settle()
        times, seconds = await buy_all(made, mall, buyers[WARM_UP:-1])
        statements = await count_statements(made, mall, buyers[-1])
        done = len(buyers)
        right = await _settled(made, mall, done) and await made.healthy()
        return [
            Row(
                name="checkout: journeys a second",
                rate_per_s=len(times) / seconds,
                floor_per_s=floor,
                ratio=len(times) / seconds / floor,
                p50_ms=percentile(times, 0.5),
                p99_ms=percentile(times, 0.99),
                statements=statements,
                correct=right and len(times) == JOURNEYS,
            )
        ]


async def buy_all(made: Stage, mall: seed.Mall, buyers: list[Shopper]) -> tuple[list[float], float]:
    """Let every shopper go through the journey once, 32 at a time; return each one's seconds, and those of all."""
    connections = [await connect(made.port) for _ in range(CLIENTS)]
    queue, times = iter(buyers), list[float]()
    started = time.perf_counter()
    await asyncio.gather(*(_drive(c, mall, queue, times) for c in connections))
    seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return times, seconds


async def _drive(connection: Connection, mall: seed.Mall, queue: Iterator[Shopper], times: list[float]) -> None:
    for shopper in queue:
        started = time.perf_counter()
        await follow(connection, buy(mall, shopper))
        times.append(time.perf_counter() - started)


async def count_statements(made: Stage, mall: seed.Mall, shopper: Shopper) -> int:
    """Count, in PostgreSQL's own log, every statement of one journey, BEGIN and COMMIT included.

    The worker's statements are not the journey's: it connects under another name.
    """
    marker = f"bench-{time.time_ns()}"
    async with database(made.embedded.superuser_dsn) as admin:
        await admin.execute("ALTER SYSTEM SET log_statement = 'all'")
        await admin.execute("ALTER SYSTEM SET log_line_prefix = '%a|'")
        await admin.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(1)
        await admin.execute(f"SELECT '{marker}-from'")
        connection = await connect(made.port)
        await follow(connection, buy(mall, shopper))
        connection.close()
        await admin.execute(f"SELECT '{marker}-to'")
        await admin.execute("ALTER SYSTEM RESET log_statement")
        await admin.execute("SELECT pg_reload_conf()")
    text = "".join(path.read_text(errors="replace") for path in sorted(made.embedded.data_dir.glob("cluster/log*/*")))
    journey = text.split(f"{marker}-from", 1)[1].split(f"{marker}-to", 1)[0]
    return sum(line.startswith("galleria-web|") and "LOG:" in line for line in journey.splitlines())


async def _settled(made: Stage, mall: seed.Mall, journeys: int) -> bool:
    """Return whether every journey ended paid, its goods taken, its coupon used and its points awarded."""
    async with database(made.dsn) as connection:
        row = await connection.fetchrow(
            """SELECT (SELECT count(*) FROM orders.purchase WHERE mall_id = $1 AND state = 'paid') AS paid,
                      (SELECT count(*) FROM coupons.claim WHERE mall_id = $1 AND state = 'used') AS used,
                      (SELECT count(*) FROM stock.reservation WHERE mall_id = $1 AND state = 'taken') AS taken,
                      (SELECT count(*) FROM points.award WHERE mall_id = $1) AS awards""",
            mall.id,
        )
    assert row is not None
    print(f"  {dict(row)}")
    return bool(row["paid"] == row["used"] == journeys and row["taken"] == row["awards"] == 2 * journeys)
