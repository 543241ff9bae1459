"""`codes`: 100,000 single-use codes are made and exported through the public API; then some of them are redeemed."""

import asyncio
import time
from typing import Any
from uuid import UUID

import httpx

from bench import seed
from bench.load import percentile
from bench.rows import Row
from bench.stage import Stage, database, stage
from galleria.kernel.ids import new_id
from galleria.value.coupons.rules import code

COUNT = 100_000
WITHIN_S = 20
REDEEMED = 200
WAIT_S = 0.05


async def run() -> list[Row]:
    async with stage() as made:
        async with database(made.dsn) as connection:
            mall = await seed.mall(connection)
            members = await seed.members(connection, mall, REDEEMED)
            coupon = await seed.coupon(connection, mall, total=COUNT)
            await connection.execute("UPDATE coupons.coupon SET issue_by = '{code}' WHERE id = $1", coupon)
            operator = await seed.operator(connection, mall)
        await made.serve()
        headers = {"authorization": f"Bearer {made.staff_token(*operator, mall.group_id)}"}
        address = f"http://127.0.0.1:{made.port}/v1/malls/{mall.id}"
        async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
            started = time.perf_counter()
            batch = await _make(client, headers, coupon)
            ready = time.perf_counter()
            codes = await _export(client, headers, coupon, batch)
            done = time.perf_counter()
            print(f"  made in {ready - started:.1f} s, exported in {done - ready:.1f} s")
            taken = [
                await _redeem(client, made.token(member, mall.group_id), one)
                for member, one in zip(members, codes, strict=False)
            ]
        right = await _checked(made, batch, codes)
    return [
        Row(
            name="codes: made and exported",
            rate_per_s=COUNT / (done - started),
            correct=right and done - started < WITHIN_S,
        ),
        Row(
            name="codes: redeemed",
            p50_ms=percentile(taken, 0.5),
            p99_ms=percentile(taken, 0.99),
            correct=right,
        ),
    ]


async def _make(client: httpx.AsyncClient, headers: dict[str, str], coupon: UUID) -> str:
    """Begin a batch and wait until it is ready."""
    address = f"/coupons/{coupon}/code-batches"
    begun = await client.post(address, headers={**headers, "idempotency-key": new_id().hex}, json={"count": COUNT})
    begun.raise_for_status()
    while True:
        [batch] = (await client.get(address, headers=headers)).json()["items"]
        if batch["state"] == "ready":
            return str(batch["id"])
        await asyncio.sleep(WAIT_S)


async def _export(client: httpx.AsyncClient, headers: dict[str, str], coupon: UUID, batch: str) -> list[str]:
    file = await client.get(f"/coupons/{coupon}/code-batches/{batch}/file", headers=headers)
    file.raise_for_status()
    return [line.split(",")[1] for line in file.text.split("\r\n")[1:-1]]


async def _redeem(client: httpx.AsyncClient, token: str, one: str) -> float:
    headers = {"authorization": f"Bearer {token}", "idempotency-key": new_id().hex}
    started = time.perf_counter()
    answer = await client.post("/me/coupons/codes", headers=headers, json={"code": one})
    if answer.status_code != httpx.codes.CREATED:
        raise AssertionError(answer.text)
    return time.perf_counter() - started


async def _checked(made: Stage, batch: str, codes: list[str]) -> bool:
    """Return whether every exported code is in the database once, by its hash, and the first ones are redeemed."""
    key = made.signer.key("coupon-codes")
    digests = {code.digest_of(key, code.normalised(one)) for one in codes}
    async with database(made.dsn) as connection:
        kept: list[Any] = await connection.fetch(
            "SELECT digest, claim_id FROM coupons.code WHERE batch_id = $1", UUID(batch)
        )
        claims = await connection.fetchval("SELECT count(*) FROM coupons.claim WHERE source = 'code'")
    same = len(digests) == len(kept) == len(codes) == COUNT and digests == {row["digest"] for row in kept}
    used = sum(row["claim_id"] is not None for row in kept)
    return same and used == claims == REDEEMED and await made.healthy()
