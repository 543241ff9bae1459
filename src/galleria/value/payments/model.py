"""What payments deals in: intents, what providers say of them, refunds, and the Protocol an adapter fulfils."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from galleria.kernel.errors import Forbidden
from galleria.kernel.ids import IntentId, MallId, MemberId, OrderId, RefundId


class IntentState(StrEnum):
    """Where a payment stands. Money may arrive after we gave up: `failed` and `closed` can still become `succeeded`."""

    CREATED = "created"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"


INTENT_TRANSITIONS: dict[IntentState, frozenset[IntentState]] = {
    IntentState.CREATED: frozenset({IntentState.SUCCEEDED, IntentState.FAILED, IntentState.CLOSED}),
    IntentState.FAILED: frozenset({IntentState.SUCCEEDED}),  # the provider changes its mind; the money is real
    IntentState.CLOSED: frozenset({IntentState.SUCCEEDED}),  # paid after expiry or cancellation: refunded by itself
    IntentState.SUCCEEDED: frozenset(),
}


class Outcome(StrEnum):
    """What a provider says of a payment."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to collect `amount_minor` for an order; its id is our number at the provider."""

    id: IntentId
    mall_id: MallId
    order_id: OrderId
    member_id: MemberId
    amount_minor: int
    currency: str
    description: str
    provider: str
    state: IntentState
    provider_reference: str | None
    created_at: datetime
    expires_at: datetime


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider told us, its signature already checked; `notice_id` is the same when it is told again."""

    notice_id: str
    provider: str
    mall_id: MallId
    intent_id: IntentId
    outcome: Outcome
    amount_minor: int
    currency: str
    reference: str | None
    body: str


class Result(StrEnum):
    """What a notice did."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DUPLICATE = "duplicate"
    MISMATCH = "mismatch"


class Settled(msgspec.Struct, frozen=True):
    """The effect of one notice on its intent."""

    result: Result
    intent: Intent


class RefundState(StrEnum):
    """Where a refund of a payment stands."""

    REQUESTED = "requested"
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
    """What a provider is asked to give back."""

    refund_id: RefundId
    intent_id: IntentId
    mall_id: MallId
    provider: str
    amount_minor: int
    currency: str
    reason: str
    state: RefundState
    attempts: int


class NoticeForged(Forbidden):
    """The notice's signature does not hold, or it is too old; nothing was believed."""

    code = "notice_forged"


class ProviderRefused(Exception):
    """The provider said no for good; trying again is pointless."""


class ProviderUnavailable(Exception):
    """The provider could not be reached or did not answer; the truth is unknown and must be asked again."""


class PaymentProvider(Protocol):
    """A payment company. No call happens inside a transaction of ours; every call may be repeated with one effect."""

    name: str

    def cashier_url(self, intent: Intent, *, return_url: str) -> str:
        """Return the address where the shopper pays; the same intent always gives the same payment."""
        ...

    async def query(self, intent: Intent) -> Notice:
        """Return how the payment stands. Raises ProviderUnavailable."""
        ...

    async def close(self, intent: Intent) -> Notice:
        """Make the payment impossible unless money is already moving, and return how it stands."""
        ...

    async def refund(self, order: RefundOrder) -> str:
        """Give money back once per `refund_id`, and return the provider's reference. Raises ProviderRefused."""
        ...

    def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        """Return what an incoming notice says; raises NoticeForged when its signature does not hold."""
        ...


class Providers:
    """The payment companies this installation works with, by name; the first is offered to shoppers."""

    def __init__(self, *providers: PaymentProvider) -> None:
        self._by_name = {provider.name: provider for provider in providers}

    @property
    def preferred(self) -> PaymentProvider | None:
        """Return the one offered to shoppers, or None when there is none."""
        return next(iter(self._by_name.values()), None)

    def get(self, name: str) -> PaymentProvider | None:
        """Return the provider of that name, or None."""
        return self._by_name.get(name)
