"""Books are broken on purpose, one rule at a time and never for good: the doctor finds each break and names it."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar
from tests.factories.counter import code, redeem, tickets
from tests.factories.stories import Town, make_town, told

from galleria.doctor import examine, invariants
from galleria.main import MODULES
from galleria.platform import postgres

CHECKED = {"ledger", "stock", "coupons", "orders", "redemption", "returns", "payments", "checkout", "points"}

MALLS_ENTRY = "(SELECT id FROM ledger.entry WHERE mall_id = $1 AND code = 'orders.paid' LIMIT 1)"
MEMBERS_ACCOUNT = "owner_id IN (SELECT member_id FROM orders.purchase WHERE mall_id = $1) AND kind = 'member_points'"
MEMBERS_LOTS = f"account_id IN (SELECT id FROM ledger.account WHERE {MEMBERS_ACCOUNT})"
MISFILED = "UPDATE ledger.entry SET reference = gen_random_uuid() WHERE mall_id = $1 AND code = "

BREAKS = {
    "the ledger sums to zero for each asset": f"UPDATE ledger.posting SET amount = amount + 7 "
    f"WHERE entry_id = {MALLS_ENTRY} AND position = 0",
    "each entry has postings that sum to zero for each asset": f"DELETE FROM ledger.posting "
    f"WHERE entry_id = {MALLS_ENTRY}",
    "every posting has its account, of the same asset": f"UPDATE ledger.posting SET account_id = gen_random_uuid() "
    f"WHERE entry_id = {MALLS_ENTRY} AND position = 0",
    "a guarded balance is the sum of its postings": f"UPDATE ledger.account SET balance = balance + 1 "
    f"WHERE {MEMBERS_ACCOUNT}",
    "what remains of a lot is its quantity less its uses": f"UPDATE ledger.lot SET remaining = remaining - 1 "
    f"WHERE {MEMBERS_LOTS} AND remaining > 0",
    "the lots of an account add up to its balance": f"DELETE FROM ledger.lot WHERE {MEMBERS_LOTS}",
    "what an account and its lots hold is the sum of its pending holds": f"UPDATE ledger.account SET held = 1 "
    f"WHERE {MEMBERS_ACCOUNT}",
    "what came back of a debit is what was given back for it": f"UPDATE ledger.lot_use SET returned = returned + 1 "
    f"WHERE lot_id IN (SELECT id FROM ledger.lot WHERE {MEMBERS_LOTS})",
    "stock on hand is the sum of its movements": "UPDATE stock.level SET on_hand = on_hand + 1 WHERE mall_id = $1",
    "reserved stock is the sum of its held reservations": "UPDATE stock.reservation SET state = 'released' "
    "WHERE mall_id = $1 AND state = 'held'",
    "coupons count their claims": "UPDATE coupons.coupon SET claimed = claimed - 1 WHERE mall_id = $1",
    "no coupon is claimed beyond its total": "UPDATE coupons.coupon SET total = claimed - 1 WHERE mall_id = $1",
    "no member has more of a coupon than the limit": "UPDATE coupons.claim SET seq = seq + 1 WHERE mall_id = $1",
    "every claim has its coupon": "DELETE FROM coupons.coupon WHERE mall_id = $1",
    "every order is the sum of its shops' parts": "UPDATE orders.purchase SET goods_minor = goods_minor + 1 "
    "WHERE mall_id = $1",
    "every part of an order is the sum of its units": "UPDATE orders.line SET unit_paid_minor[1] = 1 "
    "WHERE mall_id = $1",
    "every unit's discount is borne by someone": "UPDATE orders.line SET shares = '[]' WHERE mall_id = $1",
    "every order's discount is its offers'": "UPDATE orders.applied SET discount_minor = discount_minor + 1 "
    "WHERE mall_id = $1",
    "every redeemed ticket has one standing redemption, every other none": "UPDATE redemption.ticket "
    "SET state = 'valid' WHERE mall_id = $1 AND state = 'redeemed'",
    "every voucher ticket says what its unit says": "UPDATE orders.line SET fulfilled_units = '{}' WHERE mall_id = $1",
    "every refund is the sum of its lines": "UPDATE returns.refund SET amount_minor = amount_minor + 1 "
    "WHERE mall_id = $1",
    "every unit given back has one refund": "UPDATE returns.refund_line SET units = units || units WHERE mall_id = $1",
    "every refund has its ledger entry": MISFILED + "'returns.refund'",
    "a payment's refunds sum to what it gave back": "DELETE FROM payments.refund WHERE mall_id = $1",
    "every refund paid out is in the ledger": MISFILED + "'payments.refunded'",
    "every paid order is in the ledger": MISFILED + "'orders.paid'",
    "every paid order was collected": "UPDATE payments.intent SET state = 'failed' WHERE mall_id = $1",
    "money for an unpaid order goes back": "UPDATE orders.purchase SET state = 'expired' WHERE mall_id = $1",
    "pending points are what pending awards keep": "UPDATE points.award SET kept = kept + 1 "
    "WHERE mall_id = $1 AND state = 'pending'",
    "what merchants issued is what awards keep": "UPDATE points.award SET kept = kept + 1 "
    "WHERE mall_id = $1 AND state = 'active'",
    "owed points are what the ledger says": "INSERT INTO points.debt SELECT DISTINCT member_id, group_id, 5 "
    "FROM orders.purchase WHERE mall_id = $1 ON CONFLICT (member_id) DO UPDATE SET owed = points.debt.owed + 5",
}
"""For each rule a statement that breaks it in the mall $1."""

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
        await town.rule()
        await town.bought(shopper, 1)
        await shopper.fill(1, 1)
        assert (await shopper.place()).status_code == 201
        await story.work()
        await story.sound()
        yield town


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


@pytest.mark.parametrize("rule", BREAKS)
async def test_a_break_is_found_and_named(town: Town, surgeon: Any, rule: str) -> None:
    operation = surgeon.transaction()
    await operation.start()
    try:
        await surgeon.execute(UNGUARD % ",".join(sorted(CHECKED)))
        assert await complaints(surgeon) == {}
        touched = await surgeon.execute(BREAKS[rule], town.mall.mall_id)
        assert not touched.endswith(" 0"), touched
        found = await complaints(surgeon)
    finally:
        await operation.rollback()
    assert rule in found, found
    assert all(NAMED.search(text) for text in found[rule]), found[rule]


def test_every_rule_of_value_is_broken_here() -> None:
    rules = {rule.name for module in MODULES if module.name in CHECKED for rule in module.invariants}
    assert rules == set(BREAKS)


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
