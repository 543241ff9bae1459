"""One coupon at several tills, locked, redeemed and uploaded at once. Each with the twin that shows the race."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.checkout import make_shopper, violations
from tests.factories.counter import clerk, code
from tests.factories.till import coupon_code, end, lock, outcomes, owed, redeem_direct, scan, upload

from galleria.commerce.redemption.operations import offline
from galleria.commerce.redemption.store import offline as late_store
from galleria.commerce.redemption.store import till as store
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons

ROUNDS = 4


async def test_several_tills_want_one_coupon_and_one_gets_it(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper = await make_shopper(runtime, client)
        claim_id, ticket = await coupon_code(shopper)
        tills = [await clerk(runtime, shopper.mall) for _ in range(4)]
        answers = await asyncio.gather(
            lock(shopper, tills[0], code(ticket), 20000),
            lock(shopper, tills[1], code(ticket), 20000),
            redeem_direct(shopper, tills[2], claim_id=claim_id, bill_minor=20000),
            redeem_direct(shopper, tills[3], claim_id=claim_id, bill_minor=20000),
        )
        assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    assert await violations(runtime) == []


async def test_a_lock_redeemed_and_released_at_once_ends_one_way(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper = await make_shopper(runtime, client)
        _, ticket = await coupon_code(shopper)
        till = await clerk(runtime, shopper.mall)
        made = (await lock(shopper, till, code(ticket), 20000)).json()
        done = await asyncio.gather(
            *(end(shopper, till, made["id"], "redeem") for _ in range(2)), end(shopper, till, made["id"], "release")
        )
        won = [answer.status_code for answer in done].count(200)
        assert won == 1, [answer.text for answer in done]
        expected = 2000 if done[2].status_code != 200 else 0
        assert await owed(runtime, "merchant_payable", shopper.mall.merchant_ids[0]) == expected
    assert await violations(runtime) == []


async def test_twin_without_the_condition_a_released_lock_is_redeemed(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper = await make_shopper(runtime, client)
    claim_id, ticket = await coupon_code(shopper)
    till = await clerk(runtime, shopper.mall)
    made = (await lock(shopper, till, code(ticket), 20000)).json()
    assert (await end(shopper, till, made["id"], "release")).status_code == 200

    async def careless(tx: Tx, **_: Any) -> None:
        """Stand for a coupon that does not look at its lock."""

    monkeypatch.setattr(coupons, "redeem_locked", careless)
    assert (await end(shopper, till, made["id"], "redeem")).json()["code"] == "lock_over"
    monkeypatch.setattr(store, "END_LOCK", store.END_LOCK.replace("AND state = 'locked'", ""))
    assert (await end(shopper, till, made["id"], "redeem")).status_code == 200
    await runtime.db.pool.execute(  # the coupon it left unspent would fail the doctor in later tests
        "UPDATE coupons.claim SET state = 'used', used_at = now(), shop_id = $2 WHERE id = $1",
        claim_id,
        shopper.mall.shop_ids[0],
    )


async def race_of_scans(runtime: Runtime, client: httpx.AsyncClient) -> list[str]:
    """Have two shops upload their scans of one coupon at the same moment; return the outcomes, the earlier's first."""
    shopper = await make_shopper(runtime, client)
    _, ticket = await coupon_code(shopper)
    early = datetime.now(UTC) - timedelta(minutes=9)
    late = early + timedelta(minutes=1)
    first, second = await clerk(runtime, shopper.mall), await clerk(runtime, shopper.mall, 2)
    scans = [
        scan(shopper, code(ticket, at=early), early, bill_minor=20000),
        scan(shopper, code(ticket, at=late), late, shop=2, bill_minor=20000),
    ]
    await asyncio.gather(upload(shopper, first, scans[0]), upload(shopper, second, scans[1]))
    told = [*await outcomes(shopper, first, scans[0]), *await outcomes(shopper, second, scans[1])]
    owes = [await owed(runtime, "merchant_payable", merchant) for merchant in shopper.mall.merchant_ids]
    assert owes == [2000, 0]
    return told


async def test_the_first_scanned_wins_when_both_are_uploaded_at_once(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    for _ in range(ROUNDS):
        assert await race_of_scans(runtime, client) == ["accepted", "already_redeemed"]
    assert await violations(runtime) == []


async def test_one_scan_uploaded_many_times_at_once_has_one_effect(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper = await make_shopper(runtime, client)
        _, ticket = await coupon_code(shopper)
        at = datetime.now(UTC) - timedelta(minutes=5)
        kept = scan(shopper, code(ticket, at=at), at, bill_minor=20000)
        tills = [await clerk(runtime, shopper.mall) for _ in range(5)]
        answers = await asyncio.gather(*(upload(shopper, till, kept) for till in tills))
        results = [answer.json()["results"][0] for answer in answers]
        assert sorted(r["duplicate"] for r in results) == [False, True, True, True, True]
        assert len({r["redemption_id"] for r in results}) == 1
        assert await owed(runtime, "merchant_payable", shopper.mall.merchant_ids[0]) == 2000
    assert await violations(runtime) == []


async def test_twin_without_the_number_an_upload_sent_again_is_taken_for_another_scan(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = late_store.begin

    async def forgetful(tx: Tx, mall_id: Any, **scan: Any) -> bool:
        return await real(tx, mall_id, **{**scan, "request_number": new_id()})

    async def unwritten(*_: Any, **__: Any) -> None:
        """Stand for a scan that is not written down."""

    shopper = await make_shopper(runtime, client)
    _, ticket = await coupon_code(shopper)
    at = datetime.now(UTC) - timedelta(minutes=5)
    kept = scan(shopper, code(ticket, at=at), at, bill_minor=20000)
    till = await clerk(runtime, shopper.mall)
    monkeypatch.setattr(offline.store, "begin", forgetful)
    monkeypatch.setattr(offline.store, "settle", unwritten)
    assert await outcomes(shopper, till, kept) == ["accepted"]
    assert await outcomes(shopper, till, kept) == ["already_redeemed"]
