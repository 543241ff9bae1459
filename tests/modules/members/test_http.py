import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, make_member, new_phone

from galleria import main, worker
from galleria.adapters.sms_sandbox import SandboxSms
from galleria.foundation.notifications import SmsProvider
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.runtime import Runtime

EN = {"accept-language": "en"}


async def ask(client: httpx.AsyncClient, mall: MadeMall, phone: str) -> httpx.Response:
    return await client.post("/v1/auth/code", json={"mall_id": str(mall.mall_id), "phone": phone}, headers=EN)


async def verify(client: httpx.AsyncClient, mall: MadeMall, phone: str, code: str, **headers: str) -> httpx.Response:
    body = {"mall_id": str(mall.mall_id), "phone": phone, "code": code}
    return await client.post("/v1/auth/verify", json=body, headers={**EN, **headers})


async def age_code(runtime: Runtime, phone: str, **by: float) -> None:
    """Let time pass for a phone's code."""
    await runtime.db.pool.execute(
        "UPDATE members.login_code SET created_at = created_at - $2::interval, expires_at = expires_at - $2::interval"
        " WHERE phone = $1",
        phone,
        timedelta(**by),
    )


async def members_with(runtime: Runtime, phone: str) -> int:
    found: int = await runtime.db.pool.fetchval("SELECT count(*) FROM members.member WHERE phone = $1", phone)
    return found


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_shopper_becomes_a_member_by_code_and_stays_the_same_person_in_all_malls_of_the_group(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    sister = await make_mall(runtime, group_id=mall.group_id)
    sent = (await ask(client, mall, phone.removeprefix("+86"))).json()
    assert (sent["expires_in"], sent["resend_in"]) == (300, 60)

    signed_in = (await verify(client, mall, phone, sent["sandbox_code"])).json()
    assert signed_in["member"]["phone"] == phone
    assert signed_in["member"]["locale"] == "en"
    assert signed_in["member"]["joined_mall_id"] == str(mall.mall_id)
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    assert (await client.get("/v1/me", headers=headers)).json() == signed_in["member"]

    again = (await ask(client, sister, phone)).json()
    elsewhere = (await verify(client, sister, phone, again["sandbox_code"])).json()
    assert elsewhere["member"] == signed_in["member"]


@pytest.mark.parametrize("phone", ["12345", "+86 10 6552 9988", "not a phone", "+999123456789"])
async def test_what_is_no_mobile_number_is_refused_by_field_and_nothing_is_sent(
    client: httpx.AsyncClient, runtime: Runtime, phone: str
) -> None:
    mall = await make_mall(runtime)
    answer = await ask(client, mall, phone)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "phone"
    assert "mobile number" in answer.json()["detail"]
    assert (
        await runtime.db.pool.fetchval("SELECT count(*) FROM notifications.message WHERE group_id = $1", mall.group_id)
        == 0
    )


async def test_a_mall_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/auth/code", json={"mall_id": str(new_id()), "phone": new_phone()})
    assert answer.status_code == 404


async def test_asking_tells_nothing_about_who_is_a_member(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    member = await make_member(runtime, mall.group_id)
    known, unknown = (await ask(client, mall, member.phone)).json(), (await ask(client, mall, new_phone())).json()
    assert {**known, "sandbox_code": ""} == {**unknown, "sandbox_code": ""}
    assert (await verify(client, mall, member.phone, wrong(known["sandbox_code"]))).json() == (
        await verify(client, mall, new_phone(), "123456")
    ).json()


async def test_another_code_comes_after_a_minute_and_ends_the_first(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    first = (await ask(client, mall, phone)).json()["sandbox_code"]
    refused = await ask(client, mall, phone)
    assert (refused.status_code, refused.json()["code"]) == (429, "code_too_soon")
    assert 55 <= int(refused.headers["retry-after"]) <= 60

    await age_code(runtime, phone, seconds=60)
    second = (await ask(client, mall, phone)).json()["sandbox_code"]
    if first != second:
        assert (await verify(client, mall, phone, first)).json()["code"] == "code_wrong"
    assert (await verify(client, mall, phone, second)).status_code == 200


async def test_a_code_works_once(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = (await ask(client, mall, phone)).json()["sandbox_code"]
    assert (await verify(client, mall, phone, code)).status_code == 200
    again = await verify(client, mall, phone, code)
    assert (again.status_code, again.json()["code"]) == (400, "code_wrong")


async def test_a_used_key_does_not_replay_a_sign_in(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall, phone, key = await make_mall(runtime), new_phone(), f"key-{new_id()}"
    code = (await ask(client, mall, phone)).json()["sandbox_code"]
    first = await verify(client, mall, phone, code, **{"idempotency-key": key})
    assert first.status_code == 200
    for headers in ({}, {"authorization": f"Bearer {first.json()['access_token']}"}):
        again = await verify(client, mall, phone, code, **{"idempotency-key": key, **headers})
        assert (again.status_code, again.json()["code"]) == (400, "code_wrong")


async def test_five_wrong_tries_end_a_code(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = (await ask(client, mall, phone)).json()["sandbox_code"]
    for _ in range(5):
        assert (await verify(client, mall, phone, wrong(code))).status_code == 400
    assert (await verify(client, mall, phone, code)).json()["code"] == "code_wrong"
    assert await members_with(runtime, phone) == 0


async def test_a_code_ends_after_five_minutes(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = (await ask(client, mall, phone)).json()["sandbox_code"]
    await age_code(runtime, phone, seconds=300)
    assert (await verify(client, mall, phone, code)).status_code == 400
    assert await members_with(runtime, phone) == 0


async def test_a_code_of_one_group_opens_no_other(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall, other, phone = await make_mall(runtime), await make_mall(runtime), new_phone()
    code = (await ask(client, mall, phone)).json()["sandbox_code"]
    assert (await verify(client, other, phone, code)).status_code == 400


async def test_codes_of_one_phone_are_limited(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    answers = []
    for _ in range(11):
        answers.append(await ask(client, mall, phone))
        await age_code(runtime, phone, seconds=60)
    assert [a.status_code for a in answers[:10]] == [200] * 10
    assert (answers[10].status_code, answers[10].json()["code"]) == (429, "too_many")


async def test_neither_journal_nor_messages_hold_a_code_a_token_or_a_number(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = (await ask(client, mall, phone)).json()["sandbox_code"]
    signed_in = (await verify(client, mall, phone, code)).json()
    rows = await runtime.db.pool.fetch(
        "SELECT kind, detail::text || result::text || events::text AS said FROM platform.journal WHERE mall_id = $1",
        mall.mall_id,
    )
    assert {row["kind"] for row in rows} >= {"members.send_code", "members.verify"}
    for row in rows:
        for secret in (signed_in["access_token"], signed_in["refresh_token"], phone, phone.removeprefix("+86")):
            assert secret not in row["said"]
    body = await runtime.db.pool.fetchval("SELECT body FROM notifications.message WHERE recipient = $1", phone)
    assert "{code}" in body
    assert code not in body


async def test_the_message_carries_the_code(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = (await ask(client, mall, phone)).json()["sandbox_code"]
    await worker.drain(runtime, tasks=[task for module in main.MODULES for task in module.tasks])
    provider: Any = runtime.port(SmsProvider)  # type: ignore[type-abstract]
    assert isinstance(provider, SandboxSms)
    [sms] = [sms for sms in provider.sent if sms.phone == phone]
    assert code in sms.body


async def test_a_profile_changes_in_the_named_fields_only(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    member = await make_member(runtime, mall.group_id)
    headers = await as_member(runtime, member)
    changed = (await client.patch("/v1/me", json={"name": " 林小满 "}, headers=headers)).json()
    assert (changed["name"], changed["locale"], changed["phone"]) == ("林小满", "zh-CN", member.phone)
    refused = await client.patch("/v1/me", json={"name": "x" * 41}, headers={**headers, **EN})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "name")
    assert (await client.get("/v1/me", headers=headers)).json()["name"] == "林小满"


async def test_a_first_sign_in_from_two_sides_at_once_makes_one_member(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = (await ask(client, mall, phone)).json()["sandbox_code"]
    answers = await asyncio.gather(*(verify(client, mall, phone, code) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [200, 400, 400, 400, 400, 400]
    assert await members_with(runtime, phone) == 1


async def test_housekeeping_forgets_what_is_over_and_keeps_the_rest(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall, old, fresh = await make_mall(runtime), new_phone(), new_phone()
    await ask(client, mall, old)
    await ask(client, mall, fresh)
    await age_code(runtime, old, seconds=301)
    member = await make_member(runtime, GroupId(mall.group_id))
    headers = await as_member(runtime, member)
    await runtime.db.pool.execute(
        "INSERT INTO platform.attempt VALUES ($1, now() - interval '2 days', 3)", f"old:{new_id()}"
    )
    for module in main.MODULES:
        if module.name in {"platform", "members", "notifications"}:
            for schedule in module.schedules:
                await schedule.handler(runtime, datetime.now(UTC))
    left = await runtime.db.pool.fetch("SELECT phone FROM members.login_code WHERE phone = ANY($1)", [old, fresh])
    assert [row["phone"] for row in left] == [fresh]
    assert (
        await runtime.db.pool.fetchval(
            "SELECT count(*) FROM platform.attempt WHERE window_start < now() - '1 day'::interval"
        )
        == 0
    )
    assert (await client.get("/v1/me", headers=headers)).status_code == 200
