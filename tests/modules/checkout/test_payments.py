"""However a payment goes, the order is right in the end, and so is the ledger."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, sandbox, signed_notice, tell, violations, work

from galleria.adapters.payments_sandbox.model import ChargeState
from galleria.commerce.checkout.jobs import ask_unanswered, expire_due
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


async def later(runtime: Runtime, **ahead: float) -> None:
    """Let the sweepers look, as if so much time had passed."""
    now = datetime.now(UTC) + timedelta(**ahead)
    await ask_unanswered(runtime, now)
    await expire_due(runtime, now)
    await work(runtime)


async def refunds(shopper: Shopper, order_id: str) -> list[tuple[int, str, str]]:
    async with shopper.runtime.db.read() as tx:
        rows = await tx.values(
            "SELECT (amount_minor, reason, state)::text FROM payments.refund "
            "WHERE mall_id = $1 AND order_id::text = $2",
            shopper.mall.mall_id,
            order_id,
        )
    return [(int(a), b, c) for a, b, c in (row.strip("()").split(",") for row in rows)]


async def test_paid_at_the_cashier(shopper: Shopper) -> None:
    claim_id = await shopper.claim()
    await shopper.fill(2, 1)
    placed = (await shopper.place(claim_id=claim_id)).json()
    assert placed["state"] == "pending_payment"
    assert placed["payable_minor"] == 2 * 8000 + 4550 - 2000
    assert await shopper.left() == [98, 99]
    answer = await shopper.decide(placed["id"], "pay")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"/orders/{placed['id']}")
    order = await shopper.order(placed["id"])
    assert order["state"] == "paid"
    assert [part["state"] for part in order["sub_orders"]] == ["preparing", "ready"]
    assert sum(part["payable_minor"] for part in order["sub_orders"]) == 18550
    assert [step["code"] for step in order["explanation"]] == ["goods", "applied_amount", "payable"]
    assert [moment["what"] for moment in order["timeline"]][:2] == ["placed", "paid"]
    assert await shopper.left() == [98, 99]
    assert await violations(shopper.runtime) == []


async def test_declined_then_paid_with_a_second_attempt(shopper: Shopper) -> None:
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "decline")
    assert (await shopper.order(placed["id"]))["state"] == "pending_payment"
    assert (await shopper.decide(placed["id"], "pay")).status_code == 303
    assert (await shopper.order(placed["id"]))["state"] == "paid"


async def test_a_time_out_is_found_out_by_asking(shopper: Shopper) -> None:
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "timeout")
    assert (await shopper.order(placed["id"]))["state"] == "pending_payment"
    await later(shopper.runtime, seconds=30)
    assert (await shopper.order(placed["id"]))["state"] == "paid"
    assert await violations(shopper.runtime) == []


async def test_a_time_out_is_found_out_at_expiry_at_the_latest(shopper: Shopper) -> None:
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "timeout")
    await expire_due(shopper.runtime, datetime.now(UTC) + timedelta(minutes=16))
    assert (await shopper.order(placed["id"]))["state"] == "paid"


async def test_answered_twice_has_one_effect(shopper: Shopper) -> None:
    placed = await shopper.placed()
    assert (await shopper.decide(placed["id"], "twice")).status_code == 303
    assert (await shopper.order(placed["id"]))["state"] == "paid"
    assert await shopper.left() == [98, 99]
    assert await violations(shopper.runtime) == []


async def test_a_notice_told_again_is_answered_alike(shopper: Shopper) -> None:
    placed = await shopper.placed()
    notice = signed_notice(shopper.runtime, shopper, placed)
    first, again = await tell(shopper.client, notice), await tell(shopper.client, notice)
    assert (first.status_code, first.json()) == (200, {"result": "succeeded"})
    assert (again.status_code, again.json()) == (200, {"result": "duplicate"})


async def test_late_but_in_time(shopper: Shopper) -> None:
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "late", delay_s=0)
    await work(shopper.runtime)
    assert (await shopper.order(placed["id"]))["state"] == "paid"


async def test_money_after_expiry_goes_back_by_itself(shopper: Shopper) -> None:
    claim_id = await shopper.claim()
    await shopper.fill(2, 1)
    placed = (await shopper.place(claim_id=claim_id)).json()
    await shopper.decide(placed["id"], "late")
    await expire_due(shopper.runtime, datetime.now(UTC) + timedelta(minutes=16))
    assert (await shopper.order(placed["id"]))["state"] == "expired"
    assert await shopper.left() == [100, 100]
    assert (await shopper.quote(claim_id="best"))["coupons"] != []
    assert (await tell(shopper.client, signed_notice(shopper.runtime, shopper, placed))).status_code == 200
    await work(shopper.runtime)
    assert (await shopper.order(placed["id"]))["state"] == "expired"
    assert await refunds(shopper, placed["id"]) == [(placed["payable_minor"], "late_payment", "succeeded")]
    assert await shopper.left() == [100, 100]
    assert await violations(shopper.runtime) == []


async def test_money_for_a_cancelled_order_goes_back_by_itself(shopper: Shopper) -> None:
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "timeout")
    cancelled = await shopper.post(f"/orders/{placed['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    await work(shopper.runtime)
    assert [r[1:] for r in await refunds(shopper, placed["id"])] == [("late_payment", "succeeded")]
    assert await violations(shopper.runtime) == []


async def test_a_cancelled_order_cannot_be_paid_or_cancelled_again(shopper: Shopper) -> None:
    placed = await shopper.placed()
    cashier = await shopper.cashier(placed["id"])
    assert (await shopper.post(f"/orders/{placed['id']}/cancel")).status_code == 200
    await work(shopper.runtime)
    for path in ("pay", "cancel"):
        answer = await shopper.post(f"/orders/{placed['id']}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "order_not_waiting")
    assert (await shopper.client.post(cashier, data={"action": "pay"})).status_code == 303
    assert (await shopper.order(placed["id"]))["state"] == "cancelled"
    assert await refunds(shopper, placed["id"]) == []
    assert await shopper.left() == [100, 100]


async def test_a_paid_order_cannot_be_cancelled_or_paid_again(shopper: Shopper) -> None:
    order = await shopper.paid()
    for path in ("pay", "cancel"):
        answer = await shopper.post(f"/orders/{order['id']}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "order_already_paid")


async def test_the_pay_button_pressed_twice_pays_once(shopper: Shopper) -> None:
    placed = await shopper.placed()
    cashier = await shopper.cashier(placed["id"])
    for action in ("pay", "pay", "decline"):
        assert (await shopper.client.post(cashier, data={"action": action})).status_code == 303
    assert (await shopper.order(placed["id"]))["state"] == "paid"
    async with shopper.runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM sandbox.charge WHERE mall_id = $1", shopper.mall.mall_id) == 1


@pytest.mark.parametrize("tamper", ["body", "signature", "id", "old", "missing", "other_key"])
async def test_a_forged_notice_is_refused(shopper: Shopper, tamper: str) -> None:
    placed = await shopper.placed()
    headers, body = signed_notice(shopper.runtime, shopper, placed)
    if tamper == "body":
        body = body.replace(b'"amount_minor":', b'"amount_minor":1')
    elif tamper == "signature":
        headers["webhook-signature"] = "v1,AAAA"
    elif tamper == "id":
        headers["webhook-id"] = "another"
    elif tamper == "old":
        headers["webhook-timestamp"] = "1000000000"
    elif tamper == "missing":
        headers = {}
    else:
        headers["webhook-signature"] = headers["webhook-signature"][::-1]
    answer = await tell(shopper.client, (headers, body))
    assert (answer.status_code, answer.json()["code"]) == (403, "notice_forged")
    assert (await shopper.order(placed["id"]))["state"] == "pending_payment"


@pytest.mark.parametrize("over", [{"amount_minor": 1}, {"currency": "USD"}])
async def test_a_notice_of_another_amount_is_not_believed(shopper: Shopper, over: dict[str, object]) -> None:
    placed = await shopper.placed()
    answer = await tell(shopper.client, signed_notice(shopper.runtime, shopper, placed, **over))
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_mismatch")
    assert (await shopper.order(placed["id"]))["state"] == "pending_payment"
    assert (await shopper.decide(placed["id"], "pay")).status_code == 303
    assert (await shopper.order(placed["id"]))["state"] == "paid"


async def test_a_notice_before_its_payment_is_known_is_not_found(shopper: Shopper) -> None:
    placed = await shopper.placed()
    early = signed_notice(shopper.runtime, shopper, placed | {"intent_id": str(new_id())})
    assert (await tell(shopper.client, early)).status_code == 404
    answer = await shopper.client.post("/v1/payments/nobody/notices", content=b"{}")
    assert answer.status_code == 404


async def test_a_failure_told_after_success_changes_nothing(shopper: Shopper) -> None:
    placed = await shopper.placed()
    await tell(shopper.client, signed_notice(shopper.runtime, shopper, placed))
    late = signed_notice(shopper.runtime, shopper, placed, state=ChargeState.DECLINED)
    assert (await tell(shopper.client, late)).json() == {"result": "duplicate"}
    assert (await shopper.order(placed["id"]))["state"] == "paid"


async def test_another_member_sees_pays_and_cancels_nothing_of_it(
    shopper: Shopper, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    placed = await shopper.placed()
    other = await make_shopper(runtime, client, mall=shopper.mall, goods=shopper.goods)
    assert (await other.get(f"/me/orders/{placed['id']}")).status_code == 404
    for path in ("pay", "cancel"):
        assert (await other.post(f"/orders/{placed['id']}/{path}")).status_code == 404
    assert (await shopper.order(placed["id"]))["state"] == "pending_payment"


async def test_the_cashier_shows_what_is_to_be_paid_and_nothing_for_a_forged_link(shopper: Shopper) -> None:
    placed = await shopper.placed()
    cashier = await shopper.cashier(placed["id"])
    shown = await shopper.client.get(cashier, headers={"accept-language": "en"})
    assert shown.status_code == 200
    assert placed["number"] in shown.text
    assert "205.50" in shown.text
    assert "Pay now" in shown.text
    assert "<script" not in shown.text
    chinese = await shopper.client.get(cashier, headers={"accept-language": "zh-CN"})
    assert "确认支付" in chinese.text
    assert (await shopper.client.get(cashier[:-3] + "xyz")).status_code == 404
    assert (await shopper.client.get(cashier.split("?")[0])).status_code == 404
    assert (await shopper.client.post(cashier, data={"action": "steal"})).status_code == 422
    await shopper.client.post(cashier, data={"action": "pay"})
    done = await shopper.client.get(cashier, headers={"accept-language": "en"})
    assert "Back to the order" in done.text


async def test_a_refund_is_paid_out_once_however_often_it_is_sent(shopper: Shopper) -> None:
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "timeout")
    await shopper.post(f"/orders/{placed['id']}/cancel")
    await work(shopper.runtime)
    async with shopper.runtime.db.read() as tx:
        refund_id = await tx.value("SELECT id FROM payments.refund WHERE mall_id = $1", shopper.mall.mall_id)
    from galleria.value.payments.jobs import send_refund  # noqa: PLC0415 - the job itself, run once more

    await send_refund(shopper.runtime, str(shopper.mall.mall_id), str(refund_id))
    async with shopper.runtime.db.read() as tx:
        back = await tx.value("SELECT refunded_minor FROM sandbox.charge WHERE mall_id = $1", shopper.mall.mall_id)
    assert back == placed["payable_minor"]
    assert sandbox(shopper.runtime).name == "sandbox"
    assert await violations(shopper.runtime) == []
