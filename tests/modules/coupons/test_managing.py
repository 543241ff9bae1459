"""Making coupons: who may, what is refused, what may still change once shoppers have seen it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.coupons import coupon_input, make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.kernel.ids import MemberId, new_id
from galleria.main import MODULES
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value import coupons
from galleria.worker import drain

TASKS = [task for module in MODULES for task in module.tasks]


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def staff(runtime: Runtime, mall: MadeMall, role: Role, **scope: Any) -> dict[str, str]:
    grant = Grant(role=role, group_id=mall.group_id, mall_id=mall.mall_id, **scope)
    return {**await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant])), "accept-language": "en"}


def body(**over: Any) -> dict[str, Any]:
    fields = {name: getattr(coupon_input(), name) for name in coupons.CouponInput.__struct_fields__}
    raw = {**fields, **over}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in raw.items() if v is not None}


def by_merchant(mall: MadeMall, number: int = 0) -> dict[str, Any]:
    shops = {0: mall.shop_ids[:2], 1: mall.shop_ids[2:]}[number]
    return {
        "funder": "merchant",
        "funder_merchant_id": str(mall.merchant_ids[number]),
        "shop_ids": [str(shop_id) for shop_id in shops],
    }


WRONG = [
    ({"amount_minor": None}, "amount_minor", "coupon_amount_missing"),
    ({"percent_bp": 500}, "percent_bp", "coupon_percent_out_of_place"),
    ({"kind": "percent", "amount_minor": None}, "percent_bp", "coupon_percent_missing"),
    ({"cap_minor": 5}, "cap_minor", "coupon_cap_out_of_place"),
    ({"claim_until": datetime(2020, 1, 1, tzinfo=UTC)}, "claim_until", "coupon_claim_period"),
    ({"use_until": datetime(2020, 1, 1, tzinfo=UTC)}, "use_until", "coupon_use_period"),
    ({"per_member": 3, "total": 2}, "per_member", "coupon_per_member"),
    ({"funder": "merchant"}, "funder_merchant_id", "coupon_funder_missing"),
    ({"funder_merchant_id": str(new_id())}, "funder_merchant_id", "coupon_funder_out_of_place"),
    ({"shop_ids": [str(new_id())]}, "shop_ids[0]", "coupon_shop_unknown"),
    ({"category_ids": [str(new_id())]}, "category_ids[0]", "coupon_category_unknown"),
    ({"total": 0}, "total", "too_small"),
    ({"title_en": "  "}, "title_en", "wrong_form"),
]


@pytest.mark.parametrize(("over", "field", "code"), WRONG)
async def test_a_wrong_field_is_named(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, over: dict[str, Any], field: str, code: str
) -> None:
    headers = await staff(runtime, mall, Role.OPERATOR)
    address = f"/v1/malls/{mall.mall_id}/coupons/manage"
    answer = await client.post(address, headers=headers, json=body(**over))
    assert answer.status_code == 422
    assert (field, code) in {(error["field"], error["code"]) for error in answer.json()["errors"]}
    assert "{" not in answer.json()["detail"]


async def test_who_may_not_make_coupons(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    address, other = f"/v1/malls/{mall.mall_id}/coupons/manage", await make_mall(runtime)
    manager = await staff(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mall.merchant_ids[0])
    nobody = [
        {},
        await as_member(runtime, await make_member(runtime, mall.group_id)),
        await staff(runtime, mall, Role.CLERK, shop_id=mall.shop_ids[0]),
        await staff(runtime, other, Role.OPERATOR),
    ]
    assert [(await client.post(address, headers=h, json=body())).status_code for h in nobody] == [401, 403, 403, 403]
    assert (await client.post(address, headers=manager, json=body())).status_code == 403
    assert (await client.post(address, headers=manager, json=body(**by_merchant(mall, 1)))).status_code == 403
    listed = (await client.get(address, headers=manager)).json()["items"]
    assert listed == []


async def test_a_manager_makes_coupons_for_the_own_shops(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    address = f"/v1/malls/{mall.mall_id}/coupons/manage"
    manager = await staff(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mall.merchant_ids[0])
    rival = await staff(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mall.merchant_ids[1])
    made = await client.post(address, headers=manager, json=body(**by_merchant(mall)))
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    own = f"/v1/malls/{mall.mall_id}/coupons/{made.json()['id']}"
    assert [item["id"] for item in (await client.get(address, headers=manager)).json()["items"]] == [made.json()["id"]]
    assert (await client.get(address, headers=rival)).json()["items"] == []
    assert (await client.patch(own, headers=rival, json={"total": 500})).status_code == 403
    assert (await client.post(f"{own}/state", headers=rival, json={"state": "live"})).status_code == 403
    assert (await client.patch(own, headers=manager, json={"total": 500})).json()["total"] == 500
    foreign = {"shop_ids": [str(mall.shop_ids[2])]}
    assert (await client.patch(own, headers=manager, json=foreign)).status_code == 403


async def test_the_life_of_a_coupon(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    operator = await staff(runtime, mall, Role.OPERATOR)
    coupon = await make_coupon(runtime, mall.mall_id, state=coupons.CouponState.DRAFT)
    address = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}/state"
    for state, status in (("paused", 409), ("live", 200), ("draft", 409), ("paused", 200), ("live", 200),
                          ("ended", 200), ("live", 409)):  # fmt: skip
        answer = await client.post(address, headers=operator, json={"state": state})
        assert (state, answer.status_code) == (state, status)


async def test_a_live_coupon_only_grows(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    operator = await staff(runtime, mall, Role.OPERATOR)
    coupon, member = await make_coupon(runtime, mall.mall_id), await make_member(runtime, mall.group_id)
    claim = await make_claim(runtime, mall.mall_id, coupon.id, member.id, mall.group_id)
    address = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}"
    earlier, later = coupon.use_until - timedelta(days=1), coupon.use_until + timedelta(days=1)
    refused = {"total": 50, "use_until": earlier.isoformat(), "amount_minor": 1}
    answer = await client.patch(address, headers=operator, json=refused)
    assert {error["code"] for error in answer.json()["errors"]} == {
        "coupon_frozen",
        "coupon_only_rises",
        "coupon_only_extends",
    }
    grown = await client.patch(address, headers=operator, json={"total": 500, "use_until": later.isoformat()})
    assert (grown.status_code, grown.json()["total"]) == (200, 500)
    await drain(runtime, tasks=TASKS)
    async with runtime.db.read() as tx:
        page = await coupons.my_claims(tx, mall_id=mall.mall_id, member_id=MemberId(member.id), now=datetime.now(UTC))
    assert [(mine.id, mine.use_until) for mine in page.items] == [(claim.id, later)]
