import time
from typing import Any

import httpx
import pyotp
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import PASSWORD, as_member, as_staff, make_member, make_staff

from galleria.foundation import staff
from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime

EN = {"accept-language": "en"}


def operator(mall: MadeMall, *, everywhere: bool = False) -> Grant:
    return Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=None if everywhere else mall.mall_id)


def manager(mall: MadeMall, merchant: int = 0) -> Grant:
    return Grant(
        role=Role.MERCHANT_MANAGER,
        group_id=mall.group_id,
        mall_id=mall.mall_id,
        merchant_id=mall.merchant_ids[merchant],
    )


def clerk(mall: MadeMall, shop: int = 0) -> Grant:
    return Grant(
        role=Role.CLERK,
        group_id=mall.group_id,
        mall_id=mall.mall_id,
        merchant_id=mall.merchant_ids[0 if shop < 2 else 1],
        shop_id=mall.shop_ids[shop],
    )


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return await client.post("/v1/auth/staff", json={"login": login, "password": password, **more}, headers=EN)


async def counts(runtime: Runtime, mall: MadeMall) -> tuple[int, int, int]:
    """Return how many accounts, grants and journal rows of staff there are in a mall's group."""
    row = await runtime.db.pool.fetchrow(
        """
        SELECT (SELECT count(*) FROM staff.account WHERE group_id = $1),
               (SELECT count(*) FROM platform.staff_grant WHERE group_id = $1),
               (SELECT count(*) FROM platform.journal WHERE mall_id = $2 AND kind LIKE 'staff.%')
        """,
        mall.group_id,
        mall.mall_id,
    )
    assert row is not None
    return (row[0], row[1], row[2])


async def test_a_clerk_signs_in_and_sees_what_he_may_do_where(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    account = await make_staff(runtime, mall.group_id, [clerk(mall)])
    signed_in = (await sign_in(client, account.login.upper())).json()
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    me = (await client.get("/v1/staff/me", headers=headers)).json()
    assert me == signed_in["staff"]
    [grant] = me["grants"]
    allowed = ["bag.carry", "dine.serve", "fulfil", "gate.check", "order.read", "payment.take", "redeem"]
    assert (grant["role"], grant["permissions"]) == ("clerk", allowed)
    assert (grant["mall_en"], grant["shop_en"]) == ("Spruce Lane", "Shop 1")
    assert grant["merchant_zh"].startswith("商户")


async def test_a_wrong_login_a_wrong_password_and_a_disabled_account_sound_the_same(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall = await make_mall(runtime)
    account = await make_staff(runtime, mall.group_id, [clerk(mall)])
    disabled = await make_staff(runtime, mall.group_id, [clerk(mall)])
    await runtime.db.pool.execute("UPDATE staff.account SET state = 'disabled' WHERE id = $1", disabled.id)
    answers = [
        await sign_in(client, account.login, "another password"),
        await sign_in(client, f"nobody-{new_id()}"),
        await sign_in(client, disabled.login),
    ]
    assert {a.status_code for a in answers} == {400}
    assert len({a.text for a in answers}) == 1
    assert answers[0].json()["code"] == "sign_in_refused"
    assert (
        await runtime.db.pool.fetchval(
            "SELECT count(*) FROM platform.session WHERE actor_id = ANY($1)", [account.id, disabled.id]
        )
        == 0
    )


async def test_tries_at_a_login_are_limited(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    account = await make_staff(runtime, mall.group_id, [clerk(mall)])
    for _ in range(10):
        assert (await sign_in(client, account.login, "another password")).status_code == 400
    refused = await sign_in(client, account.login)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert int(refused.headers["retry-after"]) <= 900


async def test_a_second_factor_is_asked_for_after_the_password_and_works_once(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall = await make_mall(runtime)
    account = await make_staff(runtime, mall.group_id, [clerk(mall)])
    headers = await as_staff(runtime, account)
    started = (await client.post("/v1/staff/me/totp", headers=headers)).json()
    assert started["uri"].startswith("otpauth://totp/")
    totp, now = pyotp.TOTP(started["secret"]), time.time()

    assert (await sign_in(client, account.login)).status_code == 200, "not on before it is confirmed"
    wrong = await client.post("/v1/staff/me/totp/confirm", json={"code": far_code(totp, now)}, headers=headers)
    assert wrong.json()["code"] == "totp_wrong"
    earlier = totp.at(now - 30)
    on = await client.post("/v1/staff/me/totp/confirm", json={"code": earlier}, headers=headers)
    assert on.json()["totp_confirmed"] is True
    assert (await client.post("/v1/staff/me/totp", headers=headers)).json()["code"] == "totp_state"

    assert (await sign_in(client, account.login)).json()["code"] == "totp_required"
    assert (await sign_in(client, account.login, "another password")).json()["code"] == "sign_in_refused"
    assert (await sign_in(client, account.login, totp=far_code(totp, now))).json()["code"] == "totp_wrong"
    assert (await sign_in(client, account.login, totp=earlier)).json()["code"] == "totp_wrong", "confirming spent it"
    assert (await sign_in(client, account.login, totp=totp.at(now))).status_code == 200
    assert (await sign_in(client, account.login, totp=totp.at(now))).json()["code"] == "totp_wrong"

    off = await client.delete("/v1/staff/me/totp", params={"code": totp.at(now + 30)}, headers=headers)
    assert off.json()["totp_confirmed"] is False
    assert (await sign_in(client, account.login)).status_code == 200


def far_code(totp: pyotp.TOTP, now: float) -> str:
    """Return a code that is none of the nearest steps'."""
    near = {totp.at(now + step * 30) for step in range(-3, 4)}
    return next(code for code in (f"{n:06}" for n in range(10)) if code not in near)


async def test_secrets_of_staff_are_not_in_the_journal(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    boss = await make_staff(runtime, mall.group_id, [operator(mall)])
    signed_in = (await sign_in(client, boss.login)).json()
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    totp = (await client.post("/v1/staff/me/totp", headers=headers)).json()
    await client.post(
        f"/v1/malls/{mall.mall_id}/staff", json=new("journal-secret-1", grants=[{"role": "operator"}]), headers=headers
    )
    said = await runtime.db.pool.fetchval(
        "SELECT string_agg(coalesce(detail::text, '') || result::text, ' ') FROM platform.journal"
    )
    assert "staff.hire" in str(await runtime.db.pool.fetch("SELECT DISTINCT kind FROM platform.journal"))
    for secret in (PASSWORD, signed_in["access_token"], signed_in["refresh_token"], totp["secret"], "correct horse"):
        assert secret not in said


async def test_a_new_password_needs_the_old_one_and_ends_other_sign_ins(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall = await make_mall(runtime)
    account = await make_staff(runtime, mall.group_id, [clerk(mall)])
    here, there = await as_staff(runtime, account), await as_staff(runtime, account)
    url, fresh = "/v1/staff/me/password", "a fresh password"
    refused = await client.post(url, json={"current": "another password", "password": fresh}, headers=here)
    assert refused.json()["code"] == "sign_in_refused"
    weak = await client.post(url, json={"current": PASSWORD, "password": f"my {account.login}"}, headers=here)
    assert (weak.status_code, weak.json()["errors"][0]["code"]) == (422, "password_weak")
    assert (await client.get("/v1/staff/me", headers=there)).status_code == 200

    assert (await client.post(url, json={"current": PASSWORD, "password": fresh}, headers=here)).status_code == 200
    assert (await client.get("/v1/staff/me", headers=here)).status_code == 200
    assert (await client.get("/v1/staff/me", headers=there)).status_code == 401
    assert (await sign_in(client, account.login, fresh)).status_code == 200
    assert (await sign_in(client, account.login)).status_code == 400


def new(login: str | None = None, **over: Any) -> dict[str, Any]:
    return {
        "login": login or f"new-{new_id().hex[-12:]}",
        "name": "新同事",
        "password": "correct horse battery",
        "grants": [],
        **over,
    }


async def hire(
    client: httpx.AsyncClient, runtime: Runtime, mall: MadeMall, giver: Grant, grant: dict[str, Any]
) -> httpx.Response:
    headers = await as_staff(runtime, await make_staff(runtime, mall.group_id, [giver]))
    return await client.post(f"/v1/malls/{mall.mall_id}/staff", json=new(grants=[grant]), headers={**headers, **EN})


async def test_an_operator_takes_on_a_manager_who_takes_on_a_clerk(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    hired = await hire(
        client, runtime, mall, operator(mall), {"role": "merchant_manager", "merchant_id": str(mall.merchant_ids[0])}
    )
    assert hired.status_code == 201
    signed_in = (await sign_in(client, hired.json()["login"], "correct horse battery")).json()
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    grant = {"role": "clerk", "shop_id": str(mall.shop_ids[0])}
    second = await client.post(f"/v1/malls/{mall.mall_id}/staff", json=new(grants=[grant]), headers=headers)
    assert second.status_code == 201
    assert second.json()["grants"][0]["merchant_id"] == str(mall.merchant_ids[0])
    listed = (await client.get(f"/v1/malls/{mall.mall_id}/staff", headers=headers)).json()["items"]
    assert [person["id"] for person in listed] == [second.json()["id"], hired.json()["id"]]


@pytest.mark.parametrize(
    ("giver", "wanted"),
    [
        ("mall operator", "group operator"),
        ("manager", "mall operator"),
        ("manager", "other merchant's manager"),
        ("manager", "other merchant's clerk"),
    ],
)
async def test_nobody_gives_more_than_he_holds(
    client: httpx.AsyncClient, runtime: Runtime, giver: str, wanted: str
) -> None:
    mall = await make_mall(runtime)
    grant = {
        "group operator": {"role": "operator", "whole_group": True},
        "mall operator": {"role": "operator"},
        "other merchant's manager": {"role": "merchant_manager", "merchant_id": str(mall.merchant_ids[1])},
        "other merchant's clerk": {"role": "clerk", "shop_id": str(mall.shop_ids[2])},
    }[wanted]
    holder = {"mall operator": operator(mall), "manager": manager(mall)}[giver]
    account = await make_staff(runtime, mall.group_id, [holder])
    headers, before = await as_staff(runtime, account), await counts(runtime, mall)
    answer = await client.post(f"/v1/malls/{mall.mall_id}/staff", json=new(grants=[grant]), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "grant_beyond")
    assert await counts(runtime, mall) == before


@pytest.mark.parametrize(
    ("grant", "field", "code"),
    [
        ({"role": "operator", "shop_id": "shop"}, "grants[0].role", "operator_place"),
        ({"role": "clerk"}, "grants[0].role", "place_needed"),
        ({"role": "clerk", "shop_id": "shop", "whole_group": True}, "grants[0].whole_group", "shop_is_in_one_mall"),
        ({"role": "clerk", "shop_id": str(new_id())}, "grants[0].shop_id", "shop_unknown"),
        ({"role": "clerk", "merchant_id": str(new_id())}, "grants[0].merchant_id", "merchant_unknown"),
        ({"role": "clerk", "shop_id": "shop", "merchant_id": "other"}, "grants[0].shop_id", "shop_of_another"),
    ],
)
async def test_a_role_at_a_place_that_makes_no_sense_is_named(
    client: httpx.AsyncClient, runtime: Runtime, grant: dict[str, Any], field: str, code: str
) -> None:
    mall = await make_mall(runtime)
    real = {"shop": str(mall.shop_ids[0]), "other": str(mall.merchant_ids[1])}
    wanted = {key: real.get(value, value) if isinstance(value, str) else value for key, value in grant.items()}
    answer = await hire(client, runtime, mall, operator(mall, everywhere=True), wanted)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, field, code)


async def test_a_login_is_one_person_s(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    headers = await as_staff(runtime, await make_staff(runtime, mall.group_id, [operator(mall)]))
    url, login = f"/v1/malls/{mall.mall_id}/staff", f"li-{new_id().hex[-12:]}"
    grants = [{"role": "operator"}]
    assert (await client.post(url, json=new(login, grants=grants), headers=headers)).status_code == 201
    before = await counts(runtime, mall)
    again = await client.post(url, json=new(login.upper(), grants=grants), headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "login_taken")
    assert await counts(runtime, mall) == before


async def patch(
    client: httpx.AsyncClient, mall: MadeMall, who: staff.Account, headers: dict[str, str], **body: Any
) -> httpx.Response:
    return await client.patch(f"/v1/malls/{mall.mall_id}/staff/{who.id}", json=body, headers=headers)


async def test_disabling_ends_sign_ins_at_once_and_enabling_gives_back(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall = await make_mall(runtime)
    boss = await make_staff(runtime, mall.group_id, [operator(mall)])
    account = await make_staff(runtime, mall.group_id, [clerk(mall)])
    headers, theirs = await as_staff(runtime, boss), await as_staff(runtime, account)
    assert (await client.get("/v1/staff/me", headers=theirs)).status_code == 200
    assert (await patch(client, mall, account, headers, state="disabled")).json()["state"] == "disabled"
    assert (await client.get("/v1/staff/me", headers=theirs)).status_code == 401
    assert (await sign_in(client, account.login)).status_code == 400
    assert (await patch(client, mall, account, headers, state="active")).status_code == 200
    assert (await client.get("/v1/staff/me", headers=theirs)).status_code == 401, "an ended sign-in stays ended"
    assert len((await sign_in(client, account.login)).json()["staff"]["grants"]) == 1


async def test_the_last_operator_stays(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    boss = await make_staff(runtime, mall.group_id, [operator(mall)])
    second = await make_staff(runtime, mall.group_id, [operator(mall)])
    headers = await as_staff(runtime, boss)
    assert (await patch(client, mall, second, headers, state="disabled")).status_code == 200
    before = await counts(runtime, mall)
    for body in ({"state": "disabled"}, {"grants": []}):
        answer = await patch(client, mall, boss, headers, **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_operator")
    assert await counts(runtime, mall) == before
    assert (await client.get("/v1/staff/me", headers=headers)).json()["state"] == "active"


async def test_a_manager_changes_his_own_merchant_s_people_only(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    boss = await make_staff(runtime, mall.group_id, [operator(mall)])
    mine = await make_staff(runtime, mall.group_id, [clerk(mall)])
    foreign = await make_staff(runtime, mall.group_id, [clerk(mall, shop=2)])
    shared = await make_staff(runtime, mall.group_id, [clerk(mall), clerk(mall, shop=2)])
    headers = await as_staff(runtime, await make_staff(runtime, mall.group_id, [manager(mall)]))
    for who in (boss, foreign):
        assert (await patch(client, mall, who, headers, password="taken over by me")).status_code == 404
    assert (await patch(client, mall, shared, headers, password="taken over by me")).status_code == 403
    assert (await patch(client, mall, mine, headers, password="a password of his")).status_code == 200
    left = (await patch(client, mall, shared, headers, grants=[])).json()["grants"]
    assert [grant["shop_id"] for grant in left] == [str(mall.shop_ids[2])], "what he could not give, he cannot take"
    listed = (await client.get(f"/v1/malls/{mall.mall_id}/staff", headers=headers)).json()["items"]
    assert {person["id"] for person in listed}.isdisjoint({str(boss.id), str(foreign.id), str(shared.id)})


async def test_clerks_members_and_other_malls_manage_nobody(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall, other = await make_mall(runtime), await make_mall(runtime)
    account = await make_staff(runtime, mall.group_id, [clerk(mall)])
    outsiders = [
        await as_staff(runtime, account),
        await as_staff(runtime, await make_staff(runtime, other.group_id, [operator(other, everywhere=True)])),
        await as_member(runtime, await make_member(runtime, mall.group_id)),
    ]
    before = await counts(runtime, mall)
    for headers in outsiders:
        assert (await client.get(f"/v1/malls/{mall.mall_id}/staff", headers=headers)).status_code == 403
        assert (await patch(client, mall, account, headers, state="disabled")).status_code == 403
        answer = await client.post(
            f"/v1/malls/{mall.mall_id}/staff", json=new(grants=[{"role": "operator"}]), headers=headers
        )
        assert answer.status_code == 403
    assert await counts(runtime, mall) == before


async def test_the_list_pages_and_refuses_a_forged_cursor(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    boss = await make_staff(runtime, mall.group_id, [operator(mall)])
    for _ in range(3):
        await make_staff(runtime, mall.group_id, [clerk(mall)])
    headers, url = await as_staff(runtime, boss), f"/v1/malls/{mall.mall_id}/staff"
    first = (await client.get(url, params={"limit": 3}, headers=headers)).json()
    rest = (await client.get(url, params={"limit": 3, "cursor": first["next_cursor"]}, headers=headers)).json()
    assert (len(first["items"]), [p["id"] for p in rest["items"]]) == (3, [str(boss.id)])
    assert rest["next_cursor"] is None
    assert (await client.get(url, params={"cursor": "forged"}, headers=headers)).status_code == 422
