"""What a notice did, and what the ledger is told of a refund paid out, decided without a database."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.foundation.ledger import AccountKind
from galleria.kernel.ids import AttemptId, IntentId, MallId, MemberId, OrderId, RefundId, TenderId
from galleria.value.payments import Intent, IntentState, Notice, Outcome, RefundOrder, RefundState, Result, rules
from galleria.value.payments.model import INTENT_TRANSITIONS

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MALL = MallId(UUID(int=1))

INTENT = Intent(
    id=IntentId(UUID(int=2)),
    mall_id=MALL,
    order_id=OrderId(UUID(int=3)),
    member_id=MemberId(UUID(int=4)),
    amount_minor=18550,
    currency="CNY",
    description="261121-7K3M9QXA",
    provider="sandbox",
    state=IntentState.CREATED,
    tender_id=TenderId(UUID(int=3)),
    created_at=NOW,
    expires_at=NOW,
)
NOTICE = Notice(
    notice_id="n",
    provider="sandbox",
    mall_id=MALL,
    attempt_id=AttemptId(INTENT.id),
    outcome=Outcome.SUCCEEDED,
    amount_minor=18550,
    currency="CNY",
    reference="r",
    body="{}",
)


@pytest.mark.parametrize(
    ("told", "moved", "result"),
    [
        ({}, True, Result.SUCCEEDED),
        ({}, False, Result.DUPLICATE),
        ({"outcome": Outcome.FAILED}, True, Result.FAILED),
        ({"outcome": Outcome.FAILED}, False, Result.DUPLICATE),
        ({"amount_minor": 18551}, False, Result.MISMATCH),
        ({"amount_minor": 18549}, True, Result.MISMATCH),
        ({"currency": "USD"}, True, Result.MISMATCH),
        ({"outcome": Outcome.FAILED, "amount_minor": 0}, False, Result.MISMATCH),
    ],
)
def test_amount_and_currency_come_before_anything_else(told: dict[str, Any], moved: bool, result: Result) -> None:  # noqa: FBT001 - a table
    assert rules.result_of(msgspec.structs.replace(NOTICE, **told), INTENT, moved=moved) is result


def test_nothing_follows_success_and_everything_may_lead_to_it() -> None:
    assert INTENT_TRANSITIONS[IntentState.SUCCEEDED] == frozenset()
    assert all(IntentState.SUCCEEDED in INTENT_TRANSITIONS[s] for s in IntentState if s is not IntentState.SUCCEEDED)
    assert set(INTENT_TRANSITIONS) == set(IntentState)


@given(st.integers(1, 10**12))
def test_a_refund_paid_out_moves_what_is_owed_to_what_the_provider_holds(amount_minor: int) -> None:
    order = RefundOrder(
        refund_id=RefundId(UUID(int=5)), attempt_id=AttemptId(INTENT.id), intent_id=INTENT.id,
        order_id=INTENT.order_id, mall_id=MALL, provider="sandbox", provider_reference="r",
        amount_minor=amount_minor, paid_minor=amount_minor, currency="CNY", reason="r",
        state=RefundState.REQUESTED, attempts=0,
    )  # fmt: skip
    entry = rules.refund_entry(order, order.refund_id)
    assert (entry.code, entry.reference) == ("payments.refunded", order.refund_id)
    moved = {posting.account.kind: posting.amount for posting in entry.postings}
    assert moved == {AccountKind.REFUNDS_PAYABLE: -amount_minor, AccountKind.PROVIDER_CLEARING: amount_minor}


def test_accounts_are_apart_by_mall_and_currency() -> None:
    other = MallId(UUID(int=9))
    refs = [
        of(mall, asset) for of in (rules.clearing, rules.payable) for mall in (MALL, other) for asset in ("CNY", "HKD")
    ]
    assert len({ref.id for ref in refs}) == 8
    assert rules.clearing(MALL, "CNY").id == rules.clearing(MALL, "CNY").id
