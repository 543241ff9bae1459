"""Two attempts at one payment succeed at the same moment: one counts, and the other's money goes back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, sandbox, violations, work
from tests.factories.overlap import Operation, overlap
from tests.factories.providers import attempts, refunds

from galleria.adapters.payments_sandbox.model import Charge, ChargeState
from galleria.commerce.checkout import operations
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import payments
from galleria.value.payments.store import attempts as store

Order = dict[str, Any]
Wire = tuple[dict[str, str], bytes]


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


@pytest.fixture
async def order(shopper: Shopper) -> Order:
    return await shopper.placed()


async def paid(shopper: Shopper, order: Order, attempt_id: str) -> Wire:
    """Return the notice that an attempt was paid; the sandbox's books have the charge."""
    now = datetime.now(UTC)
    charge = Charge(
        id=UUID(attempt_id),
        mall_id=shopper.mall.mall_id,
        amount_minor=order["payable_minor"],
        currency=order["currency"],
        state=ChargeState.PAID,
        reference=f"test-{new_id().hex}",
        known_at=now,
    )
    await shopper.runtime.db.pool.execute(
        "INSERT INTO sandbox.charge (id, mall_id, amount_minor, currency, state, reference, created_at, known_at) "
        "VALUES ($1, $2, $3, $4, 'paid', $5, $6, $6)",
        charge.id,
        charge.mall_id,
        charge.amount_minor,
        charge.currency,
        charge.reference,
        now,
    )
    return sandbox(shopper.runtime).notice(charge, now)


async def two_attempts(shopper: Shopper, order: Order) -> tuple[Wire, Wire]:
    """Open a page, then a code beside it, and have both paid."""
    first = (await shopper.post(f"/orders/{order['id']}/pay")).json()
    second = (await shopper.post(f"/orders/{order['id']}/pay", {"scene": "native"})).json()
    assert first["attempt_id"] != second["attempt_id"]
    return await paid(shopper, order, first["attempt_id"]), await paid(shopper, order, second["attempt_id"])


def taking(shopper: Shopper, wire: Wire) -> Operation:
    async def take(tx: Tx) -> payments.Result:
        headers, body = wire
        now = datetime.now(UTC)
        notice = await sandbox(shopper.runtime).parse_notice(headers, body, now=now)
        assert isinstance(notice, payments.Notice)
        return await operations.take_notice(tx, notice=notice, now=now)

    return take


async def tell(shopper: Shopper, wire: Wire) -> httpx.Response:
    headers, body = wire
    return await shopper.client.post("/v1/payments/sandbox/notices", headers=headers, content=body)


@pytest.mark.parametrize("old_first", [True, False])
async def test_both_attempts_succeed_at_once_and_one_goes_back(
    shopper: Shopper, order: Order, *, old_first: bool
) -> None:
    old, new = await two_attempts(shopper, order)
    first, rival = (old, new) if old_first else (new, old)
    counted, told = await overlap(shopper.runtime, taking(shopper, first), tell(shopper, rival))
    assert counted is payments.Result.SUCCEEDED
    assert (told.status_code, told.json()) == (200, {"result": "surplus"})
    await work(shopper.runtime)
    assert await refunds(shopper, order) == [("sandbox", order["payable_minor"], "succeeded")]
    assert (await shopper.order(order["id"]))["state"] == "paid"
    assert await shopper.left() == [98, 99]
    assert await violations(shopper.runtime) == []


async def test_twin_without_the_lock_the_second_success_is_lost_on_the_index(
    shopper: Shopper, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlocked, the rival still sees an intent to be collected; only `attempt_collected_once` keeps the money apart."""
    monkeypatch.setattr(store, "_SETTLE", store._SETTLE.replace("FOR UPDATE OF i, a", ""))  # noqa: SLF001
    old, new = await two_attempts(shopper, order)
    _, told = await overlap(shopper.runtime, taking(shopper, old), tell(shopper, new))
    assert told.status_code == 500
    assert await refunds(shopper, order) == []


async def test_a_success_while_another_way_is_being_chosen_counts_once(shopper: Shopper, order: Order) -> None:
    first = (await shopper.post(f"/orders/{order['id']}/pay")).json()
    wire = await paid(shopper, order, first["attempt_id"])
    wish = shopper.post(f"/orders/{order['id']}/pay", {"scene": "native"})
    counted, refused = await overlap(shopper.runtime, taking(shopper, wire), wish)
    assert counted is payments.Result.SUCCEEDED
    assert (refused.status_code, refused.json()["code"]) == (409, "order_already_paid")
    assert await attempts(shopper, order) == [("sandbox", "succeeded")]
    assert await violations(shopper.runtime) == []
