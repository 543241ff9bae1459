"""A small demo mall in a database of its own: it obeys every invariant, reaches this minute, and is loaded once."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from galleria.demo import loader
from galleria.demo.panel import SHOPPER_PHONE, TIME_ZONE
from galleria.doctor import examine
from galleria.kernel.periods import business_date, business_day
from galleria.platform import postgres
from galleria.platform.auth.passwords import password_matches
from galleria.platform.settings import Settings

NOW = datetime(2026, 3, 14, 8, 30, tzinfo=UTC)  # half past four on a Saturday afternoon in the mall
TODAY = business_date(NOW, TIME_ZONE)
SIZE = loader.Size(members=300, orders=1200, days=60)


async def fill(dsn: str, folder: Path, size: loader.Size = SIZE) -> bool:
    settings = Settings(data_dir=folder, sandbox=True)
    return await loader.load(dsn, settings, today=TODAY, now=NOW, on_progress=lambda _: None, size=size)


@pytest.fixture(scope="module")
def mall(
    cluster: postgres.Embedded, dsn: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a database with the small demo mall in it; without pictures, which take their time."""
    name = f"demo_{worker_id}"
    postgres.createdb(cluster, name, template="template")
    dsn = cluster.dsn_for(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("galleria.demo.loading.gallery.available", lambda: False)
        assert asyncio.run(fill(dsn, tmp_path_factory.mktemp("demo")))
        yield dsn


@pytest.fixture
async def connection(mall: str) -> "asyncpg.Connection[asyncpg.Record]":
    opened = await asyncpg.connect(mall)
    yield opened  # type: ignore[misc]
    await opened.close()


async def test_every_invariant_holds(mall: str) -> None:
    findings = await examine(mall)
    assert len(findings) > 25
    assert [finding for finding in findings if finding.problems] == []


async def test_a_second_load_changes_nothing(mall: str, tmp_path: Path, connection: asyncpg.Connection) -> None:
    before = await connection.fetchval("SELECT count(*) FROM orders.purchase")
    assert await fill(mall, tmp_path) is False
    assert await connection.fetchval("SELECT count(*) FROM orders.purchase") == before


async def test_today_is_alive_and_nothing_lies_ahead(connection: asyncpg.Connection) -> None:
    day = business_day(TODAY, TIME_ZONE).starts_at
    for table, column in (
        ("orders.purchase", "placed_at"),
        ("orders.purchase", "paid_at"),
        ("coupons.claim", "claimed_at"),
        ("redemption.redemption", "at"),
        ("ledger.entry", "at"),
        ("stock.movement", "at"),
        ("platform.journal", "at"),
        ("members.member", "created_at"),
    ):
        latest = await connection.fetchval(f"SELECT max({column}) FROM {table}")
        assert latest <= NOW, table
        if table != "members.member":
            assert latest >= day, table
    oldest = await connection.fetchval("SELECT min(placed_at) FROM orders.purchase")
    assert oldest < NOW - timedelta(days=SIZE.days - 3)


async def test_some_orders_wait_for_payment_and_will_expire(connection: asyncpg.Connection) -> None:
    waiting = await connection.fetch("SELECT expires_at FROM orders.purchase WHERE state = 'pending_payment'")
    assert waiting
    assert all(row[0] > NOW for row in waiting)
    held = await connection.fetchval("SELECT count(DISTINCT order_id) FROM stock.reservation WHERE state = 'held'")
    assert held == len(waiting)


async def test_nothing_happens_before_its_cause(connection: asyncpg.Connection) -> None:
    for wrong in (
        "SELECT count(*) FROM orders.purchase WHERE paid_at < placed_at OR ended_at < placed_at",
        "SELECT count(*) FROM orders.sub_order WHERE ready_at < paid_at OR fulfilled_at < ready_at",
        (
            "SELECT count(*) FROM orders.purchase p JOIN members.member m ON m.id = p.member_id "
            "WHERE m.created_at > p.placed_at"
        ),
        (
            "SELECT count(*) FROM coupons.claim c JOIN members.member m ON m.id = c.member_id "
            "WHERE m.created_at > c.claimed_at"
        ),
        "SELECT count(*) FROM coupons.claim WHERE used_at < claimed_at",
        (
            "SELECT count(*) FROM redemption.redemption r JOIN redemption.ticket t ON t.id = r.ticket_id "
            "WHERE r.at < t.created_at OR r.at > t.valid_until"
        ),
        "SELECT count(*) FROM returns.refund r JOIN orders.purchase p ON p.id = r.order_id WHERE r.at < p.paid_at",
    ):
        assert await connection.fetchval(wrong) == 0, wrong


async def test_the_shopper_has_something_on_every_page(connection: asyncpg.Connection) -> None:
    member = await connection.fetchval("SELECT id FROM members.member WHERE phone = $1", SHOPPER_PHONE)
    tickets = await connection.fetch(
        "SELECT kind, shop_id FROM redemption.ticket WHERE member_id = $1 AND state = 'valid'", member
    )
    assert sorted(row["kind"] for row in tickets) == ["pickup", "voucher", "voucher"]
    clerks = await connection.fetch(
        "SELECT g.shop_id FROM platform.staff_grant g JOIN staff.account a ON a.id = g.staff_id "
        "WHERE a.login LIKE 'clerk-%'"
    )
    assert {row["shop_id"] for row in tickets} <= {row["shop_id"] for row in clerks}
    claims = "SELECT count(*) FROM coupons.claim WHERE member_id = $1 AND state = 'issued'"
    assert await connection.fetchval(claims, member) >= 4
    carts = "SELECT count(DISTINCT v.shop_id) FROM carts.line c JOIN catalog.variant v ON v.id = c.variant_id"
    assert await connection.fetchval(carts) == 2
    balances = await connection.fetch("SELECT kind, balance FROM ledger.account WHERE owner_id = $1", member)
    points = {row["kind"]: row["balance"] for row in balances}
    assert points["member_points"] > 0
    assert points["member_points_pending"] > 0
    assert await connection.fetchval("SELECT count(*) FROM orders.purchase WHERE member_id = $1", member) >= 6


async def test_staff_sign_in_with_the_password_on_the_panel(connection: asyncpg.Connection) -> None:
    hashed = await connection.fetchval("SELECT password_hash FROM staff.account WHERE login = 'operator'")
    assert await password_matches("galleria-demo", hashed)


async def test_goods_are_found_by_words_of_both_languages(connection: asyncpg.Connection) -> None:
    for words in ("咖啡", "coffee"):
        query = words if words.isascii() else " & ".join([words[:2]])
        found = "SELECT count(*) FROM catalog.product WHERE search @@ to_tsquery('english', $1)"
        plain = "SELECT count(*) FROM catalog.product WHERE search @@ $1::tsquery"
        assert await connection.fetchval(found if words.isascii() else plain, query) > 0


async def test_today_is_alive_before_dawn_too(
    cluster: postgres.Embedded, mall: str, worker_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galleria.demo.loading.gallery.available", lambda: False)
    name = f"demo_dawn_{worker_id}"
    postgres.createdb(cluster, name, template="template")
    dawn = business_day(TODAY, TIME_ZONE).starts_at + timedelta(hours=4)
    settings = Settings(data_dir=tmp_path, sandbox=True)
    dsn = cluster.dsn_for(name)
    await loader.load(dsn, settings, today=TODAY, now=dawn, on_progress=lambda _: None, size=SIZE)
    opened = await asyncpg.connect(dsn)
    since = dawn - timedelta(hours=4)
    for table, column, least in (("orders.purchase", "paid_at", 5), ("redemption.redemption", "at", 2)):
        found = await opened.fetchval(f"SELECT count(*) FROM {table} WHERE {column} BETWEEN $1 AND $2", since, dawn)
        assert found >= least, table
    await opened.close()
    assert [finding for finding in await examine(dsn) if finding.problems] == []


async def test_the_same_day_makes_the_same_mall(
    cluster: postgres.Embedded, mall: str, worker_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galleria.demo.loading.gallery.available", lambda: False)
    sums = []
    for copy in range(2):
        name = f"demo_twin_{worker_id}_{copy}"
        postgres.createdb(cluster, name, template="template")
        assert await fill(cluster.dsn_for(name), tmp_path, loader.Size(members=60, orders=100, days=20))
        opened = await asyncpg.connect(cluster.dsn_for(name))
        sums.append(
            await opened.fetchval("SELECT md5(string_agg(id::text || number, ',' ORDER BY id)) FROM orders.purchase")
        )
        await opened.close()
    assert sums[0] == sums[1]
