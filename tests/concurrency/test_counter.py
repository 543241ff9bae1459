"""One ticket, several clerks; and a refund against a redemption. Each with the twin that shows the race."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper, violations
from tests.factories.counter import clerk, code, redeem, tickets
from tests.factories.malls import make_mall
from tests.factories.members import make_staff
from tests.factories.overlap import Operation, overlap, write
from tests.factories.twins import twins

from galleria.commerce import redemption, returns
from galleria.commerce.orders.store import moving as order_store
from galleria.commerce.redemption.store import ticket as store
from galleria.foundation import catalog
from galleria.kernel.ids import LineId, OrderId, new_id
from galleria.platform.actors import Actor, ActorKind
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

ROUNDS = 6


async def with_voucher(runtime: Runtime, client: httpx.AsyncClient) -> tuple[Shopper, dict[str, Any], dict[str, Any]]:
    """Return a shopper with one voucher of the first shop, its ticket and its order."""
    mall = await make_mall(runtime)
    goods = [await make_product(runtime, mall, mall.shop_ids[0], price_minor=3000, kind=catalog.Kind.VOUCHER)]
    shopper = await make_shopper(runtime, client, mall=mall, goods=goods)
    order = await shopper.paid(1)
    [ticket] = await tickets(shopper)
    return shopper, ticket, order


async def test_one_ticket_scanned_by_several_clerks_is_used_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper, ticket, _ = await with_voucher(runtime, client)
        clerks = [await clerk(runtime, shopper.mall) for _ in range(4)]
        answers = await asyncio.gather(*(redeem(shopper, c, code(ticket)) for c in clerks))
        assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
        refused = [a.json() for a in answers if a.status_code == 409]
        assert {r["code"] for r in refused} == {"already_redeemed"}
        assert {r["params"]["shop_zh"] for r in refused} == {"1号店"}
    assert await violations(runtime) == []


async def test_one_coupon_shown_to_several_clerks_is_used_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper = await make_shopper(runtime, client)
        claim_id = await shopper.claim()
        ticket = (await shopper.post(f"/me/coupons/{claim_id}/ticket")).json()
        clerks = [await clerk(runtime, shopper.mall) for _ in range(3)]
        answers = await asyncio.gather(*(redeem(shopper, c, code(ticket), bill_minor=20000) for c in clerks))
        assert sorted(a.status_code for a in answers) == [201, 409, 409]
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"already_redeemed"}
    assert await violations(runtime) == []


async def test_two_first_asks_for_a_coupons_ticket_make_one(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper = await make_shopper(runtime, client)
        claim_id = await shopper.claim()
        answers = await asyncio.gather(*(shopper.post(f"/me/coupons/{claim_id}/ticket") for _ in range(4)))
        assert {a.status_code for a in answers} == {200}
        assert len({a.json()["id"] for a in answers}) == 1


async def test_the_last_two_units_scanned_at_once_fulfil_the_order(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        mall = await make_mall(runtime)
        goods = [await make_product(runtime, mall, mall.shop_ids[0], kind=catalog.Kind.VOUCHER)]
        shopper = await make_shopper(runtime, client, mall=mall, goods=goods)
        order = await shopper.paid(2)
        both = await tickets(shopper)
        clerks = [await clerk(runtime, mall) for _ in both]
        answers = await asyncio.gather(*(redeem(shopper, c, code(t)) for c, t in zip(clerks, both, strict=True)))
        assert [a.status_code for a in answers] == [201, 201]
        assert [p["state"] for p in (await shopper.order(order["id"]))["sub_orders"]] == ["fulfilled"]


async def test_a_refund_and_a_redemption_at_once_have_one_winner(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper, ticket, order = await with_voucher(runtime, client)
        staff = await clerk(runtime, shopper.mall)
        used, refunded = await asyncio.gather(
            redeem(shopper, staff, code(ticket)),
            shopper.post(f"/me/orders/{order['id']}/refunds", {"everything": True}),
        )
        assert sorted([used.status_code, refunded.status_code]) == [201, 409], (used.text, refunded.text)
        after = await shopper.order(order["id"])
        assert after["refunded_minor"] == (3000 if refunded.status_code == 201 else 0)
    assert await violations(runtime) == []


async def _use(runtime: Runtime, sql: str, shopper: Shopper, ticket: dict[str, Any], turn: asyncio.Barrier) -> None:
    """Look, as a careless program would, and then use the ticket because it looked valid."""
    async with runtime.db.pool.acquire() as connection, connection.transaction():
        state = await connection.fetchval("SELECT state FROM twin.ticket WHERE id = $1", ticket["id"])
        await turn.wait()
        if state == "valid":
            shop = shopper.mall.shop_ids[0]
            await connection.execute(
                sql, shopper.mall.mall_id, new_id(), ticket["id"], shop, shopper.mall.merchant_ids[0], "1号店",
                "Shop 1", new_id(), "王店员", datetime.now(UTC), None, None, "[]",
            )  # fmt: skip


@pytest.mark.parametrize(("guard", "uses"), [("", 2), ("AND state = 'valid'", 1)])
async def test_without_the_condition_the_race_is_there(
    runtime: Runtime, client: httpx.AsyncClient, guard: str, uses: int
) -> None:
    shopper, ticket, _ = await with_voucher(runtime, client)
    sql = store.REDEEM.replace("redemption.redemption", "twin.redemption").replace("redemption.ticket", "twin.ticket")
    assert "AND state = 'valid'" in sql
    sql = sql.replace("AND state = 'valid'", guard)
    turn = asyncio.Barrier(2)
    async with twins(runtime, "redemption.ticket", "redemption.redemption"):
        await asyncio.gather(*(_use(runtime, sql, shopper, ticket, turn) for _ in range(2)))
        async with runtime.db.read() as tx:
            made = await tx.value("SELECT count(*) FROM twin.redemption WHERE ticket_id = $1::uuid", ticket["id"])
    assert made == uses


async def test_the_index_holds_where_the_condition_is_forgotten(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, ticket, _ = await with_voucher(runtime, client)
    assert (await redeem(shopper, await clerk(runtime, shopper.mall), code(ticket))).status_code == 201
    careless = store.REDEEM.replace("AND state = 'valid'", "")
    async with runtime.db.pool.acquire() as connection:
        with pytest.raises(asyncpg.UniqueViolationError) as refused:
            await connection.execute(
                careless, shopper.mall.mall_id, new_id(), ticket["id"], shopper.mall.shop_ids[0],
                shopper.mall.merchant_ids[0], "1号店", "Shop 1", new_id(), "王店员", datetime.now(UTC), None, None,
                "[]",
            )  # fmt: skip
    assert refused.value.constraint_name == "redemption_once"


VALID = "state = 'valid'"


def void_twin(shopper: Shopper, ticket: dict[str, Any], condition: str) -> Operation:
    sql = on_twins(store.VOID, condition)
    return lambda tx: tx.run(sql, shopper.mall.mall_id, [ticket["id"]])


def redeem_twin(shopper: Shopper, ticket: dict[str, Any], condition: str) -> Operation:
    sql, shop = on_twins(store.REDEEM, condition), shopper.mall.shop_ids[0]

    async def operation(tx: Tx) -> int:
        made = await tx.value(
            sql, shopper.mall.mall_id, new_id(), ticket["id"], shop, shopper.mall.merchant_ids[0], "1号店", "Shop 1",
            new_id(), "王店员", datetime.now(UTC), None, None, "[]",
        )  # fmt: skip
        return int(made is not None)

    return operation


def on_twins(sql: str, condition: str) -> str:
    assert sql.count(VALID) == 1
    sql = sql.replace("redemption.redemption", "twin.redemption").replace("redemption.ticket", "twin.ticket")
    return sql.replace(VALID, condition)


@pytest.mark.parametrize(("condition", "winners"), [(VALID, 1), ("state <> ''", 2)])
@pytest.mark.parametrize("refund_first", [True, False])
async def test_twin_only_the_condition_keeps_a_voucher_from_being_refunded_and_used(
    runtime: Runtime, client: httpx.AsyncClient, condition: str, winners: int, *, refund_first: bool
) -> None:
    """What a refund and a counter do to one ticket, on a copy of its table, with their condition and without."""
    shopper, ticket, _ = await with_voucher(runtime, client)
    pair = [void_twin(shopper, ticket, condition), redeem_twin(shopper, ticket, condition)]
    first, second = pair if refund_first else pair[::-1]
    async with twins(runtime, "redemption.ticket", "redemption.redemption"):
        assert sum(await overlap(runtime, first, write(runtime, second))) == winners


UNIT_OPEN = "AND NOT $3 = ANY (refunded_units) AND NOT $3 = ANY (fulfilled_units)"


@pytest.mark.parametrize(("guard", "fulfilled"), [(True, []), (False, [0])])
async def test_twin_only_the_condition_keeps_a_refunded_unit_from_being_handed_over(
    runtime: Runtime, client: httpx.AsyncClient, *, guard: bool, fulfilled: list[int]
) -> None:
    """The counter's statement on a line waits for a refund of the same unit, and looks at the unit again."""
    shopper, _, order = await with_voucher(runtime, client)
    line_id = UUID(order["sub_orders"][0]["lines"][0]["id"])
    refund = "UPDATE twin.line SET refunded_units = refunded_units || 0 WHERE mall_id = $1 AND id = $2"

    class OnTwin(Tx):
        async def run(self, sql: str, *args: Any) -> int:
            assert UNIT_OPEN in sql
            sql = sql.replace("orders.line", "twin.line")
            return await super().run(sql if guard else sql.replace(UNIT_OPEN, ""), *args)

    def hand_over(tx: Tx) -> Any:
        return order_store.fulfil_unit(OnTwin(tx._connection), shopper.mall.mall_id, LineId(line_id), 0)  # noqa: SLF001

    async with twins(runtime, "orders.line"):
        await overlap(runtime, lambda tx: tx.run(refund, shopper.mall.mall_id, line_id), write(runtime, hand_over))
        async with runtime.db.read() as tx:
            found = await tx.value("SELECT fulfilled_units FROM twin.line WHERE id = $1", line_id)
    assert found == fulfilled


async def test_a_redemption_under_way_keeps_its_voucher_from_being_refunded(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper, ticket, order = await with_voucher(runtime, client)
    account = await make_staff(runtime, shopper.mall.group_id)

    def use(tx: Tx) -> Any:
        return redemption.redeem(
            tx, mall_id=shopper.mall.mall_id, shop_id=shopper.mall.shop_ids[0], code=code(ticket), bill_minor=None,
            staff_id=account.id, signer=runtime.signer, now=datetime.now(UTC),
        )  # fmt: skip

    path = f"/me/orders/{order['id']}/refunds"
    _, refused = await overlap(runtime, use, shopper.post(path, {"everything": True}))
    assert refused.status_code == 409, refused.text
    assert [part["state"] for part in (await shopper.order(order["id"]))["sub_orders"]] == ["fulfilled"]
    assert await violations(runtime) == []


async def test_a_refund_under_way_keeps_its_voucher_from_being_used(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper, ticket, order = await with_voucher(runtime, client)
    staff = await clerk(runtime, shopper.mall)
    actor = Actor(kind=ActorKind.MEMBER, id=shopper.member_id, group_id=shopper.mall.group_id)
    wanted = returns.Wanted(everything=True)

    def refund(tx: Tx) -> Any:
        return returns.refund(
            tx, mall_id=shopper.mall.mall_id, order_id=OrderId(UUID(order["id"])), wanted=wanted, actor=actor,
            reach=None, now=datetime.now(UTC),
        )  # fmt: skip

    _, refused = await overlap(runtime, refund, redeem(shopper, staff, code(ticket)))
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_refunded")
    assert (await shopper.order(order["id"]))["refunded_minor"] == 3000
    assert await violations(runtime) == []
