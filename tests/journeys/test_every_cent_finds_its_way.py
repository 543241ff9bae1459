"""Whatever shoppers, tills and time do to orders, no cent, point, voucher or good is lost or made.

A machine buys, pays in every way a payment can go, cancels, redeems, reverses and gives back, in any order. At the end
of each of its days everything is given back, and everybody has what he had in the beginning.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.factories.app import running
from tests.factories.checkout import Shopper
from tests.factories.counter import ask, code, redeem, tickets
from tests.factories.members import as_member, make_member
from tests.factories.stories import Story, Town, make_town, told
from tests.factories.tenders import has, put_in, worth

from galleria.foundation.ledger import AccountKind
from galleria.platform.settings import Settings

T = TypeVar("T")

PICKS = st.integers(0, 99)
POINTS, STORED = 6_000, 9_000
ON_HAND = [100, 100]
AT_CASHIER = st.sampled_from(["pay"] * 5 + ["decline", "timeout", "twice", "late", "walk away"])

BOOKS = """
SELECT a.kind || ' of ' || a.asset || ': ' || sum(p.amount)
  FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
 WHERE a.asset = 'CNY' AND a.kind = ANY($2) AND p.entry_id IN (SELECT id FROM ledger.entry WHERE mall_id = $1)
 GROUP BY a.kind, a.owner_id, a.asset HAVING sum(p.amount) <> 0
"""
AT_PROVIDER = """
SELECT coalesce(sum(amount_minor - refunded_minor), 0)::bigint FROM sandbox.charge WHERE mall_id = $1 AND state = 'paid'
"""
OF_ORDERS = [
    kind.value
    for kind in AccountKind
    if kind.value not in {"member_wallet", "cash_held"} and "points" not in kind.value.removesuffix("_funding")
]
"""Accounts of money that only orders move: when all is given back, nothing is left on them."""


class Day(RuleBasedStateMachine):
    """A day of a mall with one shopper who does everything that can be done to an order."""

    def __init__(self, story: Story, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.story, self.loop = story, loop
        self.orders: list[str] = []
        self.redeemed: list[str] = []

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)

    @initialize()
    def open(self) -> None:
        self.town, self.shopper = self.run(self._open())

    async def _open(self) -> tuple[Town, Shopper]:
        town = await make_town(self.story)
        await town.rule(posts="at_once")
        member = await make_member(self.story.runtime, town.mall.group_id)
        headers = await as_member(self.story.runtime, member)
        shopper = Shopper(self.story.client, self.story.runtime, town.mall, member, headers, town.goods)
        await worth(self.story.runtime, shopper)
        ladder = {"active": True, "rungs": [{"day": 1, "points": POINTS}]}
        await town.staff(town.operator, "PUT", "/check-in-ladder", ladder)
        assert (await shopper.post("/me/check-in")).status_code == 201
        await put_in(shopper, STORED, town.operator)
        self.coupon = await town.coupon(per_member=50)
        return town, shopper

    @rule(
        goods=st.integers(1, 3),
        vouchers=st.integers(0, 2),
        points=st.sampled_from([0, 0, 777, 3_000]),
        stored=st.sampled_from([0, 0, 1_234, 5_000]),
        with_coupon=st.booleans(),
        action=AT_CASHIER,
    )
    def buy(self, *, goods: int, vouchers: int, points: int, stored: int, with_coupon: bool, action: str) -> None:
        self.run(self._buy(goods, vouchers, points, stored, with_coupon=with_coupon))
        if self.orders and action != "walk away":
            self.run(self._pay(self.orders[-1], action))

    async def _buy(self, goods: int, vouchers: int, points: int, stored: int, *, with_coupon: bool) -> None:
        await self.shopper.fill(goods, vouchers)
        claims = [await self.town.claim(self.shopper, self.coupon)] if with_coupon and goods > 1 else []
        answer = await self.shopper.place(claim_ids=claims, points=points, stored_value_minor=stored)
        if answer.status_code == 201:
            self.orders.append(answer.json()["id"])
        else:
            assert answer.status_code in {409, 422}, answer.text
            await self.shopper.fill(0, 0)

    @precondition(lambda self: self.orders)
    @rule(pick=PICKS, action=AT_CASHIER)
    def go_to_the_cashier(self, *, pick: int, action: str) -> None:
        if action != "walk away":
            self.run(self._pay(self.orders[pick % len(self.orders)], action))

    async def _pay(self, order_id: str, action: str) -> None:
        answer = await self.shopper.post(f"/orders/{order_id}/pay")
        if answer.status_code == 200:
            await self.shopper.decide(order_id, action)
        else:
            assert answer.status_code in {404, 409}, answer.text

    @rule(minutes=st.sampled_from([1, 6, 16, 60]))
    def wait(self, *, minutes: int) -> None:
        self.run(self.story.passes(minutes=minutes))

    @precondition(lambda self: self.orders)
    @rule(pick=PICKS)
    def cancel_unpaid(self, *, pick: int) -> None:
        answer = self.run(self.shopper.post(f"/orders/{self.orders[pick % len(self.orders)]}/cancel"))
        assert answer.status_code in {200, 409}, answer.text

    @precondition(lambda self: self.orders)
    @rule(pick=PICKS)
    def cancel_paid(self, *, pick: int) -> None:
        answer = self.run(self.shopper.post(f"/me/orders/{self.orders[pick % len(self.orders)]}/cancel"))
        assert answer.status_code in {201, 409}, answer.text

    @precondition(lambda self: self.orders)
    @rule(pick=PICKS, line=st.integers(0, 1), count=st.integers(1, 2), by_staff=st.booleans())
    def give_back(self, *, pick: int, line: int, count: int, by_staff: bool) -> None:
        self.run(self._give_back(self.orders[pick % len(self.orders)], line, count, by_staff=by_staff))

    async def _give_back(self, order_id: str, line: int, count: int, *, by_staff: bool) -> None:
        lines = [one for part in (await self.shopper.order(order_id))["sub_orders"] for one in part["lines"]]
        wanted = {"lines": [{"line_id": lines[line % len(lines)]["id"], "count": count}], "reason": "x"}
        if by_staff:
            answer = await self.town.staff(
                self.town.operator, "POST", f"/orders/{order_id}/refunds", wanted | {"restock": True}
            )
        else:
            answer = await self.shopper.post(f"/me/orders/{order_id}/refunds", wanted)
        assert answer.status_code in {201, 409, 422}, answer.text

    @precondition(lambda self: self.orders)
    @rule(pick=PICKS, which=PICKS)
    def use_a_ticket(self, *, pick: int, which: int) -> None:
        self.run(self._use(self.orders[pick % len(self.orders)], which))

    async def _use(self, order_id: str, which: int) -> None:
        valid = [ticket for ticket in await tickets(self.shopper, order_id) if ticket["state"] == "valid"]
        if not valid:
            return
        ticket = valid[which % len(valid)]
        shop = 0 if ticket["kind"] == "pickup" else 2
        clerk = await self.town.clerk(shop)
        used = await redeem(self.shopper, clerk, code(ticket, at=self.story.clock.now), shop=shop)
        assert used.status_code in {200, 201}, used.text
        self.redeemed.append(used.json()["id"])

    @precondition(lambda self: self.redeemed)
    @rule(pick=PICKS)
    def undo(self, *, pick: int) -> None:
        self.run(self._undo(self.redeemed.pop(pick % len(self.redeemed))))

    async def _undo(self, redemption_id: str) -> None:
        body = {"reason": "wrong shop"}
        path = f"/redemptions/{redemption_id}/reverse"
        answer = await ask(self.shopper, self.town.operator, "POST", path, body)
        assert answer.status_code in {200, 409}, answer.text

    @invariant()
    def nobody_has_less_than_nothing(self) -> None:
        if hasattr(self, "shopper"):
            points, stored = self.run(has(self.shopper))
            assert points >= 0
            assert stored >= 0
            assert all(left >= 0 for left in self.run(self.shopper.left()))

    def teardown(self) -> None:
        if hasattr(self, "shopper"):
            self.run(self._everything_back())

    async def _everything_back(self) -> None:
        """Let what waits expire, undo what was used, give everything back, and compare with the beginning."""
        await self.story.passes(minutes=61)
        await self.story.sound()
        for redemption_id in self.redeemed:
            await self._undo(redemption_id)
        for order_id in self.orders:
            wanted = {"everything": True, "reason": "x", "restock": True, "with_delivery": True}
            answer = await self.town.staff(self.town.operator, "POST", f"/orders/{order_id}/refunds", wanted)
            assert answer.status_code in {201, 409}, answer.text
        await self.story.passes(minutes=1)
        await self.story.sound()
        pool, mall = self.story.runtime.db.pool, self.town.mall.mall_id
        assert await pool.fetchval(AT_PROVIDER, mall) == 0
        assert [row[0] for row in await pool.fetch(BOOKS, mall, OF_ORDERS)] == []
        assert await has(self.shopper) == (POINTS, STORED)
        assert await self.shopper.left() == ON_HAND


def test_every_cent_finds_its_way(stories_dsn: str, settings: Settings) -> None:
    loop = asyncio.new_event_loop()
    stage = running(settings, stories_dsn)
    try:
        story = told(loop.run_until_complete(stage.__aenter__()), stories_dsn)
        telling = loop.run_until_complete(story.__aenter__())
        run_state_machine_as_test(
            lambda: Day(telling, loop),
            settings=hypothesis.settings(
                max_examples=12,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(hypothesis.HealthCheck),
            ),
        )
        loop.run_until_complete(story.__aexit__(None, None, None))
        loop.run_until_complete(stage.__aexit__(None, None, None))
    finally:
        loop.close()
