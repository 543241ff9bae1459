"""Making coupons: who may, what is refused, what may still change once shoppers have seen it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from tests.factories.coupons import coupon_input, make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.kernel.ids import MemberId, new_id
from galleria.main import MODULES
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value import coupons, promotions
from galleria.worker import drain

TASKS = [task for module in MODULES for task in module.tasks]


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def staff(runtime: Runtime, mall: MadeMall, role: Role, **scope: Any) -> dict[str, str]:
    grant = Grant(role=role, group_id=mall.group_id, mall_id=mall.mall_id, **scope)
    return {**await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant])), "accept-language": "en"}


def body(**over: Any) -> dict[str, Any]:
    raw = {**msgspec.to_builtins(coupon_input()), **over}
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
    refused = await client.post(address, headers=operator, json={"state": "live"})
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_not_approved")
    await approve(runtime, coupon, coupon.version)
    for state, status in (("paused", 409), ("live", 200), ("draft", 409), ("paused", 200), ("live", 200),
                          ("ended", 200), ("live", 409)):  # fmt: skip
        answer = await client.post(address, headers=operator, json={"state": state})
        assert (state, answer.status_code) == (state, status)


async def test_a_live_coupon_only_grows(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    operator = await staff(runtime, mall, Role.OPERATOR)
    coupon = await make_coupon(runtime, mall.mall_id)
    address = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}"
    earlier = coupon.use_until - timedelta(days=1)
    refused = {"total": 50, "use_until": earlier.isoformat(), "points_price": 1}
    answer = await client.patch(address, headers=operator, json=refused)
    assert {error["code"] for error in answer.json()["errors"]} == {
        "coupon_frozen",
        "coupon_only_rises",
        "coupon_only_extends",
    }


async def test_a_change_of_a_live_coupon_waits_for_its_launch(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    operator = await staff(runtime, mall, Role.OPERATOR)
    coupon, member = await make_coupon(runtime, mall.mall_id), await make_member(runtime, mall.group_id)
    claim = await make_claim(runtime, mall.mall_id, coupon.id, member.id, mall.group_id)
    address, later = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}", coupon.use_until + timedelta(days=1)
    change = {"total": 500, "use_until": later.isoformat(), "amount_minor": 5000}
    written = (await client.patch(address, headers=operator, json=change)).json()
    assert (written["total"], written["version"], written["latest_version"]) == (100, 1, 2)
    managed = await client.get(f"/v1/malls/{mall.mall_id}/coupons/manage/{coupon.id}", headers=operator)
    assert (managed.json()["next"]["total"], managed.json()["by_state"]) == (500, {"issued": 1})
    in_force = await approve(runtime, coupon, 2)
    assert (in_force.total, in_force.version, in_force.approved_version, in_force.state) == (500, 2, 2, "live")
    await drain(runtime, tasks=TASKS)
    other = await make_member(runtime, mall.group_id)
    await make_claim(runtime, mall.mall_id, coupon.id, other.id, mall.group_id)
    async with runtime.db.read() as tx:
        now = datetime.now(UTC)
        page = await coupons.my_claims(tx, mall_id=mall.mall_id, member_id=MemberId(member.id), now=now)
        [old] = await coupons.usable(tx, mall.mall_id, MemberId(member.id), now)
        [new] = await coupons.usable(tx, mall.mall_id, MemberId(other.id), now)
    assert [(mine.id, mine.use_until, mine.amount_minor) for mine in page.items] == [(claim.id, later, 2000)]
    assert (old.offer.version, old.offer.benefit) == (1, promotions.AmountOff(amount_minor=2000))
    assert (new.offer.version, new.offer.benefit) == (2, promotions.AmountOff(amount_minor=5000))


async def test_an_earlier_version_is_restored(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    operator = await staff(runtime, mall, Role.OPERATOR)
    coupon = await make_coupon(runtime, mall.mall_id, state=coupons.CouponState.DRAFT)
    address = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}"
    changed = (await client.patch(address, headers=operator, json={"title_en": "Other"})).json()
    assert (changed["title_en"], changed["version"]) == ("Other", 2)
    assert (await client.post(f"{address}/restore", headers=operator, json={"version": 9})).status_code == 404
    restored = (await client.post(f"{address}/restore", headers=operator, json={"version": 1})).json()
    assert (restored["title_en"], restored["version"]) == (coupon.title_en, 3)


async def test_an_approval_is_of_one_version(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    operator = await staff(runtime, mall, Role.OPERATOR)
    coupon = await make_coupon(runtime, mall.mall_id, state=coupons.CouponState.DRAFT)
    await approve(runtime, coupon, 1)
    address = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}"
    await client.patch(address, headers=operator, json={"total": 1_000_000})
    refused = await client.post(f"{address}/state", headers=operator, json={"state": "live"})
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_not_approved")
    for version in (1, 3):
        with pytest.raises(coupons.VersionUnknown):
            await approve(runtime, coupon, version)


async def approve(runtime: Runtime, coupon: coupons.Coupon, version: int) -> coupons.Coupon:
    now = datetime.now(UTC)
    return await runtime.db.write(
        Command(kind="tests.approve", actor=SYSTEM, now=now),
        lambda tx: coupons.approve(tx, mall_id=coupon.mall_id, coupon_id=coupon.id, version=version, now=now),
        returns=coupons.Coupon,
    )
