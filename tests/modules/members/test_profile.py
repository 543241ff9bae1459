"""What offers ask of members: birthday, tier, household. Refusals first; the race for the last bed with its twin."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.foundation import members
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def join(runtime: Runtime, member: members.Member, code: str, *, at: datetime | None = None) -> object:
    now = at or datetime.now(UTC)
    return await runtime.db.write(
        Command(kind="members.join_household", actor=SYSTEM, now=now),
        lambda tx: members.join_household(tx, group_id=member.group_id, member_id=member.id, join_code=code, now=now),
        returns=members.Member.__annotations__["id"],
    )


async def home_of(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    return str((await client.post("/v1/me/household", headers=headers)).json()["join_code"])


async def test_a_birthday_is_possible_and_told_once(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers = await as_member(runtime, await make_member(runtime, mall.group_id))
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    for wrong in ("1899-12-31", tomorrow):
        answer = await client.patch("/v1/me", json={"birthday": wrong}, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "birthday")
    assert (await client.patch("/v1/me", json={"birthday": "2000-02-29"}, headers=headers)).status_code == 200
    assert (await client.patch("/v1/me", json={"birthday": "2000-02-29"}, headers=headers)).status_code == 200
    again = await client.patch("/v1/me", json={"birthday": "1999-01-01", "name": "阿明"}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "birthday_set")
    me = (await client.get("/v1/me", headers=headers)).json()
    assert (me["birthday"], me["name"]) == ("2000-02-29", "")


async def test_only_operators_set_tiers_of_their_own_members(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    member = await make_member(runtime, mall.group_id)
    stranger = await make_member(runtime, (await make_mall(runtime)).group_id)
    path = f"/v1/malls/{mall.mall_id}/members"
    operator = await as_staff(
        runtime,
        await make_staff(runtime, mall.group_id, [Grant(role=Role.OPERATOR, group_id=mall.group_id)]),
    )
    grant = Grant(
        role=Role.CLERK,
        group_id=mall.group_id,
        mall_id=mall.mall_id,
        merchant_id=mall.merchant_ids[0],
        shop_id=mall.shop_ids[0],
    )
    clerk = await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))
    assert (await client.patch(f"{path}/{member.id}", json={"tier": "gold"}, headers=clerk)).status_code == 403
    assert (await client.patch(f"{path}/{stranger.id}", json={"tier": "gold"}, headers=operator)).status_code == 404
    assert (await client.patch(f"{path}/{member.id}", json={"tier": "Gold!"}, headers=operator)).status_code == 422
    assert (await client.patch(f"{path}/{member.id}", json={"tier": "gold"}, headers=operator)).status_code == 200
    async with runtime.db.read() as tx:
        assert (await members.profile(tx, mall.group_id, member.id)).tier == "gold"
        assert await members.profile(tx, mall.group_id, stranger.id) == members.Profile()
    assert (await client.patch(f"{path}/{member.id}", json={"tier": None}, headers=operator)).json()["tier"] is None


async def test_in_and_out_of_a_household(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    first, second = [await make_member(runtime, mall.group_id) for _ in range(2)]
    mine, theirs = await as_member(runtime, first), await as_member(runtime, second)
    assert (await client.get("/v1/me/household", headers=mine)).status_code == 404
    code = await home_of(client, mine)
    wrong = await client.post("/v1/me/household/join", json={"join_code": "AAAAAAAAAA"}, headers=theirs)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "household_code_wrong")
    joined = await client.post("/v1/me/household/join", json={"join_code": code.lower()}, headers=theirs)
    assert (joined.status_code, joined.json()["size"]) == (200, 2)
    twice = await client.post("/v1/me/household", headers=theirs)
    assert (twice.status_code, twice.json()["code"]) == (409, "in_household")
    async with runtime.db.read() as tx:
        found = await members.profiles(tx, mall.group_id, [first.id, second.id])
    assert found[first.id].household_id == found[second.id].household_id is not None
    assert (await client.delete("/v1/me/household", headers=theirs)).status_code == 200
    soon = await client.post("/v1/me/household", headers=theirs)
    assert (soon.status_code, soon.json()["code"]) == (409, "household_too_soon")
    left = (await client.get("/v1/me/household", headers=mine)).json()
    assert (left["size"], left["join_code"] != code) == (1, True)
    assert (await client.delete("/v1/me/household", headers=theirs)).status_code == 404
    later = datetime.now(UTC) + timedelta(days=31)
    assert await join(runtime, second, left["join_code"], at=later) is not None


async def test_a_code_of_another_group_opens_nothing(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    code = await home_of(client, await as_member(runtime, await make_member(runtime, mall.group_id)))
    stranger = await make_member(runtime, (await make_mall(runtime)).group_id)
    with pytest.raises(members.HouseholdCodeWrong):
        await join(runtime, stranger, code)


async def test_twelve_want_in_and_eight_live_there(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    code = await home_of(client, await as_member(runtime, await make_member(runtime, mall.group_id)))
    crowd = [await make_member(runtime, mall.group_id) for _ in range(12)]
    outcomes = await asyncio.gather(*(join(runtime, one, code) for one in crowd), return_exceptions=True)
    assert sum(isinstance(outcome, members.HouseholdFull) for outcome in outcomes) == 5
    size = await runtime.db.pool.fetchval("SELECT size FROM members.household WHERE join_code = $1", code)
    lived = await runtime.db.pool.fetchval(
        """SELECT count(*) FROM members.member AS m JOIN members.household AS h ON h.id = m.household_id
            WHERE h.join_code = $1""",
        code,
    )
    assert size == lived == 8


async def test_twin_who_counts_first_and_moves_in_then_overfills(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    code = await home_of(client, await as_member(runtime, await make_member(runtime, mall.group_id)))
    pool, ready = runtime.db.pool, asyncio.Barrier(4)
    home = await pool.fetchval("UPDATE members.household SET size = 7 WHERE join_code = $1 RETURNING id", code)
    crowd = [await make_member(runtime, mall.group_id) for _ in range(4)]

    async def naive(member: members.Member) -> None:
        async with pool.acquire() as connection:
            size = await connection.fetchval("SELECT size FROM members.household WHERE id = $1", home)
            await ready.wait()
            if size < 8:
                await connection.execute("UPDATE members.household SET size = $2 WHERE id = $1", home, size + 1)
                await connection.execute("UPDATE members.member SET household_id = $2 WHERE id = $1", member.id, home)

    await asyncio.gather(*(naive(one) for one in crowd))
    moved = await pool.fetchval("SELECT count(*) FROM members.member WHERE household_id = $1", home)
    assert moved == 5, "four found the one free bed"
    await pool.execute("UPDATE members.household SET size = 5 WHERE id = $1", home)
