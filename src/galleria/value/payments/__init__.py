"""Payments: attempts to collect money (intents), what providers say of them (notices), and money going back (refunds).

Invariants: a notice is recorded once; an intent succeeds at most once, by one conditional update, and only for its own
amount and currency; refunds of an intent never exceed it; a refund is one at the provider, however often it is sent.
No provider is called inside a transaction. A refund paid out moves `refunds_payable` to `provider_clearing`.

Emits and hears no events: checkout and returns call it. Adapters fulfil `PaymentProvider`, bound by `Providers`.
"""

from galleria.value.payments.model import (
    Intent,
    IntentState,
    Notice,
    NoticeForged,
    Outcome,
    PaymentProvider,
    PaymentRefund,
    ProviderRefused,
    Providers,
    ProviderUnavailable,
    RefundOrder,
    RefundState,
    Result,
    Settled,
)
from galleria.value.payments.operations import (
    NotFailed,
    PaymentOpen,
    RefundTooLarge,
    close_intents,
    create_intent,
    mark_asked,
    request_refund,
    retry_refund,
    settle,
)
from galleria.value.payments.queries import (
    find_intent,
    latest_intent,
    list_refunds,
    list_unanswered,
    refund_states,
)
from galleria.value.payments.rules import clearing, payable

__all__ = [
    "Intent",
    "IntentState",
    "NotFailed",
    "Notice",
    "NoticeForged",
    "Outcome",
    "PaymentOpen",
    "PaymentProvider",
    "PaymentRefund",
    "ProviderRefused",
    "ProviderUnavailable",
    "Providers",
    "RefundOrder",
    "RefundState",
    "RefundTooLarge",
    "Result",
    "Settled",
    "clearing",
    "close_intents",
    "create_intent",
    "find_intent",
    "latest_intent",
    "list_refunds",
    "list_unanswered",
    "mark_asked",
    "payable",
    "refund_states",
    "request_refund",
    "retry_refund",
    "settle",
]
