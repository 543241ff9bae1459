"""Scans without a network are settled when they come, once, as of the moment they were made."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, violations
from tests.factories.counter import ask, clerk, code, manager, redeem, wrong
from tests.factories.till import coupon_code, outcomes, owed, scan, upload, with_voucher

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


async def test_the_same_scan_uploaded_five_times_has_one_effect(shopper: Shopper) -> None:
    runtime, mall = shopper.runtime, shopper.mall
    till, colleague = await clerk(runtime, mall), await clerk(runtime, mall)
    _, ticket = await coupon_code(shopper)
    at = ago(hours=1)
    kept = scan(shopper, code(ticket, at=at), at, bill_minor=20000)
    answers = [await upload(shopper, till if i % 2 else colleague, kept) for i in range(5)]
    results = [answer.json()["results"][0] for answer in answers]
    assert {(r["outcome"], r["discount_minor"], r["redemption_id"]) for r in results} == {
        ("accepted", 2000, results[0]["redemption_id"])
    }
    assert [r["duplicate"] for r in results] == [False, True, True, True, True]
    assert await owed(runtime, "merchant_payable", mall.merchant_ids[0]) == 2000
    [seen] = (await ask(shopper, till, "GET", "/redemptions")).json()["items"]
    assert seen["at"][:19] == at.isoformat()[:19]
    assert await violations(runtime) == []


async def test_two_tills_scanned_one_code_and_the_first_scanned_wins_however_they_are_uploaded(
    shopper: Shopper,
) -> None:
    runtime, mall = shopper.runtime, shopper.mall
    early, late = ago(minutes=30), ago(minutes=29)
    first_till, second_till = await clerk(runtime, mall), await clerk(runtime, mall, 2)
    for earlier_first in (True, False):
        _, ticket = await coupon_code(shopper)
        first = scan(shopper, code(ticket, at=early), early, bill_minor=20000)
        second = scan(shopper, code(ticket, at=late), late, shop=2, bill_minor=20000)
        if earlier_first:
            assert await outcomes(shopper, first_till, first) == ["accepted"]
            assert await outcomes(shopper, second_till, second) == ["already_redeemed"]
        else:
            assert await outcomes(shopper, second_till, second) == ["accepted"]
            assert await outcomes(shopper, first_till, first) == ["accepted"]
            assert await outcomes(shopper, second_till, second) == ["already_redeemed"]
    assert await owed(runtime, "merchant_payable", mall.merchant_ids[0]) == 4000
    assert await owed(runtime, "merchant_payable", mall.merchant_ids[1]) == 0
    listed = (await ask(shopper, second_till, "GET", "/redemptions/offline?open=true")).json()["items"]
    assert [(s["outcome"], s["shop_en"], s["staff_name"]) for s in listed] == [
        ("already_redeemed", "Shop 3", "王店员")
    ] * 2
    assert (await ask(shopper, first_till, "GET", "/redemptions/offline?open=true")).json()["items"] == []
    assert await violations(runtime) == []


async def test_what_was_redeemed_online_stands(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    _, ticket = await coupon_code(shopper)
    at = ago(minutes=5)
    assert (await redeem(shopper, till, code(ticket), bill_minor=20000)).status_code == 201
    kept = scan(shopper, code(ticket, at=at), at, bill_minor=20000)
    assert await outcomes(shopper, till, kept) == ["already_redeemed"]


async def test_what_a_code_was_worth_is_decided_for_the_moment_it_was_scanned(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    _, ticket = await coupon_code(shopper)
    at = ago(hours=2)
    bill = {"bill_minor": 20000}
    tries = [
        scan(shopper, wrong(ticket, at=at), at, **bill),
        scan(shopper, code(ticket, at=at - timedelta(minutes=6)), at, **bill),
        scan(shopper, code(ticket, at=ago(hours=-1)), ago(hours=-1), **bill),
        scan(shopper, code(ticket, at=ago(hours=80)), ago(hours=80), **bill),
        scan(shopper, code(ticket, at=at), at),
        scan(shopper, code(ticket, at=at), at, bill_minor=50),
        scan(shopper, "12345678" + "0000", at, **bill),
    ]
    told = await outcomes(shopper, till, *tries)
    assert told == ["invalid", "clock", "clock", "too_old", "bill_missing", "below_threshold", "invalid"]
    assert await outcomes(shopper, till, scan(shopper, code(ticket, at=at), at, **bill)) == ["accepted"]
    assert await violations(shopper.runtime) == []


async def test_a_till_whose_clock_is_wrong_says_so_by_its_own_time(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    wrong_by = timedelta(hours=9)
    at = ago(hours=1)
    _, ticket = await coupon_code(shopper)
    kept = scan(shopper, code(ticket, at=at), at + wrong_by, bill_minor=20000)
    sent_at = (datetime.now(UTC) + wrong_by).isoformat()
    assert await outcomes(shopper, till, kept, sent_at=sent_at) == ["accepted"]
    _, other = await coupon_code(shopper)
    kept = scan(shopper, code(other, at=at), at, bill_minor=20000)
    assert await outcomes(shopper, till, kept, sent_at=sent_at) == ["accepted"]


async def test_anothers_shop_a_spent_or_held_coupon_is_kept_for_a_person(shopper: Shopper) -> None:
    runtime, mall = shopper.runtime, shopper.mall
    till, boss = await clerk(runtime, mall), await manager(runtime, mall)
    at = ago(minutes=10)
    _, ticket = await coupon_code(shopper, shop_ids=[mall.shop_ids[2]])
    assert await outcomes(shopper, till, scan(shopper, code(ticket, at=at), at, bill_minor=20000)) == ["wrong_shop"]
    [kept] = (await ask(shopper, till, "GET", "/redemptions/offline?open=true")).json()["items"]
    one = f"/redemptions/offline/{kept['request_number']}/close"
    assert (await ask(shopper, till, "POST", one, {"note": "given anyway"})).status_code == 403
    closed = await ask(shopper, boss, "POST", one, {"note": "given anyway"})
    assert (closed.status_code, closed.json()["note"], closed.json()["closed_by_name"]) == (
        200,
        "given anyway",
        "王店员",
    )
    assert (await ask(shopper, boss, "POST", one, {"note": "again"})).json()["code"] == "scan_closed"
    assert (await ask(shopper, till, "GET", "/redemptions/offline?open=true")).json()["items"] == []
    assert len((await ask(shopper, till, "GET", "/redemptions/offline")).json()["items"]) == 1


async def test_vouchers_scanned_offline_fulfil_their_order_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, ticket = await with_voucher(runtime, client)
    till = await clerk(runtime, shopper.mall)
    early, late = ago(seconds=50), ago(seconds=20)
    second = scan(shopper, code(ticket, at=late), late)
    first = scan(shopper, code(ticket, at=early), early)
    assert await outcomes(shopper, till, second) == ["accepted"]
    assert await outcomes(shopper, till, first) == ["accepted"]
    assert await outcomes(shopper, till, second, first) == ["already_redeemed", "accepted"]
    assert await violations(runtime) == []


async def test_uploads_that_say_nothing_sound_are_refused_whole(shopper: Shopper) -> None:
    runtime, mall = shopper.runtime, shopper.mall
    till = await clerk(runtime, mall)
    _, ticket = await coupon_code(shopper)
    at = ago(minutes=1)
    fine = scan(shopper, code(ticket, at=at), at, bill_minor=20000)
    for bad in (
        {**fine, "code": "hello"},
        {**fine, "scanned_at": at.replace(tzinfo=None).isoformat()},
        fine,
    ):
        refused = await upload(shopper, till, fine, bad)
        assert refused.status_code == 422, refused.text
    assert (await upload(shopper, till, {**fine, "shop_id": str(mall.shop_ids[2])})).status_code == 403
    assert (await upload(shopper, shopper.headers, fine)).status_code == 403
    assert (await ask(shopper, till, "GET", "/redemptions/offline")).json()["items"] == []
    number = str(new_id())
    assert await outcomes(shopper, till, {**fine, "request_number": number}) == ["accepted"]
    reused = await upload(shopper, till, {**fine, "request_number": number, "bill_minor": 30000})
    assert (reused.status_code, reused.json()["code"]) == (409, "scan_number_reused")


async def test_guessing_codes_offline_ends_like_guessing_at_the_counter(shopper: Shopper) -> None:
    till = await clerk(shopper.runtime, shopper.mall)
    _, ticket = await coupon_code(shopper)
    at = ago(minutes=1)
    tries = [scan(shopper, wrong(ticket, at=at), at, bill_minor=20000) for _ in range(12)]
    assert (await upload(shopper, till, *tries)).status_code == 429
