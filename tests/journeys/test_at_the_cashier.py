"""However it goes at the cashier, the order is right, the goods and the coupon are where they belong, the books add up.

The cashier's outcomes: paid, declined, timed out, told twice, told late; and notices that nobody should believe.
"""

from typing import Any

import pytest
from tests.factories.checkout import Shopper, signed_notice, tell
from tests.factories.stories import Story, Town


@pytest.fixture
async def shopper(story: Story, town: Town) -> Shopper:
    await town.rule(posts="at_once")
    return await story.shopper(town.mall, town.goods)


@pytest.fixture
async def placed(story: Story, town: Town, shopper: Shopper) -> dict[str, Any]:
    """Place an order of two shops with a coupon."""
    claim_id = await town.claim(shopper, await town.coupon())
    await shopper.fill(2, 1)
    answer = await shopper.place(claim_id=claim_id)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    await story.sound()
    return found


async def paid_out(story: Story, shopper: Shopper) -> list[tuple[int, str]]:
    """Return what went back through the provider."""
    pool, mall = story.runtime.db.pool, shopper.mall.mall_id
    rows = await pool.fetch("SELECT amount_minor, state FROM payments.refund WHERE mall_id = $1", mall)
    return [(row["amount_minor"], row["state"]) for row in rows]


async def at_provider(story: Story, shopper: Shopper) -> int:
    """Return what the provider holds for the mall: taken less given back."""
    found: int = await story.runtime.db.pool.fetchval(
        "SELECT coalesce(sum(amount_minor - refunded_minor), 0)::bigint FROM sandbox.charge "
        "WHERE mall_id = $1 AND state = 'paid'",
        shopper.mall.mall_id,
    )
    return found


async def is_paid(story: Story, shopper: Shopper, placed: dict[str, Any]) -> None:
    order = await shopper.order(placed["id"])
    assert order["state"] == "paid"
    assert await shopper.left() == [98, 99]
    assert [c["state"] for c in (await shopper.get("/me/coupons")).json()["items"]] == ["used"]
    earned = sum(part["payable_minor"] // 100 for part in order["sub_orders"])
    assert (await shopper.get("/me/points")).json()["balance"] == earned
    assert len((await shopper.get("/me/tickets")).json()["items"]) == 2
    assert await paid_out(story, shopper) == []
    assert await at_provider(story, shopper) == placed["payable_minor"]
    await story.sound()


async def is_over(story: Story, shopper: Shopper, placed: dict[str, Any], state: str = "expired") -> None:
    assert (await shopper.order(placed["id"]))["state"] == state
    assert await shopper.left() == [100, 100]
    assert [c["state"] for c in (await shopper.get("/me/coupons")).json()["items"]] == ["issued"]
    assert (await shopper.get("/me/points")).json()["balance"] == 0
    assert (await shopper.get("/me/tickets")).json()["items"] == []
    await story.sound()


async def waits(story: Story, shopper: Shopper, placed: dict[str, Any]) -> None:
    assert (await shopper.order(placed["id"]))["state"] == "pending_payment"
    assert await shopper.left() == [98, 99]
    await story.sound()


async def test_declined_and_paid_at_the_second_try(story: Story, shopper: Shopper, placed: dict[str, Any]) -> None:
    await shopper.decide(placed["id"], "decline")
    await waits(story, shopper, placed)
    await shopper.decide(placed["id"], "decline")
    await waits(story, shopper, placed)
    await shopper.decide(placed["id"], "pay")
    await is_paid(story, shopper, placed)


async def test_declined_and_left_alone_it_expires(story: Story, shopper: Shopper, placed: dict[str, Any]) -> None:
    await shopper.decide(placed["id"], "decline")
    await story.passes(minutes=15)
    await is_over(story, await story.back(shopper), placed)
    assert await paid_out(story, shopper) == []


async def test_timed_out_the_sweeper_finds_the_truth(story: Story, shopper: Shopper, placed: dict[str, Any]) -> None:
    await shopper.decide(placed["id"], "timeout")
    await waits(story, shopper, placed)
    await story.passes(seconds=10)
    await waits(story, shopper, placed)
    await story.passes(seconds=11)
    await is_paid(story, shopper, placed)


async def test_told_twice_it_counts_once(story: Story, shopper: Shopper, placed: dict[str, Any]) -> None:
    await shopper.decide(placed["id"], "twice")
    await is_paid(story, shopper, placed)


async def test_told_late_but_in_time(story: Story, shopper: Shopper, placed: dict[str, Any]) -> None:
    await shopper.decide(placed["id"], "late", delay_s=300)
    await story.passes(seconds=120)
    await waits(story, shopper, placed)
    await story.passes(seconds=181)
    await is_paid(story, shopper, placed)


async def test_told_after_expiry_the_money_goes_back_by_itself(
    story: Story, shopper: Shopper, placed: dict[str, Any]
) -> None:
    await shopper.decide(placed["id"], "late")
    await story.passes(minutes=14, seconds=59)
    shopper = await story.back(shopper)
    await waits(story, shopper, placed)
    await story.passes(seconds=2)
    shopper = await story.back(shopper)
    await is_over(story, shopper, placed)
    assert await at_provider(story, shopper) == placed["payable_minor"]
    await story.passes(seconds=10)
    await is_over(story, shopper, placed)
    assert await paid_out(story, shopper) == [(placed["payable_minor"], "succeeded")]
    assert await at_provider(story, shopper) == 0
    again = (await shopper.quote())["coupons"]
    assert [choice["usable"] for choice in again] == [False]  # it is hers again; the cart is empty
    answer = await shopper.post(f"/orders/{placed['id']}/pay")
    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_waiting")


async def test_paid_for_and_cancelled_before_anyone_told(
    story: Story, shopper: Shopper, placed: dict[str, Any]
) -> None:
    await shopper.decide(placed["id"], "timeout")
    assert (await shopper.post(f"/orders/{placed['id']}/cancel")).status_code == 200
    await is_over(story, shopper, placed, "cancelled")
    await story.passes(seconds=5)
    await is_over(story, shopper, placed, "cancelled")
    assert await paid_out(story, shopper) == [(placed["payable_minor"], "succeeded")]
    assert await at_provider(story, shopper) == 0


async def test_never_paid_it_expires_and_the_cashier_takes_nothing_any_more(
    story: Story, shopper: Shopper, placed: dict[str, Any]
) -> None:
    cashier = await shopper.cashier(placed["id"])
    await story.passes(minutes=15)
    shopper = await story.back(shopper)
    await is_over(story, shopper, placed)
    assert (await story.client.post(cashier, data={"action": "pay"})).status_code == 409
    await story.passes(minutes=1)
    await is_over(story, shopper, placed)
    assert await at_provider(story, shopper) == 0


TAMPERED: list[tuple[str, Any]] = [
    ("another amount", lambda headers, body: (headers, body.replace(b'"amount_minor":1', b'"amount_minor":2'))),
    ("another order", lambda headers, body: (headers | {"webhook-id": "succeeded-of-another"}, body)),
    ("no signature", lambda headers, body: ({"webhook-id": headers["webhook-id"]}, body)),
    ("a signature made up", lambda headers, body: (headers | {"webhook-signature": "v1,bm90IHJlYWxseQ=="}, body)),
    ("another moment", lambda headers, body: (headers | {"webhook-timestamp": "1700000000"}, body)),
    ("nothing that can be read", lambda headers, _body: (headers, b"\xff{")),
]


@pytest.mark.parametrize("tamper", [change for _, change in TAMPERED], ids=[name for name, _ in TAMPERED])
async def test_a_tampered_notice_is_not_believed(
    story: Story, shopper: Shopper, placed: dict[str, Any], tamper: Any
) -> None:
    headers, body = signed_notice(story.runtime, shopper, placed, at=story.clock.now)
    answer = await tell(story.client, tamper(headers, body))
    assert (answer.status_code, answer.json()["code"]) == (403, "notice_forged")
    await waits(story, shopper, placed)
    await shopper.decide(placed["id"], "pay")
    await is_paid(story, shopper, placed)


async def test_an_old_notice_replayed_is_not_believed(story: Story, shopper: Shopper, placed: dict[str, Any]) -> None:
    notice = signed_notice(story.runtime, shopper, placed, at=story.clock.now)
    await story.passes(minutes=6)
    answer = await tell(story.client, notice)
    assert (answer.status_code, answer.json()["code"]) == (403, "notice_forged")
    await waits(story, shopper, placed)


@pytest.mark.parametrize("over", [{"amount_minor": 1}, {"currency": "USD"}])
async def test_a_genuine_notice_of_another_amount_pays_nothing(
    story: Story, shopper: Shopper, placed: dict[str, Any], over: dict[str, Any]
) -> None:
    answer = await tell(story.client, signed_notice(story.runtime, shopper, placed, at=story.clock.now, **over))
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_mismatch")
    await waits(story, shopper, placed)
