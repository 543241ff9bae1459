"""What orders keep of their units, asked at the door alone: tickets and refunds know nothing of it.

So it plays in a database of its own, where nobody else asks the doctor.
"""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from tests.factories.app import running
from tests.factories.checkout import Shopper, make_shopper

from galleria.commerce import orders
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import LineId, OrderId, SubOrderId
from galleria.platform import postgres
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings


@pytest.fixture(scope="module")
async def app(
    cluster: postgres.Embedded, new_database: Callable[[str], str], settings: Settings
) -> AsyncIterator[Litestar]:
    async with running(settings, cluster.dsn_for(new_database("units"))) as app:
        yield app


@pytest.fixture(scope="module")
def runtime(app: Litestar) -> Runtime:
    found: Runtime = app.state.runtime
    return found


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


async def test_units_are_fulfilled_and_given_back_once(shopper: Shopper, runtime: Runtime) -> None:
    order = await shopper.paid(2, 2)
    part = order["sub_orders"][1]
    where = {"mall_id": shopper.mall.mall_id, "sub_order_id": SubOrderId(UUID(part["id"]))}
    line_id = LineId(UUID(part["lines"][0]["id"]))
    now = utc_now()

    async def fulfil(unit: int) -> None:
        command = Command(kind="tests.fulfil", actor=SYSTEM, now=now)
        await runtime.db.write(
            command,
            lambda tx: orders.mark_fulfilled(tx, **where, line_id=line_id, unit=unit, now=now),
            returns=type(None),
        )

    async def refund(units: orders.Units | None) -> orders.RecordedRefund:
        command = Command(kind="tests.refund", actor=SYSTEM, now=now)
        return await runtime.db.write(
            command,
            lambda tx: orders.record_refund(
                tx, mall_id=shopper.mall.mall_id, order_id=OrderId(UUID(order["id"])), units=units, now=now
            ),
            returns=orders.RecordedRefund,
        )

    await fulfil(0)
    with pytest.raises(Conflict):
        await fulfil(0)
    back = await refund({line_id: [1]})
    assert (back.amount_minor, back.everything) == (4550, False)
    with pytest.raises(orders.UnitsNotRefundable):
        await refund({line_id: [1]})
    with pytest.raises(Conflict):
        await fulfil(1)
    seen = await shopper.order(order["id"])
    assert seen["sub_orders"][1]["state"] == "fulfilled"
    assert [u["state"] for u in seen["sub_orders"][1]["lines"][0]["units"]] == ["fulfilled", "refunded"]
    rest = await refund(None)
    assert (rest.everything, rest.amount_minor) == (True, order["payable_minor"] - 4550)
    seen = await shopper.order(order["id"])
    assert [p["state"] for p in seen["sub_orders"]] == ["refunded", "refunded"]
    assert seen["refunded_minor"] == seen["payable_minor"]
