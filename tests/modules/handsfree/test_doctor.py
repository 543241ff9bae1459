"""Bags are put out of order on purpose, one rule at a time and never for good: the doctor finds each break."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from tests.factories.handsfree import Bags, make_bags

from galleria.onsite.handsfree.wiring import MODULE
from galleria.platform import postgres
from galleria.platform.runtime import Runtime

NAMED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BREAKS = {
    "every bag is where its last scan left it": "UPDATE handsfree.bag SET state = 'lost', shelf_id = NULL "
    "WHERE mall_id = $1 AND state = 'shelved'",
    "every chain of custody is whole": "DELETE FROM handsfree.scan WHERE mall_id = $1 AND move = 'take'",
    "shelves count the bags on them": "UPDATE handsfree.shelf SET used = used + 1 WHERE mall_id = $1",
    "every bag was handed out on a code of its own trip": "UPDATE handsfree.collection SET trip_id = gen_random_uuid() "
    "WHERE mall_id = $1",
    "every open trip has a bag": "UPDATE handsfree.bag SET trip_id = gen_random_uuid() WHERE mall_id = $1",
    "every proxy's code was accepted as often as it says": "UPDATE handsfree.proxy SET state = 'open', ended_at = NULL "
    "WHERE mall_id = $1",
    "every compensation paid into stored value is in the ledger": "UPDATE handsfree.claim "
    "SET decided_minor = decided_minor - 1 WHERE mall_id = $1",
    "every scan that does not fit was told to somebody": "DELETE FROM handsfree.exception WHERE mall_id = $1",
}


@pytest.fixture
async def bags(runtime: Runtime, client: httpx.AsyncClient) -> Bags:
    """A bag on its shelf, one handed to a proxy and paid for, and a scan that does not fit."""
    bags = await make_bags(runtime, client)
    await bags.shelved()
    label = await bags.shelved(1)
    trip = await bags.trip()
    proxy = await bags.got(bags.shopper, "POST", f"/me/trips/{trip['id']}/proxies", {"name": "李姐"})
    await bags.scan(bags.runner, "hand", label, hand_over_id=await bags.opened(code=proxy["code"]))
    await bags.send(bags.runner, bags.made("take", "nothing of ours", ago=5))
    path = f"/me/bags/{(await bags.bag(label))['id']}/claims"
    claim = await bags.got(bags.shopper, "POST", path, {"kind": "damaged", "words": "压坏了", "asked_minor": 900})
    await bags.got(bags.operator, "POST", f"/bag-claims/{claim['id']}/decide", {"amount_minor": 800, "words": "同意"})
    return bags


@pytest.fixture
async def surgeon(cluster: postgres.Embedded, dsn: str) -> AsyncIterator[Any]:
    """Connect as the superuser: only he gets past constraints."""
    name = urlsplit(dsn).path.removeprefix("/")
    connection = await asyncpg.connect(cluster.dsn_for(name, role=postgres.SUPERUSER))
    yield connection
    await connection.close()


def test_every_rule_is_broken_here() -> None:
    assert {rule.name for rule in MODULE.invariants} == set(BREAKS)


@pytest.mark.parametrize("rule", BREAKS)
async def test_a_break_is_found_and_named(bags: Bags, surgeon: Any, rule: str) -> None:
    check = next(invariant.sql for invariant in MODULE.invariants if invariant.name == rule)
    assert await surgeon.fetch(check) == []
    operation = surgeon.transaction()
    await operation.start()
    try:
        await surgeon.execute("SET LOCAL session_replication_role = replica")
        touched = await surgeon.execute(BREAKS[rule], bags.mall.mall_id)
        assert not touched.endswith(" 0"), touched
        found = [row[0] for row in await surgeon.fetch(check)]
    finally:
        await operation.rollback()
    assert found
    assert all(NAMED.search(text) for text in found), found
