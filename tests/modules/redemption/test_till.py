"""A till locks a coupon, redeems it or lets go of it, and may lose its power at any moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, violations
from tests.factories.counter import ask, clerk, code, manager, redeem
from tests.factories.till import coupon_code, end, lock, owed, redeem_direct, with_voucher

from galleria.commerce.redemption.operations import till as operations
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.value import coupons, promotions

PERCENT = {
    "kind": coupons.CouponKind.PERCENT,
    "amount_minor": None,
    "percent_bp": 1500,
    "threshold_minor": 0,
    "cap_minor": 1000,
}
EXCHANGE = {
    "kind": coupons.CouponKind.EXCHANGE,
    "amount_minor": None,
    "pay_minor": 100,
    "units": 2,
    "threshold_minor": 0,
    "product_ids": [new_id()],
}


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


async def state_of(shopper: Shopper, claim_id: str) -> str:
    async with shopper.runtime.db.read() as tx:
        found: str = await tx.value("SELECT state FROM coupons.claim WHERE id = $1", claim_id)
    return found


async def age(shopper: Shopper, lock_id: str) -> None:
    """Let a lock's time be over."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with shopper.runtime.db.read() as tx:
        await tx.value("UPDATE redemption.lock SET until = $2 WHERE id = $1 RETURNING id", lock_id, past)
        await tx.value("UPDATE coupons.claim SET locked_until = $2 WHERE lock_id = $1 RETURNING id", lock_id, past)


async def test_a_coupon_is_locked_with_its_price_and_redeemed_once(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    claim_id, ticket = await coupon_code(shopper)
    key = new_id().hex
    locked = await lock(shopper, till, code(ticket), 20000, key=key)
    assert locked.status_code == 201
    told = locked.json()
    assert (told["discount_minor"], told["payable_minor"], told["state"]) == (2000, 18000, "locked")
    assert (await lock(shopper, till, code(ticket), 20000, key=key)).json() == told
    rival = await lock(shopper, await clerk(shopper.runtime, shopper.mall, 1), code(ticket), 20000, shop=1)
    assert (rival.status_code, rival.json()["code"]) == (409, "claim_locked")
    assert (await redeem(shopper, till, code(ticket), bill_minor=20000)).json()["code"] == "claim_locked"
    again = new_id().hex
    done = await end(shopper, till, told["id"], "redeem", key=again)
    assert (done.status_code, done.json()["discount_minor"], done.json()["payable_minor"]) == (200, 2000, 18000)
    assert (await end(shopper, till, told["id"], "redeem", key=again)).json() == done.json()
    second = await end(shopper, till, told["id"], "redeem")
    assert (second.status_code, second.json()["code"]) == (409, "already_redeemed")
    assert second.json()["params"]["shop_zh"] == "1号店"
    assert (await end(shopper, till, told["id"], "release")).json()["code"] == "already_redeemed"
    assert await state_of(shopper, claim_id) == "used"
    [seen] = (await shopper.get("/me/tickets")).json()["items"]
    assert (seen["state"], seen["redeemed_shop_en"]) == ("redeemed", "Shop 1")
    assert await violations(shopper.runtime) == []


async def test_a_released_coupon_is_good_at_once_and_releasing_again_is_harmless(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    _, ticket = await coupon_code(shopper)
    first = (await lock(shopper, till, code(ticket), 20000)).json()
    for _ in range(2):
        freed = await end(shopper, till, first["id"], "release")
        assert (freed.status_code, freed.json()["state"]) == (200, "released")
    assert (await end(shopper, till, first["id"], "redeem")).json()["code"] == "lock_over"
    assert (await redeem(shopper, till, code(ticket), bill_minor=20000)).status_code == 201


async def test_after_a_power_failure_the_coupon_is_free_by_itself(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    claim_id, ticket = await coupon_code(shopper)
    lost = (await lock(shopper, till, code(ticket), 20000)).json()
    await age(shopper, lost["id"])
    late = await end(shopper, till, lost["id"], "redeem")
    assert (late.status_code, late.json()["code"]) == (409, "lock_over")
    other = await lock(shopper, await clerk(shopper.runtime, shopper.mall, 1), code(ticket), 20000, shop=1)
    assert other.status_code == 201
    stale = await end(shopper, till, lost["id"], "release")
    assert (stale.status_code, await state_of(shopper, claim_id)) == (200, "locked")


async def test_ten_locks_and_no_more(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    _, ticket = await coupon_code(shopper)
    for _ in range(coupons.LOCKS_MAX):
        made = (await lock(shopper, till, code(ticket), 20000)).json()
        assert (await end(shopper, till, made["id"], "release")).status_code == 200
    refused = await lock(shopper, till, code(ticket), 20000)
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_locks_spent")
    assert (await redeem(shopper, till, code(ticket), bill_minor=20000)).status_code == 201


@pytest.mark.parametrize(
    ("coupon", "bill", "status", "told"),
    [
        ({}, 9999, 409, "coupon_below_threshold"),
        ({}, None, 422, "invalid"),
        ({"shop": 2}, 20000, 409, "coupon_not_for_shop"),
        ({"threshold_minor": 0}, None, 201, 2000),
        ({"threshold_minor": 0}, 500, 201, 500),
        (PERCENT, 20000, 201, 1000),
        (EXCHANGE, 2800, 201, 2600),
    ],
)
async def test_what_a_bill_makes_of_a_coupon(
    shopper: Shopper, coupon: dict[str, Any], bill: int | None, status: int, told: str | int
) -> None:
    fields = dict(coupon)
    if "shop" in fields:
        fields["shop_ids"] = [shopper.mall.shop_ids[fields.pop("shop")]]
    till = await clerk(shopper.runtime, shopper.mall)
    claim_id, ticket = await coupon_code(shopper, **fields)
    answer = await lock(shopper, till, code(ticket), bill)
    assert answer.status_code == status, answer.text
    if status == 201:
        assert answer.json()["discount_minor"] == told
        return
    assert (answer.json()["code"], await state_of(shopper, claim_id)) == (told, "issued")


async def test_only_the_shops_own_people_use_its_till(shopper: Shopper) -> None:
    till, stranger = await clerk(shopper.runtime, shopper.mall), await clerk(shopper.runtime, shopper.mall, 1)
    claim_id, ticket = await coupon_code(shopper)
    made = (await lock(shopper, till, code(ticket), 20000)).json()
    assert (await lock(shopper, stranger, code(ticket), 20000)).status_code == 403
    assert (await redeem_direct(shopper, stranger, claim_id=claim_id, bill_minor=20000)).status_code == 403
    for how in ("redeem", "release"):
        assert (await end(shopper, stranger, made["id"], how)).status_code == 403
        assert (await end(shopper, till, str(new_id()), how)).status_code == 404
    assert (await lock(shopper, shopper.headers, code(ticket), 20000)).status_code == 403
    keyless = await shopper.client.post(
        f"{shopper.base}/coupons/redeem",
        json={"shop_id": str(shopper.mall.shop_ids[0]), "claim_id": claim_id, "bill_minor": 20000},
        headers=till,
    )
    assert (keyless.status_code, keyless.json()["code"]) == (400, "key_required")


async def test_a_voucher_is_not_locked(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, ticket = await with_voucher(runtime, client)
    refused = await lock(shopper, await clerk(runtime, shopper.mall), code(ticket), 100)
    assert (refused.status_code, refused.json()["code"]) == (409, "redemption_coupons_only")


async def test_the_direct_way_takes_a_claim_or_a_code_and_makes_the_ticket(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    claim_id = await shopper.claim()
    key = new_id().hex
    done = await redeem_direct(shopper, till, claim_id=claim_id, bill_minor=20000, key=key)
    assert (done.status_code, done.json()["discount_minor"]) == (201, 2000)
    assert (await redeem_direct(shopper, till, claim_id=claim_id, bill_minor=20000, key=key)).json() == done.json()
    again = await redeem_direct(shopper, till, claim_id=claim_id, bill_minor=20000)
    assert (again.status_code, again.json()["code"]) == (409, "claim_used")
    [made] = (await shopper.get("/me/tickets")).json()["items"]
    assert (made["claim_id"], made["state"]) == (claim_id, "redeemed")
    _, ticket = await coupon_code(shopper)
    coded = await redeem_direct(shopper, till, code=code(ticket), bill_minor=20000)
    assert coded.status_code == 201
    for body in ({}, {"claim_id": claim_id, "code": code(ticket)}):
        assert (await redeem_direct(shopper, till, bill_minor=20000, **body)).status_code == 422
    assert (await redeem_direct(shopper, till, claim_id=str(new_id()), bill_minor=1)).status_code == 404
    assert await violations(shopper.runtime) == []


async def test_every_funder_bears_its_share_and_gets_it_back(shopper: Shopper) -> None:
    runtime, mall, sponsor = shopper.runtime, shopper.mall, new_id()
    own, other = mall.merchant_ids
    funders = (
        promotions.Share(promotions.Funder.MALL, None, 2500),
        promotions.Share(promotions.Funder.SPONSOR, sponsor, 5000),
        promotions.Share(promotions.Funder.MERCHANT, other, 1500),
        promotions.Share(promotions.Funder.MERCHANT, own, 1000),
    )
    _, ticket = await coupon_code(shopper, amount_minor=1999, funders=funders)
    till = await clerk(runtime, mall)
    made = (await lock(shopper, till, code(ticket), 20000)).json()
    done = (await end(shopper, till, made["id"], "redeem")).json()

    async def books() -> list[int]:
        return [
            await owed(runtime, "mall_marketing", mall.mall_id),
            await owed(runtime, "sponsor_funding", sponsor),
            await owed(runtime, "merchant_payable", other),
            await owed(runtime, "merchant_payable", own),
        ]

    assert await books() == [-500, -999, -300, 1799]
    reversed_ = await ask(
        shopper, await manager(runtime, mall), "POST", f"/redemptions/{done['id']}/reverse", {"reason": "wrong bill"}
    )
    assert reversed_.status_code == 200, reversed_.text
    assert await books() == [0, 0, 0, 0]
    assert await violations(runtime) == []
    assert (await redeem(shopper, till, code(ticket), bill_minor=20000)).status_code == 201
    assert await books() == [-500, -999, -300, 1799]


async def test_the_owner_opening_the_ticket_meanwhile_loses_nothing(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ticket comes between the look and the insert: the statement is tried again and takes that ticket."""
    claim_id = await shopper.claim()
    real = operations.booking.book

    async def opened(*args: Any, **more: Any) -> None:
        monkeypatch.undo()
        await real(*args, **more)
        async with shopper.runtime.db.pool.acquire() as connection:
            await connection.execute(
                "INSERT INTO redemption.ticket (mall_id, id, serial, kind, member_id, claim_id, title_zh, title_en, "
                "state, created_at) VALUES ($1, $2, $3, 'coupon', $4, $5, '券', 'coupon', 'valid', now())",
                shopper.mall.mall_id, new_id(), f"{new_id().int % 10**8:08d}", shopper.member_id, claim_id,
            )  # fmt: skip

    monkeypatch.setattr(operations.booking, "book", opened)
    till = await clerk(shopper.runtime, shopper.mall)
    assert (await redeem_direct(shopper, till, claim_id=claim_id, bill_minor=20000)).status_code == 201
    [ticket] = (await shopper.get("/me/tickets")).json()["items"]
    assert ticket["state"] == "redeemed"
