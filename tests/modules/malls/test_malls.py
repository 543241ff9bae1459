"""The directory, through its door and over HTTP."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.foundation import malls
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import CategoryId, MallId, MerchantId, ShopId, new_id
from galleria.kernel.paging import encode_cursor
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
async def made(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def write(runtime: Runtime, operation: Callable[[Tx], Awaitable[Any]], returns: Any) -> Any:
    return await runtime.db.write(Command(kind="tests", actor=SYSTEM, now=NOW), operation, returns=returns)


async def staff(runtime: Runtime, made: MadeMall, **grant: Any) -> dict[str, str]:
    told = Grant(**{"role": Role.OPERATOR, "group_id": made.group_id, "mall_id": made.mall_id, **grant})
    return await as_staff(runtime, await make_staff(runtime, made.group_id, [told]))


def shop(made: MadeMall, **over: Any) -> malls.NewShop:
    told = {"merchant_id": made.merchant_ids[0], "category_id": made.category_ids[0], "code": "new", "name_zh": "新",
            "name_en": "New"}  # fmt: skip
    return malls.NewShop(**{**told, **over})


async def test_codes_are_taken_once(runtime: Runtime, made: MadeMall) -> None:
    mall = malls.NewMall(code=made.code, name_zh="一", name_en="One")
    category = malls.NewCategory(code="food", name_zh="食", name_en="Food")
    attempts: list[Callable[[Tx], Awaitable[Any]]] = [
        lambda tx: malls.create_mall(tx, group_id=made.group_id, mall=mall, now=NOW),
        lambda tx: malls.create_category(tx, mall_id=made.mall_id, category=category),
        lambda tx: malls.create_shop(tx, mall_id=made.mall_id, shop=shop(made, code="shop-1"), now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(Invalid) as caught:
            await write(runtime, attempt, object)
        assert [(e.field, e.code) for e in caught.value.errors] == [("code", "taken")]


async def test_a_shop_needs_a_merchant_and_a_category_of_its_own_mall(runtime: Runtime, made: MadeMall) -> None:
    other = await make_mall(runtime)
    new = shop(made, merchant_id=other.merchant_ids[0], category_id=other.category_ids[0])
    with pytest.raises(Invalid) as caught:
        await write(runtime, lambda tx: malls.create_shop(tx, mall_id=made.mall_id, shop=new, now=NOW), malls.Shop)
    assert [e.code for e in caught.value.errors] == ["unknown_merchant", "unknown_category"]
    change = malls.ShopChange(category_id=other.category_ids[0])
    with pytest.raises(Invalid):
        await write(
            runtime,
            lambda tx: malls.update_shop(tx, mall_id=made.mall_id, shop_id=made.shop_ids[0], change=change),
            malls.Shop,
        )
    async with runtime.db.read() as tx:
        assert len((await malls.list_shops(tx, made.mall_id)).items) == 3


async def test_a_time_zone_must_exist(runtime: Runtime, made: MadeMall) -> None:
    for zone in ("Mars/Base", "../etc/passwd", ""):
        change = malls.MallChange(time_zone=zone)
        with pytest.raises(Invalid):
            await write(
                runtime,
                lambda tx, change=change: malls.update_mall(tx, mall_id=made.mall_id, change=change),
                malls.Mall,
            )


async def test_what_is_not_there_is_not_found(runtime: Runtime, made: MadeMall) -> None:
    nowhere = MallId(new_id())
    async with runtime.db.read() as tx:
        for reading in (
            malls.get_mall(tx, nowhere),
            malls.group_of(tx, nowhere),
            malls.mall_target(tx, nowhere),
            malls.list_shops(tx, nowhere),
            malls.list_categories(tx, nowhere),
            malls.shop_target(tx, made.mall_id, ShopId(new_id())),
            malls.get_shop(tx, nowhere, made.shop_ids[0]),
        ):
            with pytest.raises(NotFound):
                await reading
        assert await malls.category_family(tx, made.mall_id, CategoryId(new_id())) == []


async def test_targets_tell_where_a_shop_stands(runtime: Runtime, made: MadeMall) -> None:
    async with runtime.db.read() as tx:
        target = await malls.shop_target(tx, made.mall_id, made.shop_ids[2])
        assert (target.group_id, target.merchant_id) == (made.group_id, made.merchant_ids[1])
        assert await malls.category_family(tx, made.mall_id, made.category_ids[0]) == made.category_ids[:2]


async def test_the_directory_is_searched_filtered_and_paged(client: httpx.AsyncClient, made: MadeMall) -> None:
    url = f"/v1/malls/{made.mall_id}/shops"

    async def codes(**query: Any) -> list[str]:
        told = await client.get(url, params=query)
        return [item["code"] for item in told.json()["items"]]

    assert await codes() == ["shop-1", "shop-2", "shop-3"]
    assert await codes(category=str(made.category_ids[0])) == ["shop-1", "shop-2"]
    assert await codes(floor="F3") == ["shop-3"]
    assert await codes(q="2号") == ["shop-2"]
    assert await codes(q="SHOP 3") == ["shop-3"]
    assert await codes(q="%") == []
    first = (await client.get(url, params={"limit": 2})).json()
    rest = (await client.get(url, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [s["code"] for s in rest["items"]] == ["shop-3"]
    assert rest["next_cursor"] is None
    for bad in ({"cursor": "?"}, {"limit": 0}, {"limit": 201}, {"category": "x"}, {"q": "x" * 81}, {"q": "\x00"}):
        assert (await client.get(url, params=bad)).status_code == 422


async def test_texts_the_database_cannot_hold_find_nothing(client: httpx.AsyncClient, made: MadeMall) -> None:
    assert (await client.get("/v1/malls/by-code/%00")).status_code == 404
    told = await client.get(f"/v1/malls/{made.mall_id}/shops", params={"cursor": encode_cursor("a\x00")})
    assert told.status_code == 200


async def test_a_closed_shop_is_gone_for_shoppers_only(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall
) -> None:
    manager = await staff(runtime, made, role=Role.MERCHANT_MANAGER, merchant_id=made.merchant_ids[0])
    url = f"/v1/malls/{made.mall_id}/shops/{made.shop_ids[0]}"
    told = await client.patch(url, headers=manager, json={"state": "closed", "hours": "09:00-21:00"})
    assert (told.status_code, told.json()["state"], told.json()["hours"]) == (200, "closed", "09:00-21:00")
    assert (await client.get(url)).status_code == 404
    assert (await client.get(url, headers=manager)).status_code == 200
    mine = (await client.get(f"/v1/malls/{made.mall_id}/shops/manage", headers=manager)).json()
    assert [s["code"] for s in mine["items"]] == ["shop-1", "shop-2"]
    merchants = (await client.get(f"/v1/malls/{made.mall_id}/merchants", headers=manager)).json()
    assert [m["id"] for m in merchants] == [str(made.merchant_ids[0])]


async def test_a_merchant_does_not_move_its_shop_nor_touch_others(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall
) -> None:
    manager = await staff(runtime, made, role=Role.MERCHANT_MANAGER, merchant_id=made.merchant_ids[0])
    url = f"/v1/malls/{made.mall_id}/shops"
    moves = ({"category_id": str(made.category_ids[3])}, {"floor_code": "F9"}, {"unit_code": "9"})
    for body in moves:
        assert (await client.patch(f"{url}/{made.shop_ids[0]}", headers=manager, json=body)).status_code == 403
    foreign = await client.patch(f"{url}/{made.shop_ids[2]}", headers=manager, json={"phone": "1"})
    assert foreign.status_code == 403
    operator = await staff(runtime, made)
    moved = await client.patch(f"{url}/{made.shop_ids[0]}", headers=operator, json=moves[0] | {"logo": ""})
    assert (moved.json()["category_zh"], moved.json()["logo"]) == ("服务", None)


async def test_an_operator_builds_a_mall(runtime: Runtime, client: httpx.AsyncClient, made: MadeMall) -> None:
    group = await staff(runtime, made, mall_id=None)
    new = {"code": f"n-{made.code[2:]}", "name_zh": "新城", "name_en": "New Town"}
    mall = (await client.post(f"/v1/groups/{made.group_id}/malls", headers=group, json=new)).json()
    assert (mall["currency"], mall["time_zone"]) == ("CNY", "Asia/Shanghai")
    url = f"/v1/malls/{mall['id']}"
    told = await client.patch(url, headers=group, json={"hours": "08:00-26:00"})
    assert told.json()["hours"] == "08:00-26:00"
    named = {"name_zh": "甲", "name_en": "A"}
    category = (await client.post(f"{url}/categories", headers=group, json={"code": "c", **named})).json()
    told = await client.patch(f"{url}/categories/{category['id']}", headers=group, json={"position": 3})
    assert told.json()["position"] == 3
    merchant = await client.post(f"{url}/merchants", headers=group, json={"code": f"k-{made.code}", **named})
    told = await client.patch(f"{url}/merchants/{merchant.json()['id']}", headers=group, json={"name_en": "Aa"})
    assert told.json()["name_en"] == "Aa"
    body = {"merchant_id": merchant.json()["id"], "category_id": category["id"], "code": "s", **named}
    opened = await client.post(f"{url}/shops", headers=group, json=body)
    assert (opened.status_code, opened.json()["merchant_en"]) == (201, "Aa")
    assert mall["id"] in [m["id"] for m in (await client.get("/v1/malls")).json()]
    assert (await client.get(f"{url}/categories")).json()[0]["position"] == 3


async def test_the_same_key_opens_one_shop(runtime: Runtime, client: httpx.AsyncClient, made: MadeMall) -> None:
    operator = {**await staff(runtime, made), "idempotency-key": "open-once"}
    body = {"merchant_id": str(made.merchant_ids[0]), "category_id": str(made.category_ids[0]), "code": "once",
            "name_zh": "一", "name_en": "One"}  # fmt: skip
    url = f"/v1/malls/{made.mall_id}/shops"
    answers = [await client.post(url, headers=operator, json=body) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert [a.status_code for a in answers] == [201, 201]


@pytest.mark.parametrize(
    "body",
    [
        {"hours": "10-22"},
        {"name_zh": ""},
        {"name_zh": "  "},
        {"name_zh": "店" * 81},
        {"phone": "call"},
        {"state": "gone"},
        {"logo": "../x.webp"},
        {"about_zh": "\x00"},
        {"name_en": "a\x00b"},
        {"colour": "red"},
        {"merchant_id": "x"},
    ],
)
async def test_a_bad_field_is_named_and_nothing_changes(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall, body: dict[str, str]
) -> None:
    url = f"/v1/malls/{made.mall_id}/shops/{made.shop_ids[0]}"
    before = (await client.get(url)).json()
    told = await client.patch(url, headers=await staff(runtime, made), json=body)
    assert told.status_code == 422
    assert next(iter(body)) in str(told.json()["errors"])
    assert (await client.get(url)).json() == before


async def test_wrong_people_are_refused_before_their_input_is_judged(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall
) -> None:
    other = await make_mall(runtime)
    url, named = f"/v1/malls/{made.mall_id}", {"code": "x", "name_zh": "x", "name_en": "x"}
    shop_body = {**named, "merchant_id": str(MerchantId(new_id())), "category_id": str(new_id())}
    calls = [
        ("POST", f"/v1/groups/{made.group_id}/malls", {**named, "code": "xx"}),
        ("PATCH", url, {"time_zone": "nowhere"}),
        ("POST", f"{url}/merchants", named),
        ("PATCH", f"{url}/merchants/{made.merchant_ids[0]}", {}),
        ("POST", f"{url}/categories", named),
        ("PATCH", f"{url}/categories/{made.category_ids[0]}", {}),
        ("POST", f"{url}/shops", shop_body),
        ("PATCH", f"{url}/shops/{made.shop_ids[0]}", {}),
        ("GET", f"{url}/merchants", None),
        ("GET", f"{url}/shops/manage", None),
    ]
    wrong = [
        await as_member(runtime, await make_member(runtime, made.group_id)),
        await staff(runtime, other),
        await staff(runtime, made, role=Role.CLERK, shop_id=made.shop_ids[0]),
        await staff(runtime, made, role=Role.GUIDE, shop_id=made.shop_ids[0]),
    ]
    for method, path, body in calls:
        assert (await client.request(method, path, json=body)).status_code == 401, path
        for signed in wrong:
            told = await client.request(method, path, json=body, headers=signed)
            assert told.status_code == 403, (method, path)
    merchant = await client.patch(
        f"{url}/merchants/{made.merchant_ids[0]}", headers=await staff(runtime, made), json={}
    )
    assert merchant.status_code == 403
