"""Stripe on the wire, happy and not: whatever its events and answers do, the order and the ledger are right."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, violations, work
from tests.factories.providers import attempts, later, pay, refunds, started, tell, working_with
from tests.simulators.server import serving
from tests.simulators.stripe import Stripe

from galleria.adapters.payments_stripe import StripePayments
from galleria.commerce.checkout.jobs import expire_due
from galleria.platform.runtime import Runtime
from galleria.value.payments import ProviderUnavailable

S = "stripe"
PAID = "checkout.session.completed"
Order = dict[str, Any]


@pytest.fixture
async def stripe(runtime: Runtime) -> AsyncIterator[Stripe]:
    company = Stripe()
    async with serving(company):
        with working_with(runtime, StripePayments(company.account())):
            yield company
            company.faults.clear()
            await work(runtime)


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


@pytest.fixture
async def order(shopper: Shopper) -> Order:
    return await shopper.placed()


async def state(shopper: Shopper, order: Order) -> str:
    return str((await shopper.order(order["id"]))["state"])


async def page(shopper: Shopper, order: Order, stripe: Stripe) -> str:
    """Go to Stripe's page, and return its id."""
    cashier = await started(shopper, order, S, "page")
    assert cashier["redirect_url"].startswith("https://checkout.stripe.com/c/pay/cs_")
    return str(cashier["redirect_url"].rpartition("/")[2])


async def test_paid_on_stripes_page(shopper: Shopper, order: Order, stripe: Stripe) -> None:
    session = stripe.pay(await page(shopper, order, stripe))
    assert (session["amount_total"], session["currency"]) == (order["payable_minor"], "cny")
    told = await tell(shopper, S, stripe.event(PAID, session))
    assert (told.status_code, told.json()) == (200, {"result": "succeeded"})
    assert await state(shopper, order) == "paid"
    assert await violations(shopper.runtime) == []


async def test_the_page_asked_for_again_is_the_same(shopper: Shopper, order: Order, stripe: Stripe) -> None:
    assert await page(shopper, order, stripe) == await page(shopper, order, stripe)
    assert len(stripe.sessions) == 1


async def test_an_event_told_many_times_at_once_completes_once(shopper: Shopper, order: Order, stripe: Stripe) -> None:
    session = stripe.pay(await page(shopper, order, stripe))
    answers = await asyncio.gather(*(tell(shopper, S, stripe.event(PAID, session)) for _ in range(6)))
    assert sorted(answer.json()["result"] for answer in answers) == ["duplicate"] * 5 + ["succeeded"]
    assert await shopper.left() == [98, 99]
    assert await violations(shopper.runtime) == []


@pytest.mark.parametrize("tamper", ["body", "signature", "secret", "unsigned", "old", "garbage"])
async def test_a_forged_event_is_refused_and_nothing_happens(
    shopper: Shopper, order: Order, stripe: Stripe, tamper: str
) -> None:
    session = stripe.pay(await page(shopper, order, stripe))
    headers, body = stripe.event(PAID, session, at=time.time() - (301 if tamper == "old" else 0))
    if tamper == "body":
        body = body.replace(b'"amount_total": ', b'"amount_total": 1')
    elif tamper == "signature":
        headers["stripe-signature"] = "t=1,v1=00"
    elif tamper == "secret":
        headers["stripe-signature"] = stripe.signature(body, secret="whsec_other")
    elif tamper == "unsigned":
        headers = {}
    elif tamper == "garbage":
        body = b"\xff{}"
    told = await tell(shopper, S, (headers, body))
    assert (told.status_code, told.json()["code"]) == (403, "notice_forged")
    assert await state(shopper, order) == "pending_payment"


async def test_another_amount_or_stranger_is_not_believed(shopper: Shopper, order: Order, stripe: Stripe) -> None:
    session = stripe.pay(await page(shopper, order, stripe))
    for over in ({"amount_total": 1}, {"currency": "usd"}):
        told = await tell(shopper, S, stripe.event(PAID, session | over))
        assert (told.status_code, told.json()["code"]) == (409, "payment_mismatch")
    ignored = [stripe.event("customer.created", session), stripe.event(PAID, session | {"metadata": {}})]
    for event in ignored:
        assert (await tell(shopper, S, event)).json() == {"result": "ignored"}
    assert await state(shopper, order) == "pending_payment"
    assert (await tell(shopper, S, stripe.event(PAID, session))).json() == {"result": "succeeded"}


async def test_told_out_of_order_expired_after_paid_changes_nothing(
    shopper: Shopper, order: Order, stripe: Stripe
) -> None:
    page_id = await page(shopper, order, stripe)
    over = dict(stripe.sessions[page_id]) | {"status": "expired"}
    session = stripe.pay(page_id)
    await tell(shopper, S, stripe.event(PAID, session))
    assert (await tell(shopper, S, stripe.event("checkout.session.expired", over))).json() == {"result": "duplicate"}
    assert await state(shopper, order) == "paid"


@pytest.mark.parametrize("kind", ["500", "drop", "garbage"])
async def test_a_page_whose_answer_was_lost_is_found_by_its_key(
    shopper: Shopper, order: Order, stripe: Stripe, kind: str
) -> None:
    stripe.fail("/v1/checkout/sessions", kind, after=True)
    assert (await pay(shopper, order, S, "page")).status_code == 503
    assert (await attempts(shopper, order))[-1] == (S, "unknown")
    [session] = stripe.sessions
    stripe.pay(session)
    stripe.fail("/v1/checkout/sessions", kind, times=50)
    await later(shopper.runtime, seconds=30)
    stripe.faults.clear()
    assert await state(shopper, order) == "pending_payment"
    await later(shopper.runtime, seconds=90)
    assert await state(shopper, order) == "paid"
    assert len(stripe.sessions) == 1
    assert await violations(shopper.runtime) == []


async def test_expiry_ends_the_page_and_late_money_goes_back(shopper: Shopper, order: Order, stripe: Stripe) -> None:
    page_id = await page(shopper, order, stripe)
    stripe.fail(page_id, "500", times=9)
    await expire_due(shopper.runtime, datetime.now(UTC) + timedelta(minutes=16))
    stripe.faults.clear()
    assert await state(shopper, order) == "expired"
    await tell(shopper, S, stripe.event(PAID, stripe.pay(page_id)))
    await work(shopper.runtime)
    assert await refunds(shopper, order) == [(S, order["payable_minor"], "succeeded")]
    other = await shopper.placed()
    ended = await page(shopper, other, stripe)
    await expire_due(shopper.runtime, datetime.now(UTC) + timedelta(minutes=16))
    assert stripe.sessions[ended]["status"] == "expired"
    assert await violations(shopper.runtime) == []


async def test_a_refund_pending_lost_and_told_is_one_refund(shopper: Shopper, order: Order, stripe: Stripe) -> None:
    await tell(shopper, S, stripe.event(PAID, stripe.pay(await page(shopper, order, stripe))))
    stripe.refunds_end = "pending"
    await shopper.post(f"/me/orders/{order['id']}/refunds", {"everything": True, "reason": "changed my mind"})
    stripe.fail("/v1/refunds", "drop", after=True)
    with pytest.raises(ProviderUnavailable):
        await work(shopper.runtime)
    from galleria.value.payments.jobs import send_refund  # noqa: PLC0415 - the job itself, tried again

    async with shopper.runtime.db.read() as tx:
        refund_id = await tx.value("SELECT id FROM payments.refund WHERE mall_id = $1", shopper.mall.mall_id)
    await send_refund(shopper.runtime, str(shopper.mall.mall_id), str(refund_id))
    assert (await refunds(shopper, order))[0][2] == "processing"
    [back] = stripe.refunds.values()
    await later(shopper.runtime, minutes=2)
    assert (await refunds(shopper, order))[0][2] == "processing"
    back["status"] = "succeeded"
    for _ in range(2):
        assert (await tell(shopper, S, stripe.event("refund.updated", back))).status_code == 200
    assert await refunds(shopper, order) == [(S, order["payable_minor"], "succeeded")]
    assert await violations(shopper.runtime) == []


async def test_the_balance_tells_every_payment_and_refund_with_its_fee_page_by_page(
    shopper: Shopper, order: Order, stripe: Stripe
) -> None:
    await tell(shopper, S, stripe.event(PAID, stripe.pay(await page(shopper, order, stripe))))
    await shopper.post(f"/me/orders/{order['id']}/refunds", {"everything": True, "reason": "changed my mind"})
    await work(shopper.runtime)
    for _ in range(3):
        stripe._move("payout", -5, "cny", {}, fee=0)  # noqa: SLF001 - its own doing
    lines = await StripePayments(stripe.account()).statement(datetime.now(UTC).date())
    assert [(line.kind, line.amount_minor, line.fee_minor) for line in lines] == [
        ("refund", order["payable_minor"], 0),
        ("payment", order["payable_minor"], 30),
    ]
    assert {line.mall_id for line in lines} == {shopper.mall.mall_id}
    sql = "SELECT id::text FROM payments.attempt WHERE mall_id = $1 AND state = 'succeeded'"
    async with shopper.runtime.db.read() as tx:
        assert lines[1].number == await tx.value(sql, shopper.mall.mall_id)
