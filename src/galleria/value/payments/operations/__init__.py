"""What happens to payments: collecting, and giving back."""

from galleria.value.payments.operations.collecting import (
    another_attempt,
    close_intents,
    create_intent,
    first_attempt,
    lock_intent,
    mark_asked,
    note_refused,
    note_started,
    note_unknown,
    settle,
    withdraw_intent,
)
from galleria.value.payments.operations.reconciling import decide_difference, reconcile
from galleria.value.payments.operations.refunding import (
    SEND_REFUND,
    mark_refunds_asked,
    refund_told,
    refund_unanswered,
    request_refund,
    retry_refund,
)

__all__ = [
    "SEND_REFUND",
    "another_attempt",
    "close_intents",
    "create_intent",
    "decide_difference",
    "first_attempt",
    "lock_intent",
    "mark_asked",
    "mark_refunds_asked",
    "note_refused",
    "note_started",
    "note_unknown",
    "reconcile",
    "refund_told",
    "refund_unanswered",
    "request_refund",
    "retry_refund",
    "settle",
    "withdraw_intent",
]
