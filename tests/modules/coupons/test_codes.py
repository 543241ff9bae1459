"""Codes: made in batches, exported, redeemed once, voided; typed wrong only so often."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.factories.coupons import make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.kernel.ids import new_id
from galleria.main import MODULES
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value import coupons
from galleria.worker import drain

TASKS = [task for module in MODULES for task in module.tasks]
BY_CODE: dict[str, Any] = {"issue_by": (coupons.ClaimSource.CODE,), "total": 1000}


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.fixture(scope="module")
async def operator(runtime: Runtime, mall: MadeMall) -> dict[str, str]:
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    return await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))


def key(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "idempotency-key": new_id().hex, "accept-language": "en"}


async def shopper(runtime: Runtime, mall: MadeMall) -> dict[str, str]:
    return await as_member(runtime, await make_member(runtime, mall.group_id))


class Batch:
    """A batch that was made, and its codes."""

    def __init__(self, coupon: coupons.Coupon, batch_id: str, codes: list[str]) -> None:
        self.coupon, self.id, self.codes = coupon, batch_id, codes
        self.address = f"/v1/malls/{coupon.mall_id}/coupons/{coupon.id}/code-batches"


async def make_batch(
    runtime: Runtime, client: httpx.AsyncClient, operator: dict[str, str], coupon: coupons.Coupon, count: int
) -> Batch:
    address = f"/v1/malls/{coupon.mall_id}/coupons/{coupon.id}/code-batches"
    begun = await client.post(address, headers=key(operator), json={"count": count, "prefix": "MAY"})
    assert (begun.status_code, begun.json()["state"]) == (201, "making")
    early = await client.get(f"{address}/{begun.json()['id']}/file", headers=operator)
    assert (early.status_code, early.json()["code"]) == (409, "coupon_batch_not_ready")
    await drain(runtime, tasks=TASKS)
    file = await client.get(f"{address}/{begun.json()['id']}/file", headers=operator)
    assert file.headers["content-type"].startswith("text/csv")
    head, *rows = file.text.split("\r\n")[:-1]
    assert head == "number,code,used"
    return Batch(coupon, begun.json()["id"], [row.split(",")[1] for row in rows])


async def redeem(client: httpx.AsyncClient, mall: MadeMall, headers: dict[str, str], code: str) -> httpx.Response:
    return await client.post(f"/v1/malls/{mall.mall_id}/me/coupons/codes", headers=key(headers), json={"code": code})


async def test_a_code_gives_its_coupon_once(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    batch = await make_batch(runtime, client, operator, await make_coupon(runtime, mall.mall_id, **BY_CODE), 20)
    assert len(set(batch.codes)) == 20
    one, other = await shopper(runtime, mall), await shopper(runtime, mall)
    typed = batch.codes[0].lower().replace("-", " ")
    got = await redeem(client, mall, one, typed)
    assert (got.status_code, got.json()["source"]) == (201, "code")
    again = await redeem(client, mall, other, batch.codes[0])
    assert (again.status_code, again.json()["code"]) == (409, "coupon_code_used")
    limit = await redeem(client, mall, one, batch.codes[1])
    assert (limit.status_code, limit.json()["code"]) == (409, "coupon_limit_reached")
    assert (await redeem(client, mall, other, batch.codes[1])).status_code == 201
    [listed] = (await client.get(batch.address, headers=operator)).json()["items"]
    assert (listed["made"], listed["redeemed"], listed["state"]) == (20, 2, "ready")
    file = (await client.get(f"{batch.address}/{batch.id}/file", headers=operator)).text
    assert file.count(",yes") == 2


async def test_wrong_codes_are_told_and_counted(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    batch = await make_batch(runtime, client, operator, await make_coupon(runtime, mall.mall_id, **BY_CODE), 3)
    guesser = await shopper(runtime, mall)
    assert (await redeem(client, mall, guesser, batch.codes[0])).status_code == 201
    for _ in range(10):
        wrong = await redeem(client, mall, guesser, "AAAA-BBBB-CCCC-DDDD")
        assert (wrong.status_code, wrong.json()["code"]) == (404, "coupon_code_unknown")
    assert (await redeem(client, mall, guesser, batch.codes[1])).status_code == 429
    stranger = await as_member(runtime, await make_member(runtime, (await make_mall(runtime)).group_id))
    assert (await redeem(client, mall, stranger, batch.codes[1])).status_code == 403


async def test_void_codes_are_worth_nothing_and_what_was_got_stays(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    batch = await make_batch(runtime, client, operator, await make_coupon(runtime, mall.mall_id, **BY_CODE), 3)
    one = await shopper(runtime, mall)
    assert (await redeem(client, mall, one, batch.codes[0])).status_code == 201
    voided = await client.post(f"{batch.address}/{batch.id}/void", headers=operator)
    assert (voided.status_code, voided.json()["state"]) == (200, "void")
    refused = await redeem(client, mall, await shopper(runtime, mall), batch.codes[1])
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_code_void")
    assert (await client.get(f"{batch.address}/{batch.id}/file", headers=operator)).status_code == 409
    mine = (await client.get(f"/v1/malls/{mall.mall_id}/me/coupons", headers=one)).json()["items"]
    assert [claim["state"] for claim in mine] == ["issued"]


async def test_no_more_codes_than_coupons_and_only_where_codes_are_meant(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, issue_by=(coupons.ClaimSource.CODE,), total=10)
    address = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}/code-batches"
    assert (await client.post(address, headers=key(operator), json={"count": 6})).status_code == 201
    refused = await client.post(address, headers=key(operator), json={"count": 5})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "coupon_codes_beyond_total")
    other = await make_coupon(runtime, mall.mall_id)
    address = f"/v1/malls/{mall.mall_id}/coupons/{other.id}/code-batches"
    refused = await client.post(address, headers=key(operator), json={"count": 5})
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_not_issued_so")
    for count in (0, 1_000_001):
        assert (await client.post(address, headers=key(operator), json={"count": count})).status_code == 422


async def test_one_code_ten_people_at_once(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    batch = await make_batch(runtime, client, operator, await make_coupon(runtime, mall.mall_id, **BY_CODE), 1)
    people = [await shopper(runtime, mall) for _ in range(10)]
    answers = await asyncio.gather(*(redeem(client, mall, one, batch.codes[0]) for one in people))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT claimed FROM coupons.coupon WHERE id = $1", batch.coupon.id) == 1


async def test_the_database_does_not_know_the_codes(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    batch = await make_batch(runtime, client, operator, await make_coupon(runtime, mall.mall_id, **BY_CODE), 2)
    assert (await redeem(client, mall, await shopper(runtime, mall), batch.codes[0])).status_code == 201
    async with runtime.db.read() as tx:
        kept: list[Any] = await tx.values("SELECT row_to_json(j)::text FROM platform.journal AS j")
        kept += await tx.values("SELECT row_to_json(c)::text FROM coupons.code AS c")
        kept += await tx.values("SELECT row_to_json(b)::text FROM coupons.batch AS b")
    secret = batch.codes[0].partition("-")[2]
    assert not any(secret in row or secret.replace("-", "") in row for row in kept)
