from datetime import UTC, datetime

import httpx
import pytest
from tests.factories.ledger import tick
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff
from tests.factories.points import earn_rule, pay, spend

from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime

RULE = {"points_per_100_minor_bp": 10_000, "posts": "at_once"}


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def staff(runtime: Runtime, mall: MadeMall, role: Role = Role.OPERATOR, **scope: object) -> dict[str, str]:
    grant = Grant(role=role, group_id=mall.group_id, **scope)  # type: ignore[arg-type]
    return await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))


async def rules_in(runtime: Runtime, mall: MadeMall) -> int:
    async with runtime.db.read() as tx:
        return await tx.value("SELECT count(*) FROM points.earn_rule WHERE mall_id = $1", mall.mall_id)


async def test_a_member_sees_points_and_their_history(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    member = await make_member(runtime, mall.group_id)
    now = datetime.now(UTC)
    await earn_rule(runtime, mall, now, expires_after_days=30)
    await pay(runtime, mall, member.id, [1_000], now)
    await tick()
    await spend(runtime, mall, member.id, 4, now)
    headers = await as_member(runtime, member)
    answer = await client.get(f"/v1/malls/{mall.mall_id}/me/points", headers=headers)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["balance"], found["pending"], found["owed"]) == (6, 0, 0)
    assert [e["amount"] for e in found["expiring"]] == [6]
    path = f"/v1/malls/{mall.mall_id}/me/points/history"
    first = (await client.get(path, params={"limit": 1}, headers=headers)).json()
    rest = (await client.get(path, params={"cursor": first["next_cursor"]}, headers=headers)).json()
    assert [(x["kind"], x["points"]) for x in first["items"] + rest["items"]] == [("spent", -4), ("earned", 10)]
    assert rest["items"][0]["title_zh"] == "消费得积分 · 1号店"
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"cursor": "forged"}])
async def test_a_wrong_page_is_refused(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, query: dict[str, str]
) -> None:
    headers = await as_member(runtime, await make_member(runtime, mall.group_id))
    answer = await client.get(f"/v1/malls/{mall.mall_id}/me/points/history", params=query, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("path", ["me/points", "me/points/history"])
async def test_points_are_the_members_own(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, path: str
) -> None:
    stranger = await as_member(runtime, await make_member(runtime, (await make_mall(runtime)).group_id))
    url = f"/v1/malls/{mall.mall_id}/{path}"
    assert (await client.get(url)).status_code == 401
    assert (await client.get(url, headers=stranger)).status_code == 403
    assert (await client.get(url, headers=await staff(runtime, mall))).status_code == 403


async def test_an_operator_sets_lists_and_removes_rules(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers, url = await staff(runtime, mall, mall_id=mall.mall_id), f"/v1/malls/{mall.mall_id}/points/rules"
    own = {**RULE, "shop_id": str(mall.shop_ids[0]), "posts": "after_refund_window", "refund_window_days": 14}
    for body in (RULE, own, {**RULE, "points_per_100_minor_bp": 5_000}):
        assert (await client.put(url, json=body, headers=headers)).status_code == 200
    first, second = (await client.get(url, headers=headers)).json()["items"]
    assert (first["shop_id"], first["points_per_100_minor_bp"], first["expires_after_days"]) == (None, 5_000, None)
    assert (second["shop_zh"], second["refund_window_days"]) == ("1号店", 14)
    removed = await client.delete(f"{url}/{second['id']}", headers=headers)
    assert (removed.status_code, removed.json()) == (200, second)
    assert (await client.delete(f"{url}/{second['id']}", headers=headers)).status_code == 404
    assert await rules_in(runtime, mall) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"points_per_100_minor_bp": -1},
        {"points_per_100_minor_bp": 1_000_001},
        {"posts": "someday"},
        {"refund_window_days": 366},
        {"expires_after_days": 0},
        {"colour": "red"},
    ],
)
async def test_a_wrong_rule_is_refused_and_names_the_field(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, wrong: dict[str, object]
) -> None:
    headers, url = await staff(runtime, mall), f"/v1/malls/{mall.mall_id}/points/rules"
    answer = await client.put(url, json={**RULE, **wrong}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert next(iter(wrong)) in answer.text
    assert await rules_in(runtime, mall) == 0


async def test_a_rule_for_a_foreign_shop_is_refused(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    elsewhere = await make_mall(runtime, group_id=mall.group_id)
    body = {**RULE, "shop_id": str(elsewhere.shop_ids[0])}
    url = f"/v1/malls/{mall.mall_id}/points/rules"
    assert (await client.put(url, json=body, headers=await staff(runtime, mall))).status_code == 404
    assert await rules_in(runtime, mall) == 0


async def test_rules_are_the_operators_alone(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    elsewhere = await make_mall(runtime)
    url = f"/v1/malls/{mall.mall_id}/points/rules"
    merchant_id = mall.merchant_ids[0]
    wrong = [
        (401, {}),
        (403, await as_member(runtime, await make_member(runtime, mall.group_id))),
        (403, await staff(runtime, elsewhere)),
        (403, await staff(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=merchant_id)),
        (403, await staff(runtime, mall, Role.CLERK, mall_id=mall.mall_id, shop_id=mall.shop_ids[0])),
        (403, await staff(runtime, mall, mall_id=elsewhere.mall_id)),
    ]
    for status, headers in wrong:
        assert (await client.get(url, headers=headers)).status_code == status
        assert (await client.put(url, json=RULE, headers=headers)).status_code == status
        assert (await client.delete(f"{url}/{new_id()}", headers=headers)).status_code == status
    assert (await client.get(f"/v1/malls/{new_id()}/points/rules", headers=wrong[2][1])).status_code == 404
    assert await rules_in(runtime, mall) == 0
