"""WeChat Pay on the wire, happy and not: whatever its notices and answers do, the order and the ledger are right."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.factories.checkout import Shopper, make_shopper, violations, work
from tests.factories.providers import attempts, later, pay, refunds, started, tell, working_with
from tests.simulators.server import serving
from tests.simulators.wechat import API_V3_KEY, WeChat, merchant_key, platform_key, public_pem, seal

from galleria.adapters.payments_wechat import WeChatPayments
from galleria.adapters.payments_wechat.model import BEIJING
from galleria.commerce.checkout.jobs import expire_due
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.value.payments import ProviderUnavailable

W = "wechat"
Order = dict[str, Any]


@pytest.fixture
async def wechat(runtime: Runtime) -> AsyncIterator[WeChat]:
    company = WeChat()
    async with serving(company):
        with working_with(runtime, WeChatPayments(company.account())):
            yield company
            company.faults.clear()
            await work(runtime)


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


@pytest.fixture
async def order(shopper: Shopper) -> Order:
    return await shopper.placed()


def number(cashier: dict[str, Any]) -> str:
    return str(cashier["attempt_id"]).replace("-", "")


async def state(shopper: Shopper, order: Order) -> str:
    return str((await shopper.order(order["id"]))["state"])


async def native(shopper: Shopper, order: Order, wechat: WeChat) -> str:
    """Start a payment by QR code, and return its number at WeChat Pay."""
    cashier = await started(shopper, order, W, "native")
    assert cashier["qr"].startswith("weixin://wxpay/bizpayurl?pr=")
    return number(cashier)


async def test_paid_by_qr_code(shopper: Shopper, order: Order, wechat: WeChat) -> None:
    paid = await native(shopper, order, wechat)
    assert wechat.trades[paid]["amount"] == {"total": order["payable_minor"], "currency": "CNY"}
    wechat.pay(paid)
    told = await tell(shopper, W, wechat.notice(paid))
    assert (told.status_code, told.json()) == (200, {"code": "SUCCESS"})
    assert await state(shopper, order) == "paid"
    assert await attempts(shopper, order) == [("sandbox", "closed"), (W, "succeeded")]
    assert await violations(shopper.runtime) == []


async def test_inside_wechat_one_is_named_first_and_the_bridge_gets_signed_parameters(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    first = await started(shopper, order, W, "jsapi")
    assert first["redirect_url"].startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx")
    assert "paying%3Fprovider%3Dwechat%26scene%3Djsapi" in first["redirect_url"]
    cashier = await started(shopper, order, W, "jsapi", code="c1")
    assert cashier["attempt_id"] == first["attempt_id"]
    given = cashier["params"]
    text = f"{given['appId']}\n{given['timeStamp']}\n{given['nonceStr']}\n{given['package']}\n"
    merchant_key().public_key().verify(
        base64.b64decode(given["paySign"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    assert given["package"] == f"prepay_id=wx{number(cashier)}"


async def test_a_phone_is_sent_to_wechat_and_back(shopper: Shopper, order: Order, wechat: WeChat) -> None:
    cashier = await started(shopper, order, W, "h5")
    assert cashier["redirect_url"].startswith("https://wx.tenpay.com/")
    assert f"%2Forders%2F{order['id']}" in cashier["redirect_url"]


@pytest.mark.parametrize("with_key", [True, False])
async def test_answers_are_checked_with_the_public_key_or_a_downloaded_certificate(
    shopper: Shopper, order: Order, wechat: WeChat, *, with_key: bool
) -> None:
    if with_key:
        wechat.serial = "PUB_KEY_ID_0119000001092024"
        account = wechat.account(public_key=public_pem(platform_key()), public_key_id=wechat.serial)
    else:
        account = wechat.account()
    with working_with(shopper.runtime, WeChatPayments(account)):
        await native(shopper, order, wechat)
    asked = [request.path for request in wechat.seen]
    assert ("/v3/certificates" in asked) is not with_key


async def test_a_notice_told_many_times_at_once_completes_once(shopper: Shopper, order: Order, wechat: WeChat) -> None:
    paid = await native(shopper, order, wechat)
    wechat.pay(paid)
    notices = [wechat.notice(paid) for _ in range(6)]
    answers = await asyncio.gather(*(tell(shopper, W, notice) for notice in notices))
    assert {answer.status_code for answer in answers} == {200}
    assert await shopper.left() == [98, 99]
    assert await violations(shopper.runtime) == []


@pytest.mark.parametrize(
    "tamper",
    ["body", "signature", "key", "serial", "nonce", "old", "future", "unsigned", "seal", "mchid", "appid", "garbage"],
)
async def test_a_forged_notice_is_refused_and_nothing_happens(
    shopper: Shopper, order: Order, wechat: WeChat, tamper: str
) -> None:
    paid = await native(shopper, order, wechat)
    wechat.pay(paid)
    over = {"mchid": {"mchid": "1900000110"}, "appid": {"appid": "wx0000000000000000"}}.get(tamper, {})
    ages = {"old": timedelta(minutes=-6), "future": timedelta(minutes=6)}
    if tamper == "key":
        wechat.signer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    headers, body = wechat.notice(paid, at=datetime.now(UTC) + ages.get(tamper, timedelta()), **over)
    if tamper == "body":
        body = body.replace(b"TRANSACTION.SUCCESS", b"TRANSACTION.SUCCES5")
    elif tamper == "signature":
        headers["wechatpay-signature"] = "not base64!"
    elif tamper == "serial":
        headers["wechatpay-serial"] = "5157F09EFDC096DE15EBE81A47057A7200000000"
    elif tamper == "nonce":
        headers["wechatpay-nonce"] = "another"
    elif tamper == "unsigned":
        headers = {}
    elif tamper == "seal":
        sealed = seal(b"{}", "transaction")["ciphertext"]
        body = body.replace(body[body.index(b'"ciphertext": "') + 15 :][:20], sealed[:20].encode())
        headers = wechat.signature(body)
    elif tamper == "garbage":
        body = b"<xml/>"
        headers = wechat.signature(body)
    told = await tell(shopper, W, (headers, body))
    assert (told.status_code, told.json()["code"]) == (403, "notice_forged")
    assert await state(shopper, order) == "pending_payment"
    assert API_V3_KEY not in told.text


async def test_strangers_serial_numbers_do_not_make_us_fetch_certificates_again_and_again(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    paid = await native(shopper, order, wechat)
    wechat.pay(paid)
    for serial in ("A1", "A2", "A3"):
        headers, body = wechat.notice(paid)
        assert (await tell(shopper, W, (headers | {"wechatpay-serial": serial}, body))).status_code == 403
    assert sum(request.path == "/v3/certificates" for request in wechat.seen) == 1


async def test_another_amount_is_not_believed_and_does_not_stand_in_the_right_ones_way(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    paid = await native(shopper, order, wechat)
    wechat.pay(paid)
    for amount in ({"total": 1, "currency": "CNY"}, {"total": order["payable_minor"], "currency": "USD"}):
        told = await tell(shopper, W, wechat.notice(paid, amount=amount))
        assert (told.status_code, told.json()["code"]) == (409, "payment_mismatch")
    assert await state(shopper, order) == "pending_payment"
    assert (await tell(shopper, W, wechat.notice(paid))).status_code == 200
    assert await state(shopper, order) == "paid"
    assert await violations(shopper.runtime) == []


async def test_a_notice_of_a_payment_we_never_asked_for_is_not_found(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    paid = await native(shopper, order, wechat)
    wechat.pay(paid)
    assert (await tell(shopper, W, wechat.notice(paid, out_trade_no=new_id().hex))).status_code == 404
    assert (await tell(shopper, W, wechat.notice(paid, attach=new_id().hex))).status_code == 404


async def test_a_notice_that_never_comes_is_made_up_for_by_asking(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    paid = await native(shopper, order, wechat)
    await later(shopper.runtime, seconds=30)
    assert await state(shopper, order) == "pending_payment"
    wechat.pay(paid)
    await later(shopper.runtime, seconds=90)
    assert await state(shopper, order) == "paid"
    late = await tell(shopper, W, wechat.notice(paid))
    assert late.status_code == 200
    assert await violations(shopper.runtime) == []


async def test_each_asking_waits_longer(shopper: Shopper, order: Order, wechat: WeChat) -> None:
    opened, asked = await native(shopper, order, wechat), []
    for seconds in range(5, 400, 10):
        before = sum(opened in request.path for request in wechat.seen)
        await later(shopper.runtime, seconds=seconds)
        if sum(opened in request.path for request in wechat.seen) > before:
            asked.append(seconds)
    assert asked == [25, 45, 75, 135, 255]


@pytest.mark.parametrize("kind", ["500", "drop", "garbage", "forge"])
async def test_a_failing_query_says_nothing_and_the_next_one_does(
    shopper: Shopper, order: Order, wechat: WeChat, kind: str
) -> None:
    paid = await native(shopper, order, wechat)
    wechat.pay(paid)
    wechat.fail(paid, kind)
    await later(shopper.runtime, seconds=30)
    assert await state(shopper, order) == "pending_payment"
    await later(shopper.runtime, seconds=90)
    assert await state(shopper, order) == "paid"


@pytest.mark.parametrize("kind", ["500", "drop", "garbage", "forge"])
@pytest.mark.parametrize("after", [False, True])
async def test_a_start_without_an_answer_is_unknown_and_may_be_pressed_again(
    shopper: Shopper, order: Order, wechat: WeChat, kind: str, *, after: bool
) -> None:
    wechat.fail("/native", kind, after=after)
    answer = await pay(shopper, order, W, "native")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    await work(shopper.runtime)
    assert await attempts(shopper, order) == [("sandbox", "closed"), (W, "unknown")]
    paid = await native(shopper, order, wechat)
    assert await attempts(shopper, order) == [("sandbox", "closed"), (W, "started")]
    wechat.pay(paid)
    await tell(shopper, W, wechat.notice(paid))
    assert await state(shopper, order) == "paid"


async def test_money_taken_by_a_start_we_never_heard_the_answer_of_is_found(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    wechat.fail("/native", "drop", after=True)
    assert (await pay(shopper, order, W, "native")).status_code == 503
    [paid] = wechat.trades
    wechat.pay(paid)
    await later(shopper.runtime, seconds=30)
    assert await state(shopper, order) == "paid"
    assert await violations(shopper.runtime) == []


async def test_a_refusal_ends_the_attempt_and_another_can_be_made(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    answer = await pay(shopper, order, W, "jsapi", code="bad")
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_refused")
    assert (await attempts(shopper, order))[-1] == (W, "failed")
    cashier = await started(shopper, order, W, "jsapi", code="good")
    assert cashier["params"]["signType"] == "RSA"
    assert [s for _, s in await attempts(shopper, order)] == ["closed", "failed", "started"]


async def test_expiry_closes_the_payment_there_and_nobody_can_pay_it(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    given_up = await native(shopper, order, wechat)
    await expire_due(shopper.runtime, datetime.now(UTC) + timedelta(minutes=16))
    assert wechat.trades[given_up]["trade_state"] == "CLOSED"
    assert await state(shopper, order) == "expired"
    assert await refunds(shopper, order) == []


async def test_paid_just_before_expiry_completes_although_no_notice_came(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    wechat.pay(await native(shopper, order, wechat))
    await expire_due(shopper.runtime, datetime.now(UTC) + timedelta(minutes=16))
    assert await state(shopper, order) == "paid"


async def late_money(shopper: Shopper, order: Order, wechat: WeChat) -> str:
    """Have an order expire while WeChat Pay is silent, and the money arrive afterwards."""
    paid = await native(shopper, order, wechat)
    wechat.fail(paid, "drop", times=2)
    await expire_due(shopper.runtime, datetime.now(UTC) + timedelta(minutes=16))
    wechat.faults.clear()
    assert await state(shopper, order) == "expired"
    wechat.pay(paid)
    assert (await tell(shopper, W, wechat.notice(paid))).status_code == 200
    return paid


async def test_money_after_expiry_goes_back_by_itself(shopper: Shopper, order: Order, wechat: WeChat) -> None:
    await late_money(shopper, order, wechat)
    await work(shopper.runtime)
    assert await refunds(shopper, order) == [(W, order["payable_minor"], "succeeded")]
    assert await shopper.left() == [100, 100]
    assert await violations(shopper.runtime) == []


async def test_a_refund_whose_answer_was_lost_is_one_refund(shopper: Shopper, order: Order, wechat: WeChat) -> None:
    await late_money(shopper, order, wechat)
    wechat.fail("/v3/refund", "500", after=True)
    with pytest.raises(ProviderUnavailable):
        await work(shopper.runtime)
    assert await refunds(shopper, order) == [(W, order["payable_minor"], "requested")]
    from galleria.value.payments.jobs import send_refund  # noqa: PLC0415 - the job itself, tried again

    async with shopper.runtime.db.read() as tx:
        refund_id = await tx.value("SELECT id FROM payments.refund WHERE mall_id = $1", shopper.mall.mall_id)
    await send_refund(shopper.runtime, str(shopper.mall.mall_id), str(refund_id))
    assert await refunds(shopper, order) == [(W, order["payable_minor"], "succeeded")]
    assert len(wechat.refunds) == 1
    assert await violations(shopper.runtime) == []


async def test_a_refund_under_way_ends_by_notice_once(shopper: Shopper, order: Order, wechat: WeChat) -> None:
    wechat.refunds_end = "PROCESSING"
    await late_money(shopper, order, wechat)
    await work(shopper.runtime)
    assert await refunds(shopper, order) == [(W, order["payable_minor"], "processing")]
    [back] = wechat.refunds
    notice = wechat.refund_notice(back)
    answers = await asyncio.gather(*(tell(shopper, W, notice) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert await refunds(shopper, order) == [(W, order["payable_minor"], "succeeded")]
    assert await violations(shopper.runtime) == []


async def test_a_refund_under_way_of_which_nothing_is_told_is_asked_about(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    wechat.refunds_end = "PROCESSING"
    await late_money(shopper, order, wechat)
    await work(shopper.runtime)
    [back] = wechat.refunds.values()
    wechat.fail("/v3/refund", "500")
    await later(shopper.runtime, minutes=2)
    assert (await refunds(shopper, order))[0][2] == "processing"
    back["status"] = "SUCCESS"
    await later(shopper.runtime, minutes=20)
    assert (await refunds(shopper, order))[0][2] == "succeeded"
    assert await violations(shopper.runtime) == []


async def test_a_refund_that_the_bank_does_not_take_waits_for_a_person(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    wechat.refunds_end = "PROCESSING"
    await late_money(shopper, order, wechat)
    await work(shopper.runtime)
    [back] = wechat.refunds
    assert (await tell(shopper, W, wechat.refund_notice(back, "ABNORMAL"))).status_code == 200
    assert (await refunds(shopper, order))[0][2] == "failed"
    assert await violations(shopper.runtime) == []


async def test_a_refund_notice_of_another_amount_or_refund_moves_nothing(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    wechat.refunds_end = "PROCESSING"
    await late_money(shopper, order, wechat)
    await work(shopper.runtime)
    [back] = wechat.refunds.values()
    told = {"mchid": "1900000109", "refund_status": "SUCCESS"} | {k: v for k, v in back.items() if k != "status"}
    less = wechat.tell("REFUND.SUCCESS", "refund", told | {"amount": {"refund": 1, "total": 1}}, "EV-1")
    await tell(shopper, W, less)
    other = told | {"out_refund_no": shopper.mall.mall_id.hex + new_id().hex}
    assert (await tell(shopper, W, wechat.tell("REFUND.SUCCESS", "refund", other, "EV-2"))).status_code == 404
    strange = wechat.tell("REFUND.SUCCESS", "refund", told | {"mchid": "1"}, "EV-3")
    assert (await tell(shopper, W, strange)).status_code == 403
    assert (await refunds(shopper, order))[0][2] == "processing"


async def test_paid_by_the_old_attempt_after_changing_the_provider_counts_once(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    paid = await native(shopper, order, wechat)
    wechat.pay(paid)  # on the phone, while the page goes on to another provider
    cashier = await started(shopper, order, "sandbox", "page")
    assert cashier["provider"] == "sandbox"
    assert await state(shopper, order) == "paid"  # closing at WeChat Pay told so
    await work(shopper.runtime)
    assert await attempts(shopper, order) == [("sandbox", "closed"), (W, "succeeded"), ("sandbox", "closed")]
    assert await refunds(shopper, order) == []
    assert await violations(shopper.runtime) == []


async def test_paid_at_both_providers_one_goes_back(shopper: Shopper, order: Order, wechat: WeChat) -> None:
    paid = await native(shopper, order, wechat)
    wechat.fail(paid, "drop", times=9)
    assert (await pay(shopper, order, "sandbox", "page")).status_code == 200
    assert (await shopper.decide(order["id"], "pay")).status_code == 303
    wechat.faults.clear()
    assert await state(shopper, order) == "paid"
    wechat.pay(paid)
    notice = wechat.notice(paid)
    assert [(await tell(shopper, W, notice)).status_code for _ in range(2)] == [200, 200]
    await work(shopper.runtime)
    assert await refunds(shopper, order) == [(W, order["payable_minor"], "succeeded")]
    assert await state(shopper, order) == "paid"
    assert await shopper.left() == [98, 99]
    assert await violations(shopper.runtime) == []


async def test_a_bill_tells_every_payment_and_refund_with_its_fee(
    shopper: Shopper, order: Order, wechat: WeChat
) -> None:
    provider = WeChatPayments(wechat.account())
    assert await provider.statement(datetime.now(BEIJING).date()) == []
    await late_money(shopper, order, wechat)
    await work(shopper.runtime)
    [trade] = wechat.trades.values()
    lines = await provider.statement(trade["_at"].date())
    fee = round(order["payable_minor"] * 60 / 10_000)
    assert [(line.kind, line.amount_minor, line.fee_minor) for line in lines] == [
        ("payment", order["payable_minor"], fee),
        ("refund", order["payable_minor"], -fee),
    ]
    assert {line.mall_id for line in lines} == {shopper.mall.mall_id}
    assert lines[0].number.replace("-", "") == trade["out_trade_no"]


async def test_a_bill_that_is_not_the_one_announced_is_not_read(
    shopper: Shopper, order: Order, wechat: WeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await late_money(shopper, order, wechat)
    [trade] = wechat.trades.values()
    wechat.fail("billdownload", "garbage")
    with pytest.raises(ProviderUnavailable):
        await WeChatPayments(wechat.account()).statement(trade["_at"].date())
