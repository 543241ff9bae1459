"""A coupon goes to a friend by a link: once, to somebody else, while it is unspent."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.coupons import make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, make_member
from tests.factories.overlap import overlap

from galleria.kernel.ids import OrderId, new_id
from galleria.platform.actors import SYSTEM, Actor, ActorKind
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons
from galleria.value.coupons import jobs
from galleria.value.coupons.operations import transfer


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


class Giver:
    """A member with a coupon to give."""

    def __init__(self, runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
        self.runtime, self.client, self.mall = runtime, client, mall

    async def start(self, **over: Any) -> "Giver":
        self.coupon = await make_coupon(self.runtime, self.mall.mall_id, **{"transferable": True} | over)
        self.member = await make_member(self.runtime, self.mall.group_id)
        self.headers = await as_member(self.runtime, self.member)
        self.claim = await make_claim(
            self.runtime, self.mall.mall_id, self.coupon.id, self.member.id, self.mall.group_id
        )
        return self

    async def offer(self) -> httpx.Response:
        address = f"/v1/malls/{self.mall.mall_id}/me/coupons/{self.claim.id}/transfer"
        return await self.client.post(address, headers=self.headers)

    async def cancel(self) -> httpx.Response:
        address = f"/v1/malls/{self.mall.mall_id}/me/coupons/{self.claim.id}/transfer"
        return await self.client.delete(address, headers=self.headers)

    def link(self, token: str) -> str:
        return f"/v1/malls/{self.mall.mall_id}/me/coupons/transfers/{token}"

    async def accept(self, token: str, headers: dict[str, str]) -> httpx.Response:
        return await self.client.post(self.link(token), headers={**headers, "idempotency-key": new_id().hex})

    async def friend(self) -> dict[str, str]:
        return await as_member(self.runtime, await make_member(self.runtime, self.mall.group_id))

    async def states(self, headers: dict[str, str]) -> list[str]:
        address = f"/v1/malls/{self.mall.mall_id}/me/coupons"
        return [claim["state"] for claim in (await self.client.get(address, headers=headers)).json()["items"]]


async def test_a_coupon_goes_to_a_friend(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    giver = await Giver(runtime, client, mall).start(budget_minor=4000)
    offered = (await giver.offer()).json()
    assert offered["path"].endswith(offered["token"])
    friend = await giver.friend()
    seen = (await client.get(giver.link(offered["token"]), headers=friend)).json()
    assert (seen["state"], seen["mine"], seen["title_en"]) == ("open", False, "20 off 100")
    taken = await giver.accept(offered["token"], friend)
    assert (taken.status_code, taken.json()["source"]) == (201, "transfer")
    assert (await giver.states(giver.headers), await giver.states(friend)) == (["transferred"], ["issued"])
    twice = await giver.accept(offered["token"], await giver.friend())
    assert (twice.status_code, twice.json()["code"]) == (409, "transfer_over")
    async with runtime.db.read() as tx:
        kept = await coupons.get_coupon(tx, mall_id=mall.mall_id, coupon_id=giver.coupon.id)
    assert (kept.claimed, kept.committed_minor) == (1, 2000)


async def test_not_to_oneself_nor_to_who_has_theirs(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    giver = await Giver(runtime, client, mall).start()
    token = (await giver.offer()).json()["token"]
    own = await giver.accept(token, giver.headers)
    assert (own.status_code, own.json()["code"]) == (409, "transfer_to_oneself")
    has = await make_member(runtime, mall.group_id)
    await make_claim(runtime, mall.mall_id, giver.coupon.id, has.id, mall.group_id)
    full = await giver.accept(token, await as_member(runtime, has))
    assert (full.status_code, full.json()["code"]) == (409, "coupon_limit_reached")
    stranger = await as_member(runtime, await make_member(runtime, (await make_mall(runtime)).group_id))
    assert (await giver.accept(token, stranger)).status_code == 403
    assert (await giver.accept("nonsense", await giver.friend())).status_code == 404
    assert (await giver.accept(token, await giver.friend())).status_code == 201


async def test_a_link_is_over_when_taken_back_or_made_anew_or_late(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    giver, friend = await Giver(runtime, client, mall).start(), await Giver(runtime, client, mall).friend()
    assert (await giver.cancel()).status_code == 404
    first = (await giver.offer()).json()["token"]
    second = (await giver.offer()).json()["token"]
    refused = await giver.accept(first, friend)
    assert (refused.status_code, refused.json()["params"]) == (409, {"state": "cancelled"})
    assert (await giver.cancel()).json()["state"] == "cancelled"
    assert (await giver.accept(second, friend)).status_code == 409
    third = (await giver.offer()).json()["token"]
    late = datetime.now(UTC) + timedelta(days=4)
    command = Command(kind="tests.late", actor=await actor_of(runtime, mall), now=late, mall_id=mall.mall_id)
    with pytest.raises(coupons.TransferOver) as over:
        await transfer.accept(runtime, command, token=third, device=None)
    assert over.value.params == {"state": "expired"}
    await jobs.expire(runtime, late)
    assert await giver.states(giver.headers) == ["issued"]
    async with runtime.db.read() as tx:
        counted = "SELECT count(*) FROM coupons.transfer WHERE claim_id = $1 AND state = 'open'"
        assert await tx.value(counted, giver.claim.id) == 0


async def actor_of(runtime: Runtime, mall: MadeMall) -> Actor:
    member = await make_member(runtime, mall.group_id)
    return Actor(kind=ActorKind.MEMBER, id=member.id, group_id=mall.group_id)


async def test_a_coupon_used_meanwhile_is_not_given(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    giver = await Giver(runtime, client, mall).start()
    token = (await giver.offer()).json()["token"]
    now = datetime.now(UTC)
    await runtime.db.write(Command(kind="tests.hold", actor=SYSTEM, now=now), holding(giver, now), returns=type(None))
    refused = await giver.accept(token, await giver.friend())
    assert (refused.status_code, refused.json()["params"]) == (409, {"state": "spent"})
    assert (await giver.offer()).json()["code"] == "claim_held"
    shown = (await client.get(giver.link(token), headers=await giver.friend())).json()
    assert shown["state"] == "cancelled"


def holding(giver: Giver, now: datetime) -> Any:
    async def hold(tx: Tx) -> None:
        await coupons.hold_many(
            tx, mall_id=giver.mall.mall_id, member_id=giver.member.id, claim_ids=[giver.claim.id],
            order_id=OrderId(new_id()), now=now,
        )  # fmt: skip

    return hold


async def test_not_every_coupon_may_be_given(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    giver = await Giver(runtime, client, mall).start(transferable=False)
    refused = await giver.offer()
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_not_transferable")
    other = await Giver(runtime, client, mall).start()
    foreign = f"/v1/malls/{mall.mall_id}/me/coupons/{other.claim.id}/transfer"
    assert (await client.post(foreign, headers=giver.headers)).status_code == 404
    assert (await client.delete(foreign, headers=giver.headers)).status_code == 404


async def test_ten_friends_follow_one_link_at_once(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    giver = await Giver(runtime, client, mall).start()
    token = (await giver.offer()).json()["token"]
    friends = [await giver.friend() for _ in range(10)]
    answers = await asyncio.gather(*(giver.accept(token, friend) for friend in friends))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_a_friend_takes_it_while_its_owner_spends_it(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    giver = await Giver(runtime, client, mall).start()
    token, now = (await giver.offer()).json()["token"], datetime.now(UTC)
    friend = await actor_of(runtime, mall)
    command = Command(kind="tests.accept", actor=friend, now=now, mall_id=mall.mall_id)
    first, second = await overlap(
        runtime, holding(giver, now), transfer.accept(runtime, command, token=token, device=None)
    )
    assert first is None
    assert isinstance(second, coupons.TransferOver)
    assert await giver.states(giver.headers) == ["held"]


async def test_twin_without_the_guard_a_link_is_followed_twice(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    giver, ready = await Giver(runtime, client, mall).start(), asyncio.Barrier(2)
    await giver.offer()

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            sql = "SELECT state FROM coupons.transfer WHERE claim_id = $1"
            state = await connection.fetchval(sql, giver.claim.id)
            await ready.wait()
            return bool(state == "open")

    assert all(await asyncio.gather(naive(), naive()))
