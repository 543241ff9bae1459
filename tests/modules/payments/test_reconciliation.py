"""Every day what providers say is compared with what we say; each difference is listed once and waits for a person."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests.factories.checkout import Shopper, make_shopper, sandbox, violations, work
from tests.factories.members import as_staff, make_staff

from galleria.adapters.payments_sandbox import SandboxPayments
from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value.payments import LineKind, ProviderUnavailable, StatementLine
from galleria.value.payments.jobs import reconcile_day, reconcile_due


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


@pytest.fixture
async def operator(shopper: Shopper) -> dict[str, str]:
    grant = Grant(role=Role.OPERATOR, group_id=shopper.mall.group_id)
    return await as_staff(shopper.runtime, await make_staff(shopper.runtime, shopper.mall.group_id, [grant]))


def today() -> date:
    return datetime.now(UTC).date()


class Statement:
    """What the sandbox says of today, which a test may falsify before it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, shopper: Shopper) -> None:
        self.change: Any = lambda lines: lines
        honest, mall_id = SandboxPayments.statement, shopper.mall.mall_id

        async def told(provider: SandboxPayments, day: date) -> list[StatementLine]:
            lines = [line for line in await honest(provider, day) if line.mall_id == mall_id]
            return self.change(lines) if day == today() else []

        monkeypatch.setattr(SandboxPayments, "statement", told)


@pytest.fixture
def statement(monkeypatch: pytest.MonkeyPatch, shopper: Shopper) -> Statement:
    return Statement(monkeypatch, shopper)


async def compare(shopper: Shopper, operator: dict[str, str], **query: str) -> list[dict[str, Any]]:
    await reconcile_day(shopper.runtime, "sandbox", today().isoformat())
    await work(shopper.runtime)
    return await listed(shopper, operator, **query)


async def listed(shopper: Shopper, operator: dict[str, str], **query: str) -> list[dict[str, Any]]:
    path = shopper.base + "/payments/differences"
    answer = await shopper.client.get(path, params=query, headers=operator)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def kinds(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((one["kind"], one["state"]) for one in found)


async def test_a_day_that_agrees_has_no_differences(
    shopper: Shopper, operator: dict[str, str], statement: Statement
) -> None:
    order = await shopper.paid()
    await shopper.post(f"/me/orders/{order['id']}/refunds", {"everything": True, "reason": "changed my mind"})
    await work(shopper.runtime)
    for _ in range(2):
        assert await compare(shopper, operator) == []
    answer = await shopper.client.get(shopper.base + "/payments/statements", headers=operator)
    [told] = answer.json()["items"]
    amount = order["payable_minor"]
    assert (told["lines"], told["collected_minor"], told["refunded_minor"]) == (2, amount, amount)
    assert (told["differences"], told["open_differences"]) == (0, 0)


async def test_every_fault_of_a_statement_is_found_once(
    shopper: Shopper, operator: dict[str, str], statement: Statement
) -> None:
    orders = [await shopper.paid(1, 1) for _ in range(4)]
    stray, back = str(new_id()), str(new_id())

    def falsify(lines: list[StatementLine]) -> list[StatementLine]:
        _, less, no_fee, twice = lines
        return [
            msgspec.structs.replace(less, amount_minor=less.amount_minor - 1),
            msgspec.structs.replace(no_fee, fee_minor=None),
            twice,
            twice,
            msgspec.structs.replace(twice, number=stray, reference="nobody's"),
            msgspec.structs.replace(twice, kind=LineKind.REFUND, number=back),
        ]

    statement.change = falsify
    expected = ["amount_differs", "fee_unknown", "missing_here", "missing_here", "missing_there", "told_twice"]
    first = await compare(shopper, operator)
    assert kinds(first) == [(kind, "open") for kind in expected]
    again = await compare(shopper, operator)
    assert [one["id"] for one in again] == [one["id"] for one in first]
    amount = next(one for one in first if one["kind"] == "amount_differs")
    assert amount["ours_minor"] - amount["theirs_minor"] == 1
    assert amount["order_id"] in {order["id"] for order in orders}
    assert await violations(shopper.runtime) == []


async def test_what_is_put_right_explains_itself_and_what_a_person_said_stays(
    shopper: Shopper, operator: dict[str, str], statement: Statement
) -> None:
    await shopper.paid(1, 1)
    await shopper.paid(1, 1)
    statement.change = lambda _: []
    first, second = await compare(shopper, operator)
    path = f"{shopper.base}/payments/differences/{first['id']}/decide"
    decided = await shopper.client.post(
        path, json={"state": "resolved", "note": "called the provider"}, headers=operator
    )
    assert (decided.status_code, decided.json()["state"]) == (200, "resolved")
    statement.change = lambda lines: lines
    states = {one["id"]: (one["state"], one["note"]) for one in await compare(shopper, operator)}
    assert states == {first["id"]: ("resolved", "called the provider"), second["id"]: ("explained", "")}
    assert await listed(shopper, operator, state="open") == []
    assert len(await listed(shopper, operator, state="resolved", provider="sandbox", day=str(today()))) == 1


async def test_a_payment_near_midnight_is_explained_by_the_next_days_statement(
    shopper: Shopper, operator: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await shopper.paid(1, 1)
    tomorrow, honest = today() + timedelta(days=1), SandboxPayments.statement

    async def a_day_later(provider: SandboxPayments, day: date) -> list[StatementLine]:
        if day != tomorrow:
            return []
        return [line for line in await honest(provider, today()) if line.mall_id == shopper.mall.mall_id]

    monkeypatch.setattr(SandboxPayments, "statement", a_day_later)
    assert kinds(await compare(shopper, operator)) == [("missing_there", "open")]
    await reconcile_day(shopper.runtime, "sandbox", tomorrow.isoformat())
    assert kinds(await listed(shopper, operator)) == [("missing_there", "explained")]
    assert kinds(await compare(shopper, operator)) == [("missing_there", "explained")]


async def test_a_payment_that_only_the_statement_tells_of_completes_its_order(
    shopper: Shopper, operator: dict[str, str], statement: Statement
) -> None:
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "timeout")
    assert kinds(await compare(shopper, operator)) == [("state_differs", "open")]
    assert (await shopper.order(placed["id"]))["state"] == "paid"
    assert kinds(await compare(shopper, operator)) == [("state_differs", "explained")]
    assert await violations(shopper.runtime) == []


async def test_a_ledger_that_lost_an_entry_is_found(
    shopper: Shopper, operator: dict[str, str], statement: Statement
) -> None:
    order = await shopper.paid(1, 1)
    change = "UPDATE payments.intent SET amount_minor = amount_minor + $2 WHERE order_id = $1"
    async with shopper.runtime.db.read() as tx:
        await tx.value(change, UUID(order["id"]), 7)
    found = {one["kind"]: one for one in await compare(shopper, operator)}
    async with shopper.runtime.db.read() as tx:
        await tx.value(change, UUID(order["id"]), -7)  # other tests look at every order's books
    assert found["ledger_differs"]["theirs_minor"] - found["ledger_differs"]["ours_minor"] == 7
    assert set(found) == {"ledger_differs", "amount_differs"}


async def test_by_the_clock_a_day_is_compared_once_and_again_when_it_could_not_be_had(
    shopper: Shopper, operator: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await shopper.paid(1, 1)
    asked: list[date] = []
    silent = True

    async def told(_provider: SandboxPayments, day: date) -> list[StatementLine]:
        asked.append(day)
        if silent:
            raise ProviderUnavailable("maintenance")
        return []

    monkeypatch.setattr(SandboxPayments, "statement", told)
    async with shopper.runtime.db.read() as tx:
        await tx.value("DELETE FROM payments.statement_line")
        await tx.value("DELETE FROM payments.statement")
    tomorrow_noon = datetime.combine(today() + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=12)
    await reconcile_due(shopper.runtime, tomorrow_noon - timedelta(hours=2))
    assert today() not in asked
    await reconcile_due(shopper.runtime, tomorrow_noon)
    assert asked.count(today()) == 1
    silent = False
    await reconcile_due(shopper.runtime, tomorrow_noon)
    await reconcile_due(shopper.runtime, tomorrow_noon)
    assert asked.count(today()) == 2
    assert ("missing_there", "open") in kinds(await listed(shopper, operator))


async def test_who_may_see_and_decide(shopper: Shopper, operator: dict[str, str], statement: Statement) -> None:
    await shopper.paid(1, 1)
    statement.change = lambda _: []
    [one] = await compare(shopper, operator)
    client, base = shopper.client, shopper.base + "/payments"
    grant = Grant(role=Role.MERCHANT_MANAGER, group_id=shopper.mall.group_id, mall_id=shopper.mall.mall_id,
                  merchant_id=shopper.mall.merchant_ids[0])  # fmt: skip
    manager = await as_staff(shopper.runtime, await make_staff(shopper.runtime, shopper.mall.group_id, [grant]))
    decide = f"{base}/differences/{one['id']}/decide"
    for headers, status in ((manager, 403), (shopper.headers, 403), ({}, 401)):
        assert (await client.get(base + "/differences", headers=headers)).status_code == status
        assert (await client.get(base + "/statements", headers=headers)).status_code == status
        assert (await client.post(decide, json={"state": "explained"}, headers=headers)).status_code == status
    bare = await client.post(decide, json={"state": "resolved", "note": " "}, headers=operator)
    assert (bare.status_code, bare.json()["code"]) == (409, "difference_note_required")
    unknown = await client.post(f"{base}/differences/{new_id()}/decide", json={"state": "explained"}, headers=operator)
    assert unknown.status_code == 404
    wish = {"provider": "nobody", "day": "2026-01-01"}
    assert (await client.post(base + "/statements", json=wish, headers=operator)).status_code == 422
    assert (await listed(shopper, operator))[0]["state"] == "open"
    again = await client.post(base + "/statements", json=wish | {"provider": "sandbox"}, headers=operator)
    assert again.status_code == 202
    assert sandbox(shopper.runtime).calendar is UTC
