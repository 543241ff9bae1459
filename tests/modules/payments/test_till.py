"""Payments taken at the till, by a code the shopper shows or in cash: once, by the right people, known in the end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, signed_notice, violations, work
from tests.factories.checkout import tell as tell_sandbox
from tests.factories.members import as_staff, make_staff
from tests.factories.providers import attempts, later, refunds, started, working_with
from tests.simulators.alipay import Alipay
from tests.simulators.server import serving
from tests.simulators.wechat import WeChat

from galleria.adapters.payments_alipay import AlipayPayments
from galleria.adapters.payments_wechat import WeChatPayments
from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime

Order = dict[str, Any]
CODES = {"wechat": ("134567890123456789", "184567890123456789", "104567890123456789"),
         "alipay": ("284567890123456789", "294567890123456789", "274567890123456789")}  # fmt: skip
"""Payment codes that pay at once, wait for the shopper, and are refused."""


@pytest.fixture
async def companies(runtime: Runtime) -> AsyncIterator[tuple[WeChat, Alipay]]:
    wechat, alipay = WeChat(), Alipay()
    async with serving(wechat), serving(alipay):
        with working_with(runtime, WeChatPayments(wechat.account()), AlipayPayments(alipay.account())):
            yield wechat, alipay
            wechat.faults.clear()
            alipay.faults.clear()
            await work(runtime)


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


@pytest.fixture
async def order(shopper: Shopper) -> Order:
    return await shopper.placed()


async def clerk(shopper: Shopper, shop: int = 0) -> dict[str, str]:
    grant = Grant(
        role=Role.CLERK,
        group_id=shopper.mall.group_id,
        mall_id=shopper.mall.mall_id,
        merchant_id=shopper.mall.merchant_ids[0],
        shop_id=shopper.mall.shop_ids[shop],
    )
    return await as_staff(shopper.runtime, await make_staff(shopper.runtime, shopper.mall.group_id, [grant]))


async def charge(
    shopper: Shopper, order: Order, provider: str, code: str, headers: dict[str, str] | None = None, **over: Any
) -> httpx.Response:
    body = {"shop_id": str(shopper.mall.shop_ids[0]), "provider": provider, "auth_code": code} | over
    sent = (headers if headers is not None else await clerk(shopper)) | {"idempotency-key": new_id().hex}
    return await shopper.client.post(f"{shopper.base}/orders/{order['id']}/charge", json=body, headers=sent)


async def cash(
    shopper: Shopper, order: Order, headers: dict[str, str] | None = None, *, key: str = "", **over: Any
) -> httpx.Response:
    body = {"shop_id": str(shopper.mall.shop_ids[0])} | over
    sent = (headers if headers is not None else await clerk(shopper)) | {"idempotency-key": key or new_id().hex}
    return await shopper.client.post(f"{shopper.base}/orders/{order['id']}/cash", json=body, headers=sent)


async def state(shopper: Shopper, order: Order) -> str:
    return str((await shopper.order(order["id"]))["state"])


@pytest.mark.parametrize("provider", ["wechat", "alipay"])
async def test_a_code_that_pays_at_once(
    shopper: Shopper, order: Order, companies: tuple[WeChat, Alipay], provider: str
) -> None:
    taken = await charge(shopper, order, provider, CODES[provider][0])
    assert (taken.status_code, taken.json()["pending"]) == (200, False)
    assert await state(shopper, order) == "paid"
    again = await charge(shopper, order, provider, CODES[provider][0])
    assert (again.status_code, again.json()["code"]) == (409, "order_already_paid")
    assert await violations(shopper.runtime) == []


@pytest.mark.parametrize("provider", ["wechat", "alipay"])
async def test_a_code_that_waits_for_the_shopper_is_asked_about_and_not_charged_twice(
    shopper: Shopper, order: Order, companies: tuple[WeChat, Alipay], provider: str
) -> None:
    company = companies[0] if provider == "wechat" else companies[1]
    headers = await clerk(shopper)
    for _ in range(2):
        taken = await charge(shopper, order, provider, CODES[provider][1], headers)
        assert (taken.status_code, taken.json()["pending"]) == (200, True)
    [number] = company.trades
    company.pay(number)
    taken = await charge(shopper, order, provider, CODES[provider][1], headers)
    assert (taken.status_code, taken.json()["pending"]) == (200, False)
    assert await state(shopper, order) == "paid"
    assert len(company.trades) == 1


@pytest.mark.parametrize("provider", ["wechat", "alipay"])
async def test_a_refused_code_can_be_followed_by_another(
    shopper: Shopper, order: Order, companies: tuple[WeChat, Alipay], provider: str
) -> None:
    taken = await charge(shopper, order, provider, CODES[provider][2])
    assert (taken.status_code, taken.json()["code"]) == (409, "payment_refused")
    assert (await charge(shopper, order, provider, CODES[provider][0])).json()["pending"] is False
    assert [s for p, s in await attempts(shopper, order) if p == provider] == ["failed", "succeeded"]


@pytest.mark.parametrize("provider", ["wechat", "alipay"])
@pytest.mark.parametrize("kind", ["500", "drop", "forge"])
async def test_a_charge_without_an_answer_is_found_out(
    shopper: Shopper, order: Order, companies: tuple[WeChat, Alipay], provider: str, kind: str
) -> None:
    company = companies[0] if provider == "wechat" else companies[1]
    company.fail("codepay" if provider == "wechat" else "gateway.do", kind, after=True)
    taken = await charge(shopper, order, provider, CODES[provider][0])
    assert (taken.status_code, taken.json()["pending"]) == (200, True)
    assert await state(shopper, order) == "pending_payment"
    await later(shopper.runtime, seconds=30)
    assert await state(shopper, order) == "paid"
    assert await violations(shopper.runtime) == []


async def test_cash_ends_every_other_way_to_pay(
    shopper: Shopper, order: Order, companies: tuple[WeChat, Alipay]
) -> None:
    cashier = await started(shopper, order, "wechat", "native")
    taken = await cash(shopper, order)
    assert (taken.status_code, taken.json()["amount_minor"]) == (200, order["payable_minor"])
    await work(shopper.runtime)
    assert await state(shopper, order) == "paid"
    number = cashier["attempt_id"].replace("-", "")
    assert companies[0].trades[number]["trade_state"] == "CLOSED"
    assert await violations(shopper.runtime) == []


async def test_money_that_comes_after_cash_goes_back(shopper: Shopper, order: Order) -> None:
    notice = signed_notice(shopper.runtime, shopper, order)
    assert (await cash(shopper, order)).status_code == 200
    assert (await tell_sandbox(shopper.client, notice)).status_code == 200
    await work(shopper.runtime)
    assert [(p, a) for p, a, _ in await refunds(shopper, order)] == [("sandbox", order["payable_minor"])]
    assert await state(shopper, order) == "paid"
    assert await shopper.left() == [98, 99]
    assert await violations(shopper.runtime) == []


async def test_cash_pressed_twice_is_taken_once(shopper: Shopper, order: Order) -> None:
    headers = await clerk(shopper)
    same = [(await cash(shopper, order, headers, key="one-press-of-cash")).status_code for _ in range(2)]
    assert same == [200, 200]
    other = await cash(shopper, order, headers)
    assert (other.status_code, other.json()["code"]) == (409, "order_already_paid")
    assert await violations(shopper.runtime) == []


@pytest.mark.parametrize("_round", range(4))
async def test_cash_against_a_callback_pays_once(shopper: Shopper, order: Order, _round: int) -> None:
    headers, notice = await clerk(shopper), signed_notice(shopper.runtime, shopper, order)
    taken, told = await asyncio.gather(cash(shopper, order, headers), tell_sandbox(shopper.client, notice))
    assert told.status_code == 200
    await work(shopper.runtime)
    back = await refunds(shopper, order)
    assert len(back) == (1 if taken.status_code == 200 else 0)
    assert await state(shopper, order) == "paid"
    assert await violations(shopper.runtime) == []


async def test_only_the_till_of_a_shop_in_the_order_takes_money(shopper: Shopper, order: Order) -> None:
    other = await clerk(shopper, shop=1)
    here, there = (str(shopper.mall.shop_ids[n]) for n in (0, 1))
    assert (await cash(shopper, order, other, shop_id=here)).status_code == 403
    assert (await cash(shopper, order, other, shop_id=there)).status_code == 404
    assert (await cash(shopper, order, shopper.headers)).status_code == 403
    assert (await cash(shopper, order, {})).status_code == 401
    assert (await charge(shopper, order, "sandbox", "134567890123456789")).status_code == 422
    assert (await charge(shopper, order, "wechat", "1345 OR 1=1")).status_code == 422
    bare = await shopper.client.post(
        f"{shopper.base}/orders/{order['id']}/cash", json={"shop_id": here}, headers=await clerk(shopper)
    )
    assert (bare.status_code, bare.json()["code"]) == (400, "key_required")
    assert await state(shopper, order) == "pending_payment"
