"""A coupon that costs points: paid and claimed in one transaction, or neither."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.factories.checkout import violations
from tests.factories.coupons import make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, make_member
from tests.factories.points import earn_rule, pay

from galleria.foundation import members
from galleria.kernel.ids import new_id
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value import coupons

PRICE = 60


class Saver:
    """A member with a hundred points, signed in."""

    def __init__(self, client: httpx.AsyncClient, mall: MadeMall, member: members.Member, headers: Any) -> None:
        self.client, self.mall, self.member, self.headers = client, mall, member, headers
        self.base = f"/v1/malls/{mall.mall_id}"

    async def claim(self, coupon: coupons.Coupon, key: str | None = None) -> httpx.Response:
        headers = {**self.headers, "idempotency-key": key or new_id().hex}
        return await self.client.post(f"{self.base}/coupons/{coupon.id}/claims", headers=headers)

    async def get(self, path: str) -> Any:
        return (await self.client.get(self.base + path, headers=self.headers)).json()

    async def has(self, *, balance: int, claims: int) -> None:
        assert (await self.get("/me/points"))["balance"] == balance
        assert len((await self.get("/me/coupons"))["items"]) == claims


@pytest.fixture
async def saver(runtime: Runtime, client: httpx.AsyncClient) -> Saver:
    return await make_saver(runtime, client, await make_mall(runtime))


async def make_saver(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> Saver:
    member = await make_member(runtime, mall.group_id)
    await earn_rule(runtime, mall, utc_now())
    await pay(runtime, mall, member.id, [10_000], utc_now())
    return Saver(client, mall, member, await as_member(runtime, member))


async def books(runtime: Runtime) -> None:
    """Assert that ledger and coupons add up; `pay` of the factories makes no order, so the rest is not asked."""
    assert [
        text for text in await violations(runtime) if text.startswith(("asset", "entry", "account", "coupon"))
    ] == []


async def test_points_are_paid_and_the_coupon_is_the_members(runtime: Runtime, saver: Saver) -> None:
    coupon = await make_coupon(runtime, saver.mall.mall_id, points_price=PRICE)
    key = new_id().hex
    first, again = await saver.claim(coupon, key), await saver.claim(coupon, key)
    assert (first.status_code, first.json()["state"]) == (201, "issued")
    assert again.json() == first.json()
    await saver.has(balance=100 - PRICE, claims=1)
    newest = (await saver.get("/me/points/history"))["items"][0]
    assert (newest["kind"], newest["points"]) == ("spent", -PRICE)
    assert (coupon.title_zh in newest["title_zh"], coupon.title_en in newest["title_en"]) == (True, True)
    await books(runtime)


async def test_a_merchants_coupon_is_paid_to_the_merchant(runtime: Runtime, saver: Saver) -> None:
    merchant = saver.mall.merchant_ids[0]
    coupon = await make_coupon(
        runtime, saver.mall.mall_id, points_price=PRICE, funder=coupons.CouponFunder.MERCHANT,
        funder_merchant_id=merchant, shop_ids=[saver.mall.shop_ids[0]],
    )  # fmt: skip
    assert (await saver.claim(coupon)).status_code == 201
    taken = await runtime.db.pool.fetchval(
        "SELECT sum(p.amount)::bigint FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id "
        "WHERE a.owner_id = $1 AND a.kind = 'points_redeemed'",
        merchant,
    )
    assert taken == PRICE
    await books(runtime)


async def test_too_few_points_and_nothing_happens(runtime: Runtime, saver: Saver) -> None:
    coupon = await make_coupon(runtime, saver.mall.mall_id, points_price=101)
    refused = await saver.claim(coupon)
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    await saver.has(balance=100, claims=0)
    await books(runtime)


async def test_sold_out_costs_nothing(runtime: Runtime, saver: Saver) -> None:
    coupon = await make_coupon(runtime, saver.mall.mall_id, points_price=10, total=1)
    quicker = await make_saver(runtime, saver.client, saver.mall)
    assert (await quicker.claim(coupon)).status_code == 201
    refused = await saver.claim(coupon)
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_sold_out")
    await quicker.has(balance=90, claims=1)
    await saver.has(balance=100, claims=0)


async def test_points_for_one_buy_one_of_many_at_once(runtime: Runtime, saver: Saver) -> None:
    offered = [await make_coupon(runtime, saver.mall.mall_id, points_price=PRICE) for _ in range(4)]
    answers = await asyncio.gather(*(saver.claim(coupon) for coupon in offered))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    await saver.has(balance=100 - PRICE, claims=1)
    await books(runtime)
