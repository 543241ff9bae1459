"""`offers_http`: offers over HTTP with 1,000 of them live and a million live coupons in the database, 16 clients.

Voucherify publishes 100 ms for evaluating and 170 ms for redeeming.
"""

import time
from random import Random

from bench import shelf, till
from bench.load import percentile, request, storm
from bench.rows import Row
from bench.stage import Stage, database, stage

CLIENTS = 16
EVALUATIONS = 6_000
WARM_UP = 500
LINES = 5


async def run() -> list[Row]:
    async with stage() as made:
        started = time.perf_counter()
        async with database(made.dsn) as connection:
            filled = await shelf.fill(connection)
        print(
            f"  {shelf.OFFERS:,} live offers and {shelf.CLAIMS:,} live coupons in {time.perf_counter() - started:.0f} s"
        )
        await made.serve()
        return [await _evaluate(made, filled), await till.redeem(made, filled.mall)]


async def _evaluate(made: Stage, filled: shelf.Shelf) -> Row:
    """Price baskets of five lines from a few shops, each for another member who holds five coupons."""
    requests = evaluations(made, filled, WARM_UP + EVALUATIONS)
    await storm(made.port, requests[:WARM_UP], clients=CLIENTS)
    before = made.cpu_seconds()
    answers, seconds = await storm(made.port, requests[WARM_UP:], clients=CLIENTS)
    spent = made.cpu_seconds() - before
    got = [answer for answer in answers if answer is not None and answer.status == 200]
    bodies = [answer.json() for answer in got[:500]]
    applied = sum(one["applied"] for body in bodies for one in body["offers"]) / len(bodies)
    print(
        f"  evaluate: {1000 * spent / len(got):.2f} ms of CPU a request in the server's processes, "
        f"{sum(len(a.body) for a in got) / len(got):,.0f} bytes an answer, {applied:.1f} offers applied"
    )
    right = len(got) == EVALUATIONS and all(_adds_up(body) for body in bodies)
    times = [answer.seconds for answer in got]
    return Row(
        name="offers: evaluate a basket",
        rate_per_s=len(got) / seconds,
        p50_ms=percentile(times, 0.5),
        p99_ms=percentile(times, 0.99),
        correct=right and applied >= 1 and percentile(times, 0.5) < 15,
    )


def evaluations(made: Stage, filled: shelf.Shelf, count: int) -> list[bytes]:
    """Return requests of baskets as people have them: five goods of three shops, two of each."""
    rng, path, mall = Random(11), f"/v1/malls/{filled.mall.id}/offers/evaluate", filled.mall
    requests = []
    for i in range(count):
        shops = rng.sample(range(shelf.SHOPS), 3)
        goods = {shops[n % 3] + shelf.SHOPS * rng.randrange(shelf.GOODS // shelf.SHOPS) for n in range(LINES)}
        lines = [{"variant_id": mall.variant_ids[good], "quantity": 2} for good in sorted(goods)]
        token = made.token(filled.members[i % len(filled.members)], mall.group_id)
        requests.append(request("POST", path, token, {"lines": lines}))
    return requests


def _adds_up(body: dict[str, int]) -> bool:
    lines: list[dict[str, int]] = body["lines"]  # type: ignore[assignment]
    return (
        body["goods_minor"] - body["discount_minor"] == body["payable_minor"]
        and sum(line["payable_minor"] for line in lines) == body["payable_minor"]
    )
