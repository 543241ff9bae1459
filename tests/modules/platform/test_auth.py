import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from tests.factories.malls import make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff, new_phone

from galleria.foundation import staff
from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.http.access import Reception
from galleria.platform.runtime import Runtime


async def signed_in(client: httpx.AsyncClient, runtime: Runtime, device: str = "phone") -> dict[str, Any]:
    mall, phone = await make_mall(runtime), new_phone()
    body = {"mall_id": str(mall.mall_id), "phone": phone}
    code = (await client.post("/v1/auth/code", json=body)).json()["sandbox_code"]
    answer = await client.post("/v1/auth/verify", json={**body, "code": code}, headers={"user-agent": device})
    found: dict[str, Any] = answer.json()
    return found


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/v1/auth/refresh", json={"refresh_token": token})


async def test_a_sign_in_renews_and_its_new_tokens_work(client: httpx.AsyncClient, runtime: Runtime) -> None:
    first = await signed_in(client, runtime)
    second = (await refresh(client, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await client.get("/v1/me", headers=bearer(second))).status_code == 200
    assert (await refresh(client, second["refresh_token"])).status_code == 200


async def test_a_refresh_token_used_twice_ends_the_whole_sign_in(client: httpx.AsyncClient, runtime: Runtime) -> None:
    first = await signed_in(client, runtime)
    second = (await refresh(client, first["refresh_token"])).json()
    stolen = await refresh(client, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["code"]) == (401, "unauthenticated")
    assert (await refresh(client, second["refresh_token"])).status_code == 401
    for tokens in (first, second):
        assert (await client.get("/v1/me", headers=bearer(tokens))).status_code == 401


async def test_a_made_up_refresh_token_is_refused_and_nothing_happens(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    before = await runtime.db.pool.fetchval("SELECT count(*) FROM platform.journal")
    assert (await refresh(client, "x" * 43)).status_code == 401
    assert (await refresh(client, "short")).status_code == 422
    assert await runtime.db.pool.fetchval("SELECT count(*) FROM platform.journal") == before


async def test_an_unused_sign_in_ends_by_itself(client: httpx.AsyncClient, runtime: Runtime) -> None:
    first = await signed_in(client, runtime)
    await runtime.db.pool.execute(
        "UPDATE platform.session SET expires_at = expires_at - $2::interval WHERE actor_id = $1",
        first["member"]["id"],
        timedelta(days=60),
    )
    assert (await refresh(client, first["refresh_token"])).status_code == 401


async def test_signing_out_ends_access_and_refresh_at_once(client: httpx.AsyncClient, runtime: Runtime) -> None:
    tokens = await signed_in(client, runtime)
    assert (await client.post("/v1/auth/sign-out", headers=bearer(tokens))).json() == {"ended": 1}
    assert (await client.get("/v1/me", headers=bearer(tokens))).status_code == 401
    assert (await refresh(client, tokens["refresh_token"])).status_code == 401


async def test_one_sees_and_ends_one_s_own_sign_ins_only(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    member = await make_member(runtime, mall.group_id)
    here, there = await as_member(runtime, member), await as_member(runtime, member)
    stranger = await as_member(runtime, await make_member(runtime, mall.group_id))
    listed = (await client.get("/v1/auth/sessions", headers=here)).json()["items"]
    [other] = [s for s in listed if not s["current"]]
    assert len(listed) == 2
    url = f"/v1/auth/sessions/{other['id']}"
    assert (await client.delete(url, headers=stranger)).status_code == 404
    assert (await client.get("/v1/me", headers=there)).status_code == 200
    assert (await client.delete(url, headers=here)).json() == {"ended": 1}
    assert (await client.get("/v1/me", headers=there)).status_code == 401
    assert (await client.delete(url, headers=here)).status_code == 404
    assert (await client.delete(f"/v1/auth/sessions/{new_id()}", headers=here)).status_code == 404
    assert len((await client.get("/v1/auth/sessions", headers=here)).json()["items"]) == 1


async def test_a_revoked_sign_in_is_nobody_on_public_pages(client: httpx.AsyncClient, runtime: Runtime) -> None:
    tokens = await signed_in(client, runtime)
    await client.post("/v1/auth/sign-out", headers=bearer(tokens))
    assert (await client.get("/v1/malls", headers=bearer(tokens))).status_code == 200


async def test_a_revocation_reaches_other_processes(client: httpx.AsyncClient, runtime: Runtime) -> None:
    tokens = await signed_in(client, runtime)
    session_id = await runtime.db.pool.fetchval(
        "SELECT id FROM platform.session WHERE actor_id = $1", tokens["member"]["id"]
    )
    await runtime.db.pool.execute("SELECT pg_notify('galleria_revoked', $1)", str(session_id))
    for _ in range(100):
        if session_id in runtime.revocations:
            break
        await asyncio.sleep(0.02)
    assert (await client.get("/v1/me", headers=bearer(tokens))).status_code == 401


async def sign_in_of(runtime: Runtime, account: staff.Account) -> UUID:
    await as_staff(runtime, account)
    found: UUID = await runtime.db.pool.fetchval("SELECT id FROM platform.session WHERE actor_id = $1", account.id)
    return found


async def test_staff_who_ask_together_are_each_told_their_own_grants(runtime: Runtime) -> None:
    mall, reception = await make_mall(runtime), Reception(runtime)
    may = Grant(role=Role.OPERATOR, group_id=mall.group_id)
    accounts = [await make_staff(runtime, mall.group_id, [may]) for _ in range(3)]
    sessions = [await sign_in_of(runtime, account) for account in accounts]
    await runtime.db.pool.execute("DELETE FROM platform.staff_grant WHERE staff_id = $1", accounts[1].id)
    await runtime.db.pool.execute("UPDATE platform.session SET revoked_at = now() WHERE id = $1", sessions[2])
    asked = [(accounts[n % 3].id, sessions[n % 3]) for n in range(30)]
    told = await asyncio.gather(*(reception.grants(*one) for one in [*asked, (accounts[0].id, sessions[1])]))
    assert all(told[n] for n in range(0, 30, 3))
    assert told[1:30:3] == [[]] * 10
    assert told[2:30:3] == [None] * 10
    assert told[30] is None  # a sign-in of somebody else


async def test_what_was_taken_while_others_were_told_is_not_granted(runtime: Runtime) -> None:
    mall, reception = await make_mall(runtime), Reception(runtime)
    account = await make_staff(runtime, mall.group_id)
    session_id = await sign_in_of(runtime, account)
    for _ in range(20):
        await runtime.db.pool.execute("UPDATE platform.session SET revoked_at = NULL WHERE id = $1", session_id)
        before = [asyncio.create_task(reception.grants(account.id, session_id)) for _ in range(8)]
        await asyncio.sleep(0)
        await runtime.db.pool.execute("UPDATE platform.session SET revoked_at = now() WHERE id = $1", session_id)
        assert await reception.grants(account.id, session_id) is None
        await asyncio.gather(*before)


async def test_a_forged_or_altered_token_is_refused(client: httpx.AsyncClient, runtime: Runtime) -> None:
    token = (await signed_in(client, runtime))["access_token"]
    body, _, mac = token.partition(".")
    for forged in (f"{body}.{mac[::-1]}", f"{body[:-4]}AAAA.{mac}", body, "x.y", "", "中文"):
        answer = await client.get("/v1/me", headers={"authorization": f"Bearer {forged}".encode()})  # type: ignore[dict-item]
        assert answer.status_code == 401
