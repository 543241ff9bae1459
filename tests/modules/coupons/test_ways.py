"""Posters, pushes, grants, what is taken back, and reminders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.coupons import make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.kernel.ids import MemberId, new_id
from galleria.main import MODULES
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value import coupons
from galleria.value.coupons import jobs
from galleria.value.coupons.operations import push
from galleria.value.promotions import Birthday
from galleria.worker import drain

TASKS = [task for module in MODULES for task in module.tasks]


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.fixture(scope="module")
async def operator(runtime: Runtime, mall: MadeMall) -> dict[str, str]:
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    return await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))


def key(headers: dict[str, str], **more: str) -> dict[str, str]:
    return {**headers, "idempotency-key": new_id().hex, "accept-language": "en", **more}


def at(mall: MadeMall, coupon: coupons.Coupon, path: str) -> str:
    return f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}/{path}"


async def test_a_poster_gives_its_coupon_and_counts(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, issue_by=(coupons.ClaimSource.POSTER,), per_member=2)
    made = await client.post(at(mall, coupon, "posters"), headers=operator, json={"label": "North gate"})
    other = await client.post(at(mall, coupon, "posters"), headers=operator, json={"label": "South gate"})
    assert made.status_code == other.status_code == 201
    assert made.json()["token"] != other.json()["token"]
    shopper = await as_member(runtime, await make_member(runtime, mall.group_id))
    scan = f"/v1/malls/{mall.mall_id}/me/coupons/posters/{made.json()['token']}"
    answers = [await client.post(scan, headers=key(shopper)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 409]
    counted = (await client.get(at(mall, coupon, "posters"), headers=operator)).json()
    assert [(poster["label"], poster["claims"]) for poster in counted] == [("South gate", 0), ("North gate", 2)]
    close = f"/v1/malls/{mall.mall_id}/coupons/posters/{made.json()['id']}/close"
    assert (await client.post(close, headers=operator)).json()["closed_at"] is not None
    other_shopper = await as_member(runtime, await make_member(runtime, mall.group_id))
    shut = await client.post(scan, headers=key(other_shopper))
    assert (shut.status_code, shut.json()["code"]) == (409, "coupon_poster_closed")
    unknown = f"/v1/malls/{mall.mall_id}/me/coupons/posters/NOSUCHTOKEN"
    assert (await client.post(unknown, headers=key(shopper))).status_code == 404
    direct = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}/claims"
    assert (await client.post(direct, headers=key(other_shopper))).json()["code"] == "coupon_not_issued_so"


async def test_one_device_gets_one(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, per_device=1)
    people = [await as_member(runtime, await make_member(runtime, mall.group_id)) for _ in range(3)]
    phone, address = str(new_id()), at(mall, coupon, "claims")
    first = await client.post(address, headers=key(people[0], **{"galleria-device": phone}))
    second = await client.post(address, headers=key(people[1], **{"galleria-device": phone}))
    unknown = await client.post(address, headers=key(people[2], **{"galleria-device": "rubbish"}))
    assert [first.status_code, second.json()["code"], unknown.json()["code"]] == [
        201, "coupon_device_limit", "coupon_device_unknown",
    ]  # fmt: skip


async def test_who_a_coupon_is_for_is_looked_up(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, audience=coupons.Audience(tiers=("gold",)))
    member = await make_member(runtime, mall.group_id)
    headers = await as_member(runtime, member)
    refused = await client.post(at(mall, coupon, "claims"), headers=key(headers))
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_not_for_you")
    await runtime.db.pool.execute("UPDATE members.member SET tier = 'gold' WHERE id = $1", member.id)
    assert (await client.post(at(mall, coupon, "claims"), headers=key(headers))).status_code == 201
    fresh = await make_coupon(runtime, mall.mall_id, audience=coupons.Audience(new_customer=True))
    assert (await client.post(at(mall, fresh, "claims"), headers=key(headers))).status_code == 201


async def test_the_list_tells_a_member_what_is_not_for_them(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    here = await make_mall(runtime, group_id=mall.group_id)
    for title, audience in (
        ("all", coupons.Audience()),
        ("gold", coupons.Audience(tiers=("gold",))),
        ("new", coupons.Audience(new_customer=True)),
        ("birthday", coupons.Audience(birthday=Birthday.MONTH)),
    ):
        await make_coupon(runtime, here.mall_id, title_en=title, audience=audience)
    member = await make_member(runtime, here.group_id)
    await runtime.db.pool.execute("UPDATE members.member SET tier = 'gold' WHERE id = $1", member.id)

    async def refused(headers: dict[str, str]) -> dict[str, str | None]:
        page = (await client.get(f"/v1/malls/{here.mall_id}/coupons", headers=headers)).json()
        assert all(offer["claimable"] == (offer["refusal"] is None) for offer in page["items"])
        return {offer["title_en"]: offer["refusal"] for offer in page["items"]}

    plain = await as_member(runtime, await make_member(runtime, here.group_id))
    assert await refused({}) == {"all": None, "gold": None, "new": None, "birthday": None}
    told = {"all": None, "gold": "coupon_not_for_you", "new": None, "birthday": "coupon_not_for_you"}
    assert await refused(plain) == told
    assert await refused(await as_member(runtime, member)) == {**told, "gold": None}


async def test_a_poster_shows_its_coupon_to_everybody(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, issue_by=(coupons.ClaimSource.POSTER,))
    made = (await client.post(at(mall, coupon, "posters"), headers=operator, json={"label": "North gate"})).json()
    shown = f"/v1/malls/{mall.mall_id}/posters/{made['token'].lower()}"
    guest = (await client.get(shown)).json()
    assert (guest["id"], guest["claimable"], guest["mine"]) == (str(coupon.id), True, 0)
    shopper = await as_member(runtime, await make_member(runtime, mall.group_id))
    scan = f"/v1/malls/{mall.mall_id}/me/coupons/posters/{made['token']}"
    assert (await client.post(scan, headers=key(shopper))).status_code == 201
    mine = (await client.get(shown, headers=shopper)).json()
    assert (mine["mine"], mine["refusal"]) == (1, "coupon_limit_reached")
    await client.post(f"/v1/malls/{mall.mall_id}/coupons/posters/{made['id']}/close", headers=operator)
    unknown = f"/v1/malls/{mall.mall_id}/posters/NOSUCHTOKEN"
    assert [(await client.get(path)).status_code for path in (shown, unknown)] == [404, 404]


async def test_a_push_reaches_each_member_once(
    runtime: Runtime, client: httpx.AsyncClient, operator: dict[str, str], mall: MadeMall, monkeypatch: Any
) -> None:
    monkeypatch.setattr(push, "CHUNK", 3)
    coupon = await make_coupon(runtime, mall.mall_id, issue_by=(coupons.ClaimSource.PUSH,))
    people = [await make_member(runtime, mall.group_id) for _ in range(8)]
    segment = {"segment": {"kind": "phones", "phones": [member.phone for member in people]}}
    preview = await client.post(at(mall, coupon, "pushes/preview"), headers=operator, json=segment)
    assert preview.json() == {"members": 8, "remaining": 100}
    headers = key(operator)
    begun = await client.post(at(mall, coupon, "pushes"), headers=headers, json=segment)
    again = await client.post(at(mall, coupon, "pushes"), headers=headers, json=segment)
    assert (begun.status_code, begun.json()["state"], again.json()["id"]) == (201, "running", begun.json()["id"])
    await drain(runtime, tasks=TASKS)
    [done] = (await client.get(at(mall, coupon, "pushes"), headers=operator)).json()
    assert (done["state"], done["seen"], done["granted"]) == ("done", 8, 8)
    await runtime.db.pool.execute(
        "UPDATE coupons.push SET state = 'running', after_id = NULL, seen = 0, granted = 0 WHERE id = $1", done["id"]
    )
    await jobs.push_on(runtime, str(mall.mall_id), done["id"])
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT claimed FROM coupons.coupon WHERE id = $1", coupon.id) == 8


async def test_a_push_stops_when_all_are_gone_and_names_nobody_for_nothing(
    runtime: Runtime, client: httpx.AsyncClient, operator: dict[str, str], mall: MadeMall
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, issue_by=(coupons.ClaimSource.PUSH,), total=2)
    people = [await make_member(runtime, mall.group_id) for _ in range(5)]
    segment = {"segment": {"kind": "phones", "phones": [member.phone for member in people]}}
    await client.post(at(mall, coupon, "pushes"), headers=key(operator), json=segment)
    await drain(runtime, tasks=TASKS)
    [done] = (await client.get(at(mall, coupon, "pushes"), headers=operator)).json()
    assert (done["state"], done["reason"], done["granted"]) == ("stopped", "coupon_sold_out", 2)
    for kind in ("tier", "phones", "bought_in_shop"):
        refused = await client.post(at(mall, coupon, "pushes"), headers=key(operator), json={"segment": {"kind": kind}})
        assert (kind, refused.status_code) == (kind, 422)
    for kind in ("everyone", "new", "birthday_month"):
        told = await client.post(at(mall, coupon, "pushes/preview"), headers=operator, json={"segment": {"kind": kind}})
        assert (told.status_code, told.json()["remaining"]) == (200, 0)


async def test_a_grant_by_another_system_happens_once(
    runtime: Runtime, client: httpx.AsyncClient, operator: dict[str, str], mall: MadeMall
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, issue_by=(coupons.ClaimSource.GAME,), per_member=3)
    member, reference = await make_member(runtime, mall.group_id), str(new_id())
    body = {"phone": member.phone, "source": "game", "reference": reference, "quantity": 2}
    first = await client.post(at(mall, coupon, "grants"), headers=key(operator), json=body)
    again = await client.post(at(mall, coupon, "grants"), headers=key(operator), json=body)
    assert first.status_code == again.status_code == 201
    assert [one["id"] for one in first.json()["claims"]] == [one["id"] for one in again.json()["claims"]]
    more = {"member_id": str(member.id), "source": "game", "reference": str(new_id()), "quantity": 2}
    part = (await client.post(at(mall, coupon, "grants"), headers=key(operator), json=more)).json()
    assert (len(part["claims"]), part["refusal"]) == (1, "coupon_limit_reached")
    none = await client.post(
        at(mall, coupon, "grants"), headers=key(operator), json={**more, "reference": str(new_id())}
    )
    assert (none.status_code, none.json()["code"]) == (409, "coupon_limit_reached")
    for wrong, status in (({"member_id": str(new_id())}, 404), ({"phone": member.phone}, 409)):
        body = {"source": "game", "reference": str(new_id()), **wrong}
        assert (await client.post(at(mall, coupon, "grants"), headers=key(operator), json=body)).status_code == status
    both = {"member_id": str(member.id), "phone": member.phone, "reference": str(new_id())}
    assert (await client.post(at(mall, coupon, "grants"), headers=key(operator), json=both)).status_code == 422


async def test_what_is_taken_back_frees_its_budget(
    runtime: Runtime, client: httpx.AsyncClient, operator: dict[str, str], mall: MadeMall
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, budget_minor=2000)
    member = await make_member(runtime, mall.group_id)
    claim = await make_claim(runtime, mall.mall_id, coupon.id, member.id, mall.group_id)
    with pytest.raises(coupons.CouponBudgetSpent):
        await make_claim(runtime, mall.mall_id, coupon.id, MemberId(new_id()), mall.group_id)
    [issued] = (await client.get(at(mall, coupon, "claims"), headers=operator)).json()["items"]
    assert (issued["id"], issued["state"]) == (str(claim.id), "issued")
    address = f"/v1/malls/{mall.mall_id}/coupons/claims/{claim.id}/void"
    assert (await client.post(address, headers=operator, json={"reason": " "})).status_code == 422
    voided = await client.post(address, headers=operator, json={"reason": "claimed by mistake"})
    assert (voided.status_code, voided.json()["state"]) == (200, "void")
    again = await client.post(address, headers=operator, json={"reason": "once more"})
    assert (again.status_code, again.json()["code"]) == (409, "claim_void")
    await make_claim(runtime, mall.mall_id, coupon.id, MemberId(new_id()), mall.group_id)


async def test_what_an_order_earned_is_taken_back_with_it(runtime: Runtime, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, issue_by=(coupons.ClaimSource.PURCHASE,), per_member=5)
    member, order, now = MemberId(new_id()), new_id(), datetime.now(UTC)
    said: dict[str, Any] = {
        "mall_id": mall.mall_id,
        "source": coupons.ClaimSource.PURCHASE,
        "reference": order,
        "now": now,
    }
    given = await runtime.db.write(
        Command(kind="tests.grant", actor=SYSTEM, now=now),
        lambda tx: coupons.grant(tx, coupon_id=coupon.id, member_id=member, quantity=3, **said),
        returns=coupons.GrantOutcome,
    )
    assert len(given.claims) == 3
    for left in (3, 0):
        voided = await runtime.db.write(
            Command(kind="tests.void", actor=SYSTEM, now=now), lambda tx: coupons.void_granted(tx, **said), returns=int
        )
        assert voided == left


async def test_a_member_is_reminded_once(runtime: Runtime, mall: MadeMall) -> None:
    now = datetime.now(UTC)
    coupon = await make_coupon(runtime, mall.mall_id, remind_hours=48, use_until=now + timedelta(days=8))
    silent = await make_coupon(runtime, mall.mall_id, use_until=now + timedelta(days=8))
    member = await make_member(runtime, mall.group_id)
    for one in (coupon, silent):
        await make_claim(runtime, mall.mall_id, one.id, member.id, mall.group_id)
    counted = "SELECT count(*) FROM notifications.message WHERE recipient = $1"
    for later, messages in ((timedelta(days=5), 0), (timedelta(days=7), 1), (timedelta(days=7, hours=1), 1)):
        await jobs.remind(runtime, now + later)
        async with runtime.db.read() as tx:
            assert await tx.value(counted, member.phone) == messages


async def test_the_books_are_right(runtime: Runtime) -> None:
    [module] = [module for module in MODULES if module.name == "coupons"]
    async with runtime.db.read() as tx:
        for invariant in module.invariants:
            assert (invariant.name, await tx.values(invariant.sql)) == (invariant.name, [])
