"""Books are broken on purpose, one rule at a time and never for good: the doctor finds each break and names it."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar
from tests.factories.checkout import Shopper
from tests.factories.counter import code, redeem, tickets
from tests.factories.festivals import make_festival
from tests.factories.launches import launched
from tests.factories.offers import make_offer, offer_terms
from tests.factories.pricing import enter_costs, live_rule
from tests.factories.stories import Town, make_town, told
from tests.factories.till import outcomes, scan
from tests.journeys.breaks import BREAKS
from tests.journeys.breaks_delivery import deliveries
from tests.journeys.breaks_fulfilment import shipments

from galleria.doctor import examine, invariants
from galleria.engagement import launch
from galleria.main import MODULES
from galleria.platform import postgres
from galleria.value import pricing, promotions

RULES = {rule: statement for rules in BREAKS.values() for rule, statement in rules.items()}

NAMED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|order [0-9]{6}-|asset [A-Z]{3} ")
"""What a complaint is about: the id of a row, the number of an order, or an asset."""

UNGUARD = """
DO $$ DECLARE c record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR c IN SELECT conrelid::regclass AS at, conname FROM pg_constraint
            WHERE contype = 'c' AND connamespace::regnamespace::text = ANY ('{%s}') LOOP
    EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.at, c.conname);
  END LOOP;
END $$
"""


@pytest.fixture(scope="module")
async def town(stage: Litestar, stories_dsn: str) -> AsyncIterator[Town]:
    """Make a mall in which there is some of everything that can be broken."""
    async with told(stage, stories_dsn) as story:
        town = await make_town(story)
        await town.rule(posts="at_once")
        await _an_offer(town)
        shopper = await story.shopper(town.mall, town.goods)
        claim_id = await town.claim(shopper, await town.coupon())
        order = await town.bought(shopper, 2, 2, claim_id=claim_id)
        await town.claim(shopper, await town.coupon(points_price=50))
        voucher = next(ticket for ticket in await tickets(shopper) if ticket["kind"] == "voucher")
        used = await redeem(shopper, await town.clerk(2), code(voucher, at=story.clock.now), shop=2)
        assert used.status_code == 201, used.text
        goods = order["sub_orders"][0]["lines"][0]["id"]
        path, body = f"/me/orders/{order['id']}/refunds", {"lines": [{"line_id": goods, "count": 1}]}
        assert (await shopper.post(path, body)).status_code == 201
        await _at_a_till(town, shopper)
        await _to_friends(town, shopper)
        await _a_visit(town, shopper)
        await town.rule()
        await town.bought(shopper, 1)
        await shopper.fill(1, 1)
        assert (await shopper.place()).status_code == 201
        await _stored_value(town, shopper)
        await make_festival(story.runtime, town.mall)
        await _online_prices(town)
        await deliveries(story.runtime, shopper.client, town.mall)
        await shipments(story.runtime, town.mall, shopper.member, order)
        await story.work()
        await story.sound()
        yield town


async def _an_offer(town: Town) -> None:
    """Launch an offer that may be used a hundred times."""
    terms = offer_terms(limits=promotions.Limits(total=100))
    offer = await make_offer(town.story.runtime, town.mall.mall_id, terms, live=False)
    review = await launched(town.story.runtime, town.mall.mall_id, offer.id)
    assert review.state is launch.ReviewState.APPROVED


async def _stored_value(town: Town, shopper: Shopper) -> None:
    """Put money into stored value, and set some of it aside for an order that waits."""
    path = f"/members/{shopper.member_id}/wallet/credits"
    credited = await town.staff(town.operator, "POST", path, {"amount_minor": 10_000})
    assert credited.status_code == 201, credited.text
    await shopper.fill(1, 0)
    placed = await shopper.place(stored_value_minor=1000)
    assert placed.status_code == 201, placed.text


async def _at_a_till(town: Town, shopper: Shopper) -> None:
    """Spend a coupon that has a budget and a limit by shop: once at a till, once at one without a network."""
    till, at = await town.clerk(0), town.story.clock.now
    coupon = await town.coupon(per_member=2, per_shop=5, budget_minor=100_000)
    for online in (True, False):
        claim_id = await town.claim(shopper, coupon)
        shown = code((await shopper.post(f"/me/coupons/{claim_id}/ticket")).json(), at=at)
        if online:
            used = await redeem(shopper, till, shown, bill_minor=20000)
            assert used.status_code == 201, used.text
        else:
            assert await outcomes(shopper, till, scan(shopper, shown, at, bill_minor=20000)) == ["accepted"]


async def _to_friends(town: Town, shopper: Shopper) -> None:
    """Give a coupon out of a pool to a friend, who gets another by a code of a batch."""
    friend = await town.story.shopper(town.mall, town.goods)
    claim_id = await town.claim(shopper, await town.coupon(transferable=True, pools=[{"total": 50}]))
    offered = await shopper.post(f"/me/coupons/{claim_id}/transfer")
    taken = await friend.post(f"/me/coupons/transfers/{offered.json()['token']}")
    assert taken.status_code == 201, taken.text
    path = f"/coupons/{await town.coupon(issue_by=['code'])}/code-batches"
    batch = await town.staff(town.operator, "POST", path, {"count": 3})
    await town.story.work()
    file = await town.staff(town.operator, "GET", f"{path}/{batch.json()['id']}/file")
    got = await friend.post("/me/coupons/codes", {"code": file.text.split("\r\n")[1].split(",")[1]})
    assert got.status_code == 201, got.text


async def _a_visit(town: Town, shopper: Shopper) -> None:
    """Give points for coming."""
    ladder = {"active": True, "rungs": [{"day": 1, "points": 5}]}
    assert (await town.staff(town.operator, "PUT", "/check-in-ladder", ladder)).status_code == 200
    came = await shopper.post("/me/check-in")
    assert came.status_code == 201, came.text


async def _online_prices(town: Town) -> None:
    """Sell a shop's goods cheaper online, above their floor."""
    runtime, variant = town.story.runtime, town.goods[0].variants[0]
    await enter_costs(runtime, town.mall, 0, pricing.CostInput(variant_id=variant.id, floor_minor=1000))
    await live_rule(runtime, town.mall)


@pytest.fixture(scope="module")
async def surgeon(cluster: postgres.Embedded, stories: str) -> AsyncIterator[Any]:
    """Connect as the superuser: only he gets past triggers and constraints."""
    connection = await asyncpg.connect(cluster.dsn_for(stories, role=postgres.SUPERUSER))
    yield connection
    await connection.close()


async def complaints(connection: Any) -> dict[str, list[str]]:
    """Return what each rule finds wrong on a connection, inside its transaction."""
    found = {rule.name: [row[0] for row in await connection.fetch(rule.sql)] for rule in invariants()}
    return {name: texts for name, texts in found.items() if texts}


@pytest.mark.parametrize("rule", RULES)
async def test_a_break_is_found_and_named(town: Town, surgeon: Any, rule: str) -> None:
    operation = surgeon.transaction()
    await operation.start()
    try:
        await surgeon.execute(UNGUARD % ",".join(sorted(BREAKS)))
        assert await complaints(surgeon) == {}
        touched = await surgeon.execute(RULES[rule], town.mall.mall_id)
        assert not touched.endswith(" 0"), touched
        found = await complaints(surgeon)
    finally:
        await operation.rollback()
    assert rule in found, found
    assert all(NAMED.search(text) for text in found[rule]), found[rule]


def test_every_rule_of_value_is_broken_here() -> None:
    rules = {module.name: {rule.name for rule in module.invariants} for module in MODULES if module.name in BREAKS}
    assert rules == {module: set(broken) for module, broken in BREAKS.items()}


async def test_a_break_that_is_there_is_told(cluster: postgres.Embedded, new_database: Callable[[str], str]) -> None:
    """Unlike above the break is committed, in a database of its own, and the doctor called as people call it."""
    name = new_database("broken")
    assert [finding for finding in await examine(cluster.dsn_for(name)) if finding.problems] == []
    connection = await asyncpg.connect(cluster.dsn_for(name, role=postgres.SUPERUSER))
    await connection.execute("SET session_replication_role = replica")
    nobody = UUID(int=9)
    await connection.execute(
        "INSERT INTO ledger.posting (entry_id, position, account_id, asset, amount) VALUES ($1, 0, $1, 'CNY', 5)",
        nobody,
    )
    await connection.close()
    told_of = {f.check: f.problems for f in await examine(cluster.dsn_for(name)) if f.problems}
    assert told_of == {
        "the ledger sums to zero for each asset": ["asset CNY sums to 5"],
        "every posting has its account, of the same asset": [f"entry {nobody} posts to {nobody}"],
    }
