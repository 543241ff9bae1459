"""A partner's prepaid card at the till: redeemed once, reversed once, known in the end, and told by the partner."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, violations, work
from tests.factories.members import as_staff, make_staff
from tests.factories.providers import attempts, later, pay, refunds, tell, working_with
from tests.simulators.prepaid import Prepaid
from tests.simulators.server import serving

from galleria.adapters.prepaid_sandbox import Account, PrepaidCards
from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value.payments import ProviderUnavailable

P = "prepaid"
CARD = "6001-2345-6789"
Order = dict[str, Any]


@pytest.fixture
async def prepaid(runtime: Runtime) -> AsyncIterator[Prepaid]:
    company = Prepaid()
    company.cards[CARD] = 100_000
    async with serving(company):
        with working_with(runtime, PrepaidCards(company.account())):
            yield company
            company.faults.clear()
            await work(runtime)


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


@pytest.fixture
async def order(shopper: Shopper) -> Order:
    return await shopper.placed()


async def redeem(shopper: Shopper, order: Order, card: str = CARD) -> httpx.Response:
    grant = Grant(role=Role.OPERATOR, group_id=shopper.mall.group_id)
    headers = await as_staff(shopper.runtime, await make_staff(shopper.runtime, shopper.mall.group_id, [grant]))
    body = {"shop_id": str(shopper.mall.shop_ids[0]), "provider": P, "auth_code": card}
    path = f"{shopper.base}/orders/{order['id']}/charge"
    return await shopper.client.post(path, json=body, headers=headers | {"idempotency-key": new_id().hex})


async def state(shopper: Shopper, order: Order) -> str:
    return str((await shopper.order(order["id"]))["state"])


async def test_a_card_pays_and_gets_its_money_back(shopper: Shopper, order: Order, prepaid: Prepaid) -> None:
    taken = await redeem(shopper, order)
    assert (taken.status_code, taken.json()["pending"]) == (200, False)
    assert await state(shopper, order) == "paid"
    assert prepaid.cards[CARD] == 100_000 - order["payable_minor"]
    await shopper.post(f"/me/orders/{order['id']}/refunds", {"everything": True, "reason": "changed my mind"})
    prepaid.fail("/v1/reversals", "drop", after=True)
    with pytest.raises(ProviderUnavailable):
        await work(shopper.runtime)
    from galleria.value.payments.jobs import send_refund  # noqa: PLC0415 - the job itself, tried again

    async with shopper.runtime.db.read() as tx:
        refund_id = await tx.value("SELECT id FROM payments.refund WHERE mall_id = $1", shopper.mall.mall_id)
    await send_refund(shopper.runtime, str(shopper.mall.mall_id), str(refund_id))
    assert await refunds(shopper, order) == [(P, order["payable_minor"], "succeeded")]
    assert prepaid.cards[CARD] == 100_000
    lines = await PrepaidCards(prepaid.account()).statement(datetime.now(UTC).date())
    assert [(line.kind, line.amount_minor, line.mall_id) for line in lines] == [
        ("payment", order["payable_minor"], shopper.mall.mall_id),
        ("refund", order["payable_minor"], shopper.mall.mall_id),
    ]
    assert await violations(shopper.runtime) == []


@pytest.mark.parametrize(("card", "held"), [("6001-0000-0000", None), (CARD, 100)])
async def test_an_unknown_or_empty_card_takes_nothing(
    shopper: Shopper, order: Order, prepaid: Prepaid, card: str, held: int | None
) -> None:
    if held is not None:
        prepaid.cards[card] = held
    taken = await redeem(shopper, order, card)
    assert (taken.status_code, taken.json()["code"]) == (409, "payment_refused")
    assert (await attempts(shopper, order))[-1] == (P, "failed")
    assert await state(shopper, order) == "pending_payment"
    prepaid.cards[CARD] = 100_000
    assert (await redeem(shopper, order)).json()["pending"] is False


@pytest.mark.parametrize("kind", ["500", "drop", "garbage"])
async def test_a_redemption_without_an_answer_is_found_out_and_not_made_twice(
    shopper: Shopper, order: Order, prepaid: Prepaid, kind: str
) -> None:
    prepaid.fail("/v1/redemptions", kind, after=True)
    assert (await redeem(shopper, order)).json()["pending"] is True
    assert await state(shopper, order) == "pending_payment"
    await later(shopper.runtime, seconds=30)
    assert await state(shopper, order) == "paid"
    assert prepaid.cards[CARD] == 100_000 - order["payable_minor"]
    assert await violations(shopper.runtime) == []


async def test_a_redemption_that_was_never_made_is_void_when_the_order_ends(
    shopper: Shopper, order: Order, prepaid: Prepaid
) -> None:
    prepaid.fail("/v1/redemptions", "drop")
    assert (await redeem(shopper, order)).json()["pending"] is True
    assert (await shopper.post(f"/orders/{order['id']}/cancel")).status_code == 200
    await work(shopper.runtime)
    [voided] = prepaid.redemptions.values()
    assert voided["state"] == "void"
    assert prepaid.cards[CARD] == 100_000


async def test_a_wrong_secret_a_notice_and_a_phone_get_nowhere(
    shopper: Shopper, order: Order, prepaid: Prepaid
) -> None:
    stranger = PrepaidCards(Account(partner="mall-1", secret="x" * 32, gateway=prepaid.url))
    with working_with(shopper.runtime, stranger):
        assert (await redeem(shopper, order)).json()["pending"] is True
    assert prepaid.cards[CARD] == 100_000
    assert (await tell(shopper, P, ({}, b"{}"))).status_code == 403
    assert (await pay(shopper, order, P, "card")).status_code == 422
