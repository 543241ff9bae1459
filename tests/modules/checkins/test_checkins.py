"""Check-ins over HTTP: refusals first; the race with its twin last."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from tests.factories.coupons import make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.engagement import checkins
from galleria.foundation import malls, members
from galleria.kernel.ids import new_id
from galleria.platform.actors import Actor, ActorKind, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value import points
from galleria.value.coupons import ClaimSource

LADDER: dict[str, Any] = {
    "active": True,
    "points_last_days": 30,
    "rungs": [{"day": 1, "points": 5}, {"day": 2, "points": 10}, {"day": 3, "points": 20}],
}


async def opened(runtime: Runtime, client: httpx.AsyncClient, **over: Any) -> tuple[MadeMall, dict[str, str]]:
    """Return a mall with a ladder, and its operator's headers."""
    mall = await make_mall(runtime)
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    operator = await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))
    answer = await client.put(f"/v1/malls/{mall.mall_id}/check-in-ladder", json=LADDER | over, headers=operator)
    assert answer.status_code == 200, answer.text
    return mall, operator


async def come(
    runtime: Runtime, mall: MadeMall, member: members.Member, *, at: datetime | None = None
) -> checkins.CheckedIn:
    now = at or datetime.now(UTC)
    actor = Actor(kind=ActorKind.MEMBER, id=member.id, group_id=mall.group_id)
    return await runtime.db.write(
        Command(kind="checkins.check_in", actor=actor, now=now, mall_id=mall.mall_id),
        lambda tx: checkins.check_in(tx, actor=actor, mall_id=mall.mall_id, now=now),
        returns=checkins.CheckedIn,
    )


async def balance(runtime: Runtime, member: members.Member) -> int:
    async with runtime.db.read() as tx:
        return (await points.balance(tx, member.id, now=datetime.now(UTC))).balance


async def test_without_a_ladder_nobody_checks_in(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    headers = await as_member(runtime, await make_member(runtime, mall.group_id))
    path = f"/v1/malls/{mall.mall_id}/me/check-in"
    answer = await client.post(path, headers={**headers, "idempotency-key": new_id().hex})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_ladder")
    assert (await client.get(path, headers=headers)).json()["active"] is False
    assert (await client.post(path, headers=headers)).json()["code"] == "key_required"


async def test_wrong_rungs_are_named(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall, operator = await opened(runtime, client)
    plain = await make_coupon(runtime, mall.mall_id)
    for rung, code in (
        ({"day": 1}, "rung_empty"),
        ({"day": 1, "coupon_id": str(new_id())}, "rung_coupon_unknown"),
        ({"day": 1, "coupon_id": str(plain.id)}, "rung_coupon_not_given"),
    ):
        answer = await client.put(
            f"/v1/malls/{mall.mall_id}/check-in-ladder", json={"active": True, "rungs": [rung]}, headers=operator
        )
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    kept = (await client.get(f"/v1/malls/{mall.mall_id}/check-in-ladder", headers=operator)).json()
    assert [rung["points"] for rung in kept["rungs"]] == [5, 10, 20]


async def test_once_a_day_over_http(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall, _ = await opened(runtime, client)
    member = await make_member(runtime, mall.group_id)
    headers, path = await as_member(runtime, member), f"/v1/malls/{mall.mall_id}/me/check-in"
    first = await client.post(path, headers={**headers, "idempotency-key": "today-once"})
    assert (first.status_code, first.json()["streak"], first.json()["points"]) == (201, 1, 5)
    same = await client.post(path, headers={**headers, "idempotency-key": "today-once"})
    assert same.json() == first.json()
    second = await client.post(path, headers={**headers, "idempotency-key": "today-twice"})
    assert (second.status_code, second.json()["code"]) == (409, "checked_in_today")
    standing = (await client.get(path, headers=headers)).json()
    assert (standing["streak"], standing["done_today"]) == (1, True)
    assert [(r["done"], r["today"]) for r in standing["rungs"]] == [(True, True), (False, False), (False, False)]
    assert await balance(runtime, member) == 5


async def test_days_in_a_row_climb_a_missed_day_falls_and_the_ladder_begins_anew(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    mall, _ = await opened(runtime, client)
    member, now = await make_member(runtime, mall.group_id), datetime.now(UTC)
    got = [await come(runtime, mall, member, at=now - timedelta(days=back)) for back in (9, 8, 7, 6, 4, 3)]
    assert [one.streak for one in got] == [1, 2, 3, 4, 1, 2]
    assert [one.points for one in got] == [5, 10, 20, 5, 5, 10]
    assert await balance(runtime, member) == 55
    async with runtime.db.read() as tx:
        standing = await checkins.standing(tx, mall_id=mall.mall_id, member_id=member.id, now=now)
    assert (standing.streak, standing.done_today) == (0, False)


async def test_the_day_is_the_malls_own(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall, _ = await opened(runtime, client)
    member = await make_member(runtime, mall.group_id)
    async with runtime.db.read() as tx:
        zone = ZoneInfo((await malls.get_mall(tx, mall.mall_id)).time_zone)
    midnight = datetime(2026, 11, 1, 0, 0, tzinfo=zone).astimezone(UTC)
    before = await come(runtime, mall, member, at=midnight - timedelta(microseconds=1))
    after = await come(runtime, mall, member, at=midnight)
    assert (before.streak, after.streak) == (1, 2)
    assert (after.day - before.day).days == 1


async def test_a_coupon_on_a_rung_is_given_once_and_missed_when_gone(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    mall, operator = await opened(runtime, client)
    coupon = await make_coupon(runtime, mall.mall_id, total=1, issue_by=(ClaimSource.EVENT,))
    body = {"active": True, "rungs": [{"day": 1, "coupon_id": str(coupon.id), "points": 1}]}
    answer = await client.put(f"/v1/malls/{mall.mall_id}/check-in-ladder", json=body, headers=operator)
    assert answer.status_code == 200, answer.text
    lucky, late = [await make_member(runtime, mall.group_id) for _ in range(2)]
    first, second = await come(runtime, mall, lucky), await come(runtime, mall, late)
    assert (first.coupon_missed, first.claim_id is not None, first.coupon_en) == (False, True, "20 off 100")
    assert (second.coupon_missed, second.claim_id, second.points) == (True, None, 1)


async def test_two_at_once_bring_one_reward(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall, _ = await opened(runtime, client)
    member = await make_member(runtime, mall.group_id)
    outcomes = await asyncio.gather(*(come(runtime, mall, member) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(one, checkins.CheckedIn) for one in outcomes) == 1
    assert sum(isinstance(one, checkins.CheckedInToday) for one in outcomes) == 7
    assert await balance(runtime, member) == 5


async def test_twin_without_the_key_two_at_once_bring_two(runtime: Runtime, client: httpx.AsyncClient) -> None:
    await opened(runtime, client)
    ready, member, rewards = asyncio.Barrier(2), new_id(), 0

    async def naive() -> None:
        nonlocal rewards
        async with runtime.db.pool.acquire() as connection:
            seen = await connection.fetchval("SELECT count(*) FROM checkins.visit WHERE member_id = $1", member)
            await ready.wait()
            if not seen:
                rewards += 1

    await asyncio.gather(naive(), naive())
    assert rewards == 2
