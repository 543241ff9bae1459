"""Festivals whose coupons come in releases and shares."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from tests.factories.coupons import coupon_input
from tests.factories.festivals import Guest, guest, make_festival
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.engagement.festivals import jobs, store
from galleria.engagement.festivals.model import District
from galleria.foundation import members
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons


async def shared(runtime: Runtime, mall: MadeMall, pools: list[coupons.PoolInput], **over: Any) -> coupons.Coupon:
    """Publish a coupon of a festival that is given out of pools."""
    now = datetime.now(UTC)

    async def make(tx: Tx) -> coupons.Coupon:
        written = coupon_input(now=now, gate="festival", **over)
        made = await coupons.create(tx, actor=SYSTEM, mall_id=mall.mall_id, coupon=written, now=now)
        await coupons.set_pools(
            tx, actor=SYSTEM, mall_id=mall.mall_id, coupon_id=made.id, pools=coupons.Pools(pools=pools)
        )
        await coupons.approve(tx, mall_id=mall.mall_id, coupon_id=made.id, version=made.version, now=now)
        return await coupons.set_state(
            tx, actor=SYSTEM, mall_id=mall.mall_id, coupon_id=made.id, state=coupons.CouponState.LIVE, now=now
        )

    return await runtime.db.write(Command(kind="tests.shared", actor=SYSTEM, now=now), make, returns=coupons.Coupon)


async def of_tier(runtime: Runtime, mall: MadeMall, client: httpx.AsyncClient, path: Guest, tier: str | None) -> Guest:
    member = await make_member(runtime, mall.group_id)
    await runtime.db.write(
        Command(kind="tests.tier", actor=SYSTEM, now=utc_now()),
        lambda tx: members.set_tier(tx, group_id=mall.group_id, member_id=member.id, tier=tier),
        returns=members.Member.__annotations__["id"],
    )
    path.headers = {**path.headers, **await as_member(runtime, member)}
    return path


async def test_between_releases_people_hear_when_the_next_one_is(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall, now = await make_mall(runtime), datetime.now(UTC)
    later = now + timedelta(hours=1)
    pools = [
        coupons.PoolInput(starts_at=now - timedelta(hours=1), ends_at=later, total=1),
        coupons.PoolInput(starts_at=later, ends_at=later + timedelta(hours=1), total=5),
    ]
    festival = await make_festival(runtime, mall, coupon_ids=[(await shared(runtime, mall, pools, total=6)).id])
    first, second = [await guest(runtime, client, mall, festival) for _ in range(2)]
    assert (await first.come_and_claim()).status_code == 201
    empty = await second.come_and_claim()
    assert (empty.status_code, empty.json()["code"]) == (409, "coupon_pool_empty")
    await asyncio.sleep(0.6)
    ticket = (await second.queue()).json()["ticket"]
    await asyncio.sleep(0.2)
    standing = (await second.look(ticket)).json()
    assert (standing["sold_out"], datetime.fromisoformat(standing["next_release_at"])) == (False, later)


async def test_each_district_and_tier_has_its_own(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    pools = [
        coupons.PoolInput(district="east", total=1),
        coupons.PoolInput(tier="gold", total=1),
    ]
    coupon = await shared(runtime, mall, pools, total=3)
    districts = [District("east", "东区", "East"), District("west", "西区", "West")]
    festival = await make_festival(runtime, mall, coupon_ids=[coupon.id], districts=districts)

    async def come(district: str, tier: str | None = None) -> str:
        one = await of_tier(runtime, mall, client, await guest(runtime, client, mall, festival), tier)
        answer = await one.claim((await one.queue(district=district)).json()["ticket"])
        return "got" if answer.status_code == 201 else str(answer.json()["code"])

    assert await come("west") == "coupon_no_pool"
    assert await come("east") == "got"
    assert await come("east") == "coupon_pool_empty"
    assert await come("west", "gold") == "got"
    assert await come("west", "gold") == "coupon_pool_empty"
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    operator = await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))
    board = (await client.get(f"/v1/malls/{mall.mall_id}/festivals/{festival.id}/board", headers=operator)).json()
    assert {(one["district"], one["tier"], one["claimed"]) for one in board["shares"]} == {
        ("east", None, 1), (None, "gold", 1),
    }  # fmt: skip


async def test_a_shop_that_redeems_far_more_than_its_share_stops_the_festival(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    mall = await make_mall(runtime)
    festival = await make_festival(runtime, mall, shop_uses_min=4, shop_factor=2)
    for at in range(8):
        claim = await (await guest(runtime, client, mall, festival)).come_and_claim()
        await runtime.db.pool.execute(
            "UPDATE coupons.claim SET state = 'used', used_at = now(), shop_id = $2 WHERE id = $1",
            claim.json()["id"],
            mall.shop_ids[0 if at < 6 else at - 5],
        )
    await jobs.watch(runtime, utc_now())
    async with runtime.db.read() as tx:
        [anomaly] = await store.anomalies(tx, mall_id=mall.mall_id, festival_id=festival.id)
        row = await store.find(tx, mall_id=mall.mall_id, festival_id=festival.id)
    assert (anomaly.kind.value, anomaly.key, anomaly.seen) == ("shop", str(mall.shop_ids[0]), 6)
    assert row is not None
    assert (row.state.value, row.pause_zh) == ("paused", anomaly.text_zh)
    await jobs.watch(runtime, utc_now())
    async with runtime.db.read() as tx:
        assert len(await store.anomalies(tx, mall_id=mall.mall_id, festival_id=festival.id)) == 1
    await runtime.db.pool.execute(
        "UPDATE coupons.claim SET state = 'issued', used_at = NULL, shop_id = NULL WHERE coupon_id = $1",
        festival.coupon_ids[0],
    )


async def test_the_plain_door_does_not_give_out_what_is_a_festivals(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    mall = await make_mall(runtime)
    festival = await make_festival(runtime, mall)
    one = await guest(runtime, client, mall, festival)
    answer = await client.post(
        f"/v1/malls/{mall.mall_id}/coupons/{festival.coupon_ids[0]}/claims",
        headers={**one.headers, "idempotency-key": "past the queue"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "coupon_gated")
