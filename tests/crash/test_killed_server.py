"""The server is killed at random points in a stream of purchases and refunds.

Restarted, nothing is wrong, every answered request is there, and every unanswered one can be sent again with its key
to one effect: each shopper ends with exactly one order.
"""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from bench import seed
from bench.journey import Journey, Shopper, buy, give_back, shoppers
from bench.load import Connection, connect
from bench.stage import Stage, database, stage

pytestmark = [pytest.mark.crash, pytest.mark.timeout(240)]

CLIENTS = 8
SHOPPERS = 240
KILLS = 4


@pytest.fixture
async def made() -> AsyncIterator[Stage]:
    async with stage() as made:
        yield made


class Client:
    """One client whose connection may break: it waits for the server to come back and sends the same bytes again."""

    def __init__(self, made: Stage, serving: asyncio.Event) -> None:
        self.made, self.serving = made, serving
        self.resent = 0

    async def follow(self, journey: Journey) -> None:
        connection: Connection | None = None
        raw = next(journey)
        while True:
            await self.serving.wait()
            try:
                connection = connection or await connect(self.made.port)
                answer = await asyncio.wait_for(connection.send(raw), 30)
            except (ConnectionError, OSError):
                self.resent += connection is not None
                connection = None
                await asyncio.sleep(0.01)
                continue
            try:
                raw = journey.send(answer)
            except StopIteration:
                connection.close()
                return


def story(mall: seed.Mall, shopper: Shopper, *, refunds: bool) -> Journey:
    order_id = yield from buy(mall, shopper)
    return (yield from give_back(mall, shopper, order_id)) if refunds else order_id


async def shop(client: Client, mall: seed.Mall, buyers: list[Shopper]) -> None:
    for i, shopper in enumerate(buyers):
        await client.follow(story(mall, shopper, refunds=i % 3 == 0))


async def kill_at_random(made: Stage, serving: asyncio.Event, shopping: "asyncio.Future[list[None]]") -> int:
    rng, kills = random.Random(), 0
    while not shopping.done() and kills < KILLS:
        await asyncio.sleep(rng.uniform(0.4, 1.6))
        if shopping.done():
            break
        serving.clear()
        made.kill()
        kills += 1
        await made.serve()
        serving.set()
    return kills


async def test_a_killed_server_loses_nothing_and_doubles_nothing(made: Stage) -> None:
    async with database(made.dsn) as connection:
        mall = await seed.mall(connection)
    buyers = await shoppers(made, mall, SHOPPERS)
    await made.serve()
    serving = asyncio.Event()
    serving.set()
    clients = [Client(made, serving) for _ in range(CLIENTS)]
    shopping = asyncio.gather(*(shop(c, mall, buyers[i::CLIENTS]) for i, c in enumerate(clients)))
    kills = await kill_at_random(made, serving, shopping)
    await shopping
    assert kills > 0
    assert sum(client.resent for client in clients) > 0, "no request was under way when the server was killed"
    async with database(made.dsn) as connection:
        counts = await connection.fetchrow(
            """SELECT count(*) AS orders, count(DISTINCT member_id) AS buyers,
                      count(*) FILTER (WHERE state = 'paid') AS paid,
                      count(*) FILTER (WHERE refunded_minor = payable_minor) AS refunded
                 FROM orders.purchase WHERE mall_id = $1""",
            mall.id,
        )
        intents = await connection.fetchval("SELECT count(*) FROM payments.intent WHERE state = 'succeeded'")
        charges = await connection.fetchval("SELECT count(*) FROM sandbox.charge WHERE state = 'paid'")
    refunds = sum(1 for i in range(CLIENTS) for j in range(len(buyers[i::CLIENTS])) if j % 3 == 0)
    assert dict(counts) == {"orders": SHOPPERS, "buyers": SHOPPERS, "paid": SHOPPERS, "refunded": refunds}
    assert (intents, charges) == (SHOPPERS, SHOPPERS)
    assert await made.healthy()
