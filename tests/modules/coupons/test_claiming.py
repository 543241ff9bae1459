"""Claiming over HTTP: what is given, and every reason why not."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.coupons import make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, make_member

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.value import coupons

State = coupons.CouponState


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def shopper(runtime: Runtime, mall: MadeMall) -> dict[str, str]:
    return await as_member(runtime, await make_member(runtime, mall.group_id))


async def post_claim(
    client: httpx.AsyncClient, mall: MadeMall, coupon: Any, headers: dict[str, str], key: str | None = None
) -> httpx.Response:
    return await client.post(
        f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}/claims",
        headers={**headers, "accept-language": "en", "idempotency-key": key or new_id().hex},
    )


async def state_of(runtime: Runtime, coupon: coupons.Coupon) -> tuple[int, int]:
    """Return what the coupon says is claimed, and how many claims there are."""
    async with runtime.db.read() as tx:
        claimed = await tx.value("SELECT claimed FROM coupons.coupon WHERE id = $1", coupon.id)
        return claimed, await tx.value("SELECT count(*) FROM coupons.claim WHERE coupon_id = $1", coupon.id)


REFUSED = [
    ("coupon_paused", State.PAUSED, {}),
    ("coupon_ended", State.ENDED, {}),
    ("not_found", State.DRAFT, {}),
    ("coupon_not_started", State.LIVE, {"claim_from": timedelta(hours=1)}),
]


@pytest.mark.parametrize(("code", "state", "shift"), REFUSED)
async def test_a_claim_is_refused_with_its_own_reason_and_nothing_happens(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, code: str, state: State, shift: dict[str, timedelta]
) -> None:
    moments = {name: datetime.now(UTC) + by for name, by in shift.items()}
    coupon = await make_coupon(runtime, mall.mall_id, state=state, **moments)
    answer = await post_claim(client, mall, coupon, await shopper(runtime, mall))
    assert answer.json()["code"] == code
    assert answer.status_code == (404 if code == "not_found" else 409)
    assert await state_of(runtime, coupon) == (0, 0)


async def test_when_claiming_starts_is_said(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    starts = datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC)
    ends = starts + timedelta(days=1)
    coupon = await make_coupon(runtime, mall.mall_id, claim_from=starts, claim_until=ends, use_until=ends)
    answer = await post_claim(client, mall, coupon, await shopper(runtime, mall))
    assert answer.json()["params"] == {"claim_from": "2099-01-02T03:04:05Z"}


async def test_claiming_needs_a_member_and_a_key(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id)
    address = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}/claims"
    assert (await client.post(address, headers={"idempotency-key": "12345678"})).status_code == 401
    answer = await client.post(address, headers=await shopper(runtime, mall))
    assert (answer.status_code, answer.json()["code"]) == (400, "key_required")
    assert await state_of(runtime, coupon) == (0, 0)


async def test_a_member_of_another_group_finds_no_coupon(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    other = await make_mall(runtime)
    coupon = await make_coupon(runtime, mall.mall_id)
    assert (await post_claim(client, mall, coupon, await shopper(runtime, other))).status_code == 403
    assert (await post_claim(client, other, coupon, await shopper(runtime, other))).status_code == 404
    assert await state_of(runtime, coupon) == (0, 0)


async def test_sold_out_and_member_limit(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, total=1)
    first, second = await shopper(runtime, mall), await shopper(runtime, mall)
    taken = await post_claim(client, mall, coupon, first)
    assert (taken.status_code, taken.json()["state"]) == (201, "issued")
    again = (await post_claim(client, mall, coupon, first)).json()
    assert (again["code"], again["params"]["taken_at"]) == ("coupon_limit_reached", taken.json()["claimed_at"])
    late = (await post_claim(client, mall, coupon, second)).json()
    assert (late["code"], late["params"]) == ("coupon_sold_out", {"total": 1})
    assert await state_of(runtime, coupon) == (1, 1)


async def test_the_same_key_answers_the_same_claim(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, per_member=5)
    other = await make_coupon(runtime, mall.mall_id)
    member, key = await shopper(runtime, mall), new_id().hex
    at_once = await asyncio.gather(*(post_claim(client, mall, coupon, member, key) for _ in range(5)))
    later = await post_claim(client, mall, coupon, member, key)
    assert len({answer.text for answer in (*at_once, later)}) == 1
    assert {answer.status_code for answer in (*at_once, later)} == {201}
    assert await state_of(runtime, coupon) == (1, 1)
    reused = await post_claim(client, mall, other, member, key)
    assert (reused.status_code, reused.json()["code"]) == (409, "key_reused")
    assert await state_of(runtime, other) == (0, 0)


async def test_every_claim_has_its_journal_row(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id)
    members = [await shopper(runtime, mall) for _ in range(6)]
    answers = await asyncio.gather(*(post_claim(client, mall, coupon, member) for member in members))
    ids = [answer.json()["id"] for answer in answers]
    async with runtime.db.read() as tx:
        rows = await tx.values(
            "SELECT events->0->>'kind' FROM platform.journal WHERE subject = ANY($1) AND kind = 'coupons.claim'", ids
        )
    assert rows == ["coupons.claimed"] * 6


async def test_the_list_says_what_is_mine_and_claimable(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    own = await make_mall(runtime)
    member = await make_member(runtime, own.group_id)
    headers = await as_member(runtime, member)
    taken = await make_coupon(runtime, own.mall_id, total=3)
    fresh = await make_coupon(runtime, own.mall_id, shop_ids=[own.shop_ids[0]])
    await make_coupon(runtime, own.mall_id, state=State.DRAFT)
    await make_claim(runtime, own.mall_id, taken.id, member.id, own.group_id)
    address = f"/v1/malls/{own.mall_id}/coupons"
    items = {item["id"]: item for item in (await client.get(address, headers=headers)).json()["items"]}
    assert set(items) == {str(taken.id), str(fresh.id)}
    mine = items[str(taken.id)]
    assert (mine["mine"], mine["claimable"], mine["refusal"]) == (1, False, "coupon_limit_reached")
    assert mine["remaining"] == 2
    assert items[str(fresh.id)]["claimable"] is True
    visitor = (await client.get(address)).json()["items"]
    assert [item["claimable"] for item in visitor] == [True, True]
    elsewhere = (await client.get(address, params={"shop": str(own.shop_ids[1])})).json()["items"]
    assert [item["id"] for item in elsewhere] == [str(taken.id)]
    pages = (await client.get(address, params={"limit": 1})).json()
    rest = (await client.get(address, params={"limit": 1, "cursor": pages["next_cursor"]})).json()
    assert {pages["items"][0]["id"], rest["items"][0]["id"]} == set(items)
    assert rest["next_cursor"] is None
    wallet = (await client.get(f"/v1/malls/{own.mall_id}/me/coupons", headers=headers)).json()["items"]
    assert [(item["coupon_id"], item["usable_now"]) for item in wallet] == [(str(taken.id), True)]
    nothing = await client.get(f"/v1/malls/{own.mall_id}/me/coupons?state=used", headers=headers)
    assert nothing.json()["items"] == []
    unknown = await client.get(f"/v1/malls/{own.mall_id}/coupons/{new_id()}")
    assert unknown.status_code == 404
