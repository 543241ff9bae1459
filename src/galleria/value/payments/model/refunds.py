"""Money going back through a provider."""

from datetime import datetime
from enum import StrEnum

import msgspec

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import AttemptId, IntentId, MallId, OrderId, RefundId
from galleria.value.payments.model.intents import Outcome


class RefundState(StrEnum):
    """Where a refund of a payment stands; `processing`: the provider has it and will tell, or be asked."""

    REQUESTED = "requested"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PaymentRefund(msgspec.Struct, frozen=True, kw_only=True):
    """Money going back through the provider; its id is the idempotency key there."""

    id: RefundId
    mall_id: MallId
    intent_id: IntentId
    order_id: OrderId
    amount_minor: int
    currency: str
    reason: str
    state: RefundState
    attempts: int
    error: str | None
    provider_reference: str | None
    created_at: datetime
    ended_at: datetime | None


class RefundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider is asked to give back, and of which payment; `paid_minor` is what that payment was."""

    refund_id: RefundId
    attempt_id: AttemptId
    intent_id: IntentId
    order_id: OrderId
    mall_id: MallId
    provider: str
    provider_reference: str | None
    amount_minor: int
    paid_minor: int
    currency: str
    reason: str
    state: RefundState
    attempts: int


class RefundNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of a refund: told by itself, or when it was asked to refund or how the refund stands."""

    provider: str
    mall_id: MallId
    refund_id: RefundId
    outcome: Outcome
    amount_minor: int
    reference: str | None
    error: str = ""


class RefundTooLarge(Conflict):
    """So much was never paid, or has been given back already."""

    code = "refund_too_large"


class NotFailed(Conflict):
    """Only a failed refund can be sent again."""

    code = "refund_not_failed"
