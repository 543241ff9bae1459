"""`read`: the product page's API against a bare one-route Litestar + asyncpg server reading the same row."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench import seed
from bench.load import percentile, request, storm
from bench.rows import Row
from bench.stage import Stage, database, free_port, stage

CLIENTS = 32
REQUESTS = 20_000
ROUNDS = 3


async def run() -> list[Row]:
    async with stage() as made:
        async with database(made.dsn) as connection:
            mall = await seed.mall(connection)
        await made.serve()
        ids = [mall.product_ids[i % len(mall.product_ids)] for i in range(REQUESTS)]
        ours = [request("GET", f"/v1/malls/{mall.id}/products/{i}") for i in ids]
        bare = [request("GET", f"/product/{mall.id}/{i}") for i in ids]
        rates: list[tuple[float, float]] = []
        async with _bare(made) as port:
            await storm(made.port, ours[:2000], clients=CLIENTS)
            await storm(port, bare[:2000], clients=CLIENTS)
            for _ in range(ROUNDS):  # in turn, so that both meet the same weather
                theirs, their_seconds = await storm(port, bare, clients=CLIENTS)
                answers, seconds = await storm(made.port, ours, clients=CLIENTS)
                rates.append((len(ours) / seconds, len(theirs) / their_seconds))
        rate, floor = sorted(rates, key=lambda pair: pair[0] / pair[1])[ROUNDS // 2]
        right = all(a is not None and a.status == 200 for a in [*answers, *theirs]) and all(
            a is not None and a.json()["id"] == str(i) for a, i in zip(answers[:200], ids[:200], strict=True)
        )
        times = [a.seconds for a in answers if a is not None]
        return [
            Row(
                name="read: product page",
                rate_per_s=rate,
                floor_per_s=floor,
                ratio=rate / floor,
                p50_ms=percentile(times, 0.5),
                p99_ms=percentile(times, 0.99),
                statements=1,
                correct=right,
            )
        ]


@asynccontextmanager
async def _bare(made: Stage) -> AsyncIterator[int]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.bare"], env={**os.environ, "BENCH_DSN": made.dsn, "BENCH_PORT": str(port)}
    )
    try:
        for _ in range(100):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        yield port
    finally:
        server.terminate()
        server.wait(15)
