"""A refund that the provider does not take is tried again, fails in the end, is listed, and can be sent again."""

from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, violations, work
from tests.factories.members import as_staff, make_staff

from galleria.adapters.payments_sandbox import SandboxPayments
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value.payments import ProviderRefused, ProviderUnavailable, RefundNotice, RefundOrder
from galleria.value.payments.jobs import send_refund


async def owed(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> Shopper:
    """Return a shopper to whom money is owed by a provider that answers every refund with an error."""

    async def fail(_self: SandboxPayments, _order: RefundOrder) -> RefundNotice:
        raise error

    shopper = await make_shopper(runtime, client)
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "timeout")
    await shopper.post(f"/orders/{placed['id']}/cancel")
    monkeypatch.setattr(SandboxPayments, "refund", fail)
    return shopper


async def operator(shopper: Shopper) -> dict[str, str]:
    grant = Grant(role=Role.OPERATOR, group_id=shopper.mall.group_id)
    return await as_staff(shopper.runtime, await make_staff(shopper.runtime, shopper.mall.group_id, [grant]))


async def refund_id(shopper: Shopper) -> UUID:
    async with shopper.runtime.db.read() as tx:
        found: UUID = await tx.value("SELECT id FROM payments.refund WHERE mall_id = $1", shopper.mall.mall_id)
    return found


async def test_a_refusal_is_listed_and_can_be_sent_again(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper = await owed(runtime, client, monkeypatch, ProviderRefused("account closed"))
    await work(runtime)
    headers = await operator(shopper)
    path = shopper.base + "/payments/refunds"
    failed = (await client.get(path + "?state=failed", headers=headers)).json()["items"]
    assert [(r["state"], r["error"], r["attempts"]) for r in failed] == [("failed", "account closed", 1)]
    monkeypatch.undo()
    again = await client.post(f"{path}/{failed[0]['id']}/retry", headers=headers)
    assert (again.status_code, again.json()["state"]) == (200, "requested")
    twice = await client.post(f"{path}/{failed[0]['id']}/retry", headers=headers)
    assert (twice.status_code, twice.json()["code"]) == (409, "refund_not_failed")
    await work(runtime)
    done = (await client.get(path, headers=headers)).json()["items"]
    assert [r["state"] for r in done] == ["succeeded"]
    assert await violations(runtime) == []
    assert (await client.get(path, headers=shopper.headers)).status_code == 403
    assert (await client.get(path)).status_code == 401


async def test_silence_is_tried_again_and_fails_in_the_end(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper = await owed(runtime, client, monkeypatch, ProviderUnavailable("no answer"))
    with pytest.raises(ProviderUnavailable):
        await work(runtime)
    mall_id, refund = str(shopper.mall.mall_id), str(await refund_id(shopper))
    for _ in range(4):
        with pytest.raises(ProviderUnavailable):
            await send_refund(runtime, mall_id, refund)
    await send_refund(runtime, mall_id, refund)
    listed = (await client.get(shopper.base + "/payments/refunds", headers=await operator(shopper))).json()["items"]
    assert [(r["state"], r["attempts"]) for r in listed] == [("failed", 6)]
    assert await violations(runtime) == []
