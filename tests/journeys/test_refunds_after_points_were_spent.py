"""Units go back in any order, before and after the points were spent: to the cent, and owed to the point."""

from itertools import pairwise
from typing import Any

import pytest
from tests.factories.checkout import Shopper
from tests.factories.stories import Story, Town

Unit = tuple[str, int]

ORDERS: list[list[list[Unit]]] = [
    [[("goods", 0)], [("goods", 1)], [("voucher", 0)], [("voucher", 1)], [("voucher", 2)]],
    [[("voucher", 2), ("goods", 1)], [("voucher", 0)], [("voucher", 1), ("goods", 0)]],
    [[("voucher", 1)], [("goods", 1), ("goods", 0)], [("voucher", 2)], [("voucher", 0)]],
]


class Bought:
    """An order of two goods and three vouchers with a coupon, and what may be asked of it."""

    def __init__(self, town: Town, order: dict[str, Any]) -> None:
        self.town = town
        self.order = order
        parts = order["sub_orders"]
        self.lines = {"goods": parts[0]["lines"][0], "voucher": parts[1]["lines"][0]}

    @property
    def earned(self) -> int:
        return self.points_of(self.lines_paid([]))

    def lines_paid(self, gone: list[Unit]) -> list[int]:
        """Return what each shop's part still costs once these units are gone."""
        return [
            sum(unit["paid_minor"] for n, unit in enumerate(line["units"]) if (name, n) not in gone)
            for name, line in self.lines.items()
        ]

    def points_of(self, paid: list[int]) -> int:
        return sum(minor // 100 for minor in paid)

    def cost(self, units: list[Unit]) -> int:
        return sum(int(self.lines[name]["units"][n]["paid_minor"]) for name, n in units)

    async def refund(self, units: list[Unit]) -> dict[str, Any]:
        """Have the operator give units back."""
        names = sorted({name for name, _ in units})
        lines = [{"line_id": self.lines[a]["id"], "units": sorted(n for b, n in units if b == a)} for a in names]
        path = f"/orders/{self.order['id']}/refunds"
        answer = await self.town.staff(self.town.operator, "POST", path, {"lines": lines, "reason": "不想要了"})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def buy(town: Town, shopper: Shopper) -> Bought:
    claim_id = await town.claim(shopper, await town.coupon())
    bought = Bought(town, await town.bought(shopper, 2, 3, claim_id=claim_id))
    await town.story.sound()
    return bought


async def points_of(shopper: Shopper) -> tuple[int, int, int]:
    found = (await shopper.get("/me/points")).json()
    return found["balance"], found["pending"], found["owed"]


async def coupon_state(shopper: Shopper, claim_id: str) -> str:
    found = {claim["id"]: claim["state"] for claim in (await shopper.get("/me/coupons")).json()["items"]}
    state: str = found[claim_id]
    return state


async def give_back(story: Story, shopper: Shopper, bought: Bought, steps: list[list[Unit]]) -> list[int]:
    """Refund step by step, money and coupon checked and the doctor asked after each; return the points taken."""
    taken, gone = [], []
    for step in steps:
        done = await bought.refund(step)
        gone += step
        everything = len(gone) == 5
        assert done["amount_minor"] == bought.cost(step)
        assert done["coupon_returned"] is everything
        expected = "returned" if everything else "used"
        assert await coupon_state(shopper, bought.order["claim_ids"][0]) == expected
        taken.append(done["points_taken"])
        assert sum(taken) == bought.earned - bought.points_of(bought.lines_paid(gone))
        await story.sound()
        await story.work()
        await story.sound()
    return taken


async def ends_as_if_nothing_was_bought(story: Story, shopper: Shopper, bought: Bought) -> None:
    order = await shopper.order(bought.order["id"])
    assert order["refunded_minor"] == order["payable_minor"] == bought.cost([u for s in ORDERS[0] for u in s])
    assert {part["state"] for part in order["sub_orders"]} == {"refunded"}
    assert await shopper.left() == [100, 100]
    refunds = (await shopper.get(f"/me/orders/{order['id']}/refunds")).json()["items"]
    assert {refund["money_state"] for refund in refunds} == {"succeeded"}
    balances = await story.runtime.db.pool.fetch(
        """
        SELECT sum(p.amount)::bigint AS total FROM ledger.posting p JOIN ledger.entry e ON e.id = p.entry_id
         WHERE e.mall_id = $1 AND p.asset = 'CNY' GROUP BY p.account_id
        """,
        shopper.mall.mall_id,
    )
    assert {row["total"] for row in balances} == {0}


@pytest.mark.parametrize("steps", ORDERS)
async def test_while_points_are_pending_all_of_them_go(story: Story, town: Town, steps: list[list[Unit]]) -> None:
    await town.rule()
    shopper = await story.shopper(town.mall, town.goods)
    bought = await buy(town, shopper)
    assert await points_of(shopper) == (0, bought.earned, 0)
    taken = await give_back(story, shopper, bought, steps)
    assert sum(taken) == bought.earned
    assert await points_of(shopper) == (0, 0, 0)
    await ends_as_if_nothing_was_bought(story, shopper, bought)
    await story.passes(days=8)
    assert await points_of(await story.back(shopper)) == (0, 0, 0)
    await story.sound()


@pytest.mark.parametrize("steps", ORDERS)
async def test_spent_points_are_owed_and_the_next_award_pays(story: Story, town: Town, steps: list[list[Unit]]) -> None:
    await town.rule()
    shopper = await story.shopper(town.mall, town.goods)
    bought = await buy(town, shopper)
    await story.passes(days=7)
    shopper = await story.back(shopper)
    assert await points_of(shopper) == (bought.earned, 0, 0)
    kept = 30
    await town.claim(shopper, await town.coupon(points_price=bought.earned - kept))
    assert await points_of(shopper) == (kept, 0, 0)
    await story.sound()

    taken = await give_back(story, shopper, bought, steps)
    assert sum(taken) == bought.earned
    owed = bought.earned - kept
    assert await points_of(shopper) == (0, 0, owed)
    await ends_as_if_nothing_was_bought(story, shopper, bought)

    again = await town.bought(shopper, 1)
    earned = again["payable_minor"] // 100
    assert await points_of(shopper) == (0, earned, owed)
    await story.passes(days=7)
    shopper = await story.back(shopper)
    assert await points_of(shopper) == (0, 0, owed - earned)
    await story.sound()
    await town.rule(posts="at_once")
    more = await town.bought(shopper, 3, 2)
    gained = sum(part["payable_minor"] // 100 for part in more["sub_orders"])
    assert await points_of(shopper) == (gained - (owed - earned), 0, 0)
    await story.sound()
    history = (await shopper.get("/me/points/history")).json()["items"]
    assert sum(line["points"] for line in history) == gained - (owed - earned)
    assert sum(line["owed"] for line in history) == 0


async def test_some_units_before_the_window_closes_and_some_after(story: Story, town: Town) -> None:
    await town.rule()
    shopper = await story.shopper(town.mall, town.goods)
    bought = await buy(town, shopper)
    first, second = [("voucher", 1), ("goods", 0)], [("voucher", 0)]
    await bought.refund(first)
    left = bought.points_of(bought.lines_paid(first))
    assert await points_of(shopper) == (0, left, 0)
    await story.sound()
    await story.passes(days=7)
    shopper = await story.back(shopper)
    assert await points_of(shopper) == (left, 0, 0)
    await bought.refund(second)
    assert await points_of(shopper) == (bought.points_of(bought.lines_paid(first + second)), 0, 0)
    await story.sound()


def test_the_orders_are_of_the_same_units() -> None:
    units = [sorted(unit for step in steps for unit in step) for steps in ORDERS]
    assert all(a == b for a, b in pairwise(units))
