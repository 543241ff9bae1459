"""What is to be collected (intents), each try at it (attempts), and what providers say of a try (notices)."""

from datetime import datetime
from enum import StrEnum

import msgspec

from galleria.kernel.errors import Conflict, Forbidden
from galleria.kernel.ids import AttemptId, IntentId, MallId, MemberId, OrderId, TenderId


class IntentState(StrEnum):
    """Where collecting stands. Money may arrive after we gave up: `closed` can still become `succeeded`."""

    CREATED = "created"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"


INTENT_TRANSITIONS: dict[IntentState, frozenset[IntentState]] = {
    IntentState.CREATED: frozenset({IntentState.SUCCEEDED, IntentState.CLOSED}),
    IntentState.CLOSED: frozenset({IntentState.SUCCEEDED}),  # paid after expiry or cancellation: refunded by itself
    IntentState.SUCCEEDED: frozenset(),
}


class Purpose(StrEnum):
    """What money is collected for; a surplus came although the tender was collected already, and goes back at once."""

    ORDER = "order"
    SURPLUS = "surplus"


class AttemptState(StrEnum):
    """Where one try stands.

    `created`: we have decided to try; `started`: the provider knows of it; `unknown`: it did not answer and may have
    taken money, so it is asked. A try given up (`closed`) or lost (`failed`) can still succeed: the money is real.
    """

    CREATED = "created"
    STARTED = "started"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """Return whether the provider may still be paid by it, as far as we know."""
        return self in {AttemptState.CREATED, AttemptState.STARTED, AttemptState.UNKNOWN}


class Scene(StrEnum):
    """Where and how a shopper pays: what a provider needs differs by it."""

    PAGE = "page"  # the provider's own page in a browser
    H5 = "h5"  # a phone's browser, which opens the provider's app
    JSAPI = "jsapi"  # inside the provider's own browser, by its JavaScript bridge
    MINI_PROGRAM = "mini_program"  # inside the provider's mini program
    NATIVE = "native"  # a QR code that the provider's app scans
    BARCODE = "barcode"  # the shopper shows a code, the till scans it
    CARD = "card"  # a card's number and password, typed or scanned at the till
    CASH = "cash"  # notes and coins, counted by the till


IN_PERSON = frozenset({Scene.BARCODE, Scene.CARD, Scene.CASH})
"""Scenes in which staff take the payment; a shopper cannot start them."""


class Outcome(StrEnum):
    """What a provider says of a payment or a refund."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to collect for one tender of an order; attempts are made at it until one succeeds."""

    id: IntentId
    mall_id: MallId
    order_id: OrderId
    tender_id: TenderId
    member_id: MemberId
    amount_minor: int
    currency: str
    description: str
    purpose: Purpose = Purpose.ORDER
    provider: str
    state: IntentState
    created_at: datetime
    expires_at: datetime


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to collect an intent at one provider; its id is our number there. Amounts are the intent's."""

    id: AttemptId
    mall_id: MallId
    intent_id: IntentId
    order_id: OrderId
    tender_id: TenderId
    member_id: MemberId
    n: int
    amount_minor: int
    currency: str
    description: str
    provider: str
    scene: Scene
    state: AttemptState
    intent_state: IntentState
    provider_reference: str | None
    error: str | None
    created_at: datetime
    expires_at: datetime
    asks: int


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider told us of an attempt, already authenticated; `notice_id` is the same when it is told again."""

    notice_id: str
    provider: str
    mall_id: MallId
    attempt_id: AttemptId
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
    SURPLUS = "surplus"


class Settled(msgspec.Struct, frozen=True):
    """The effect of one notice: `intent` is what was collected, as it was before; of a surplus, what came too much.

    `superseded` are other attempts of the intent that were still open: their providers are to be told.
    """

    result: Result
    intent: Intent
    attempt_id: AttemptId
    superseded: list[AttemptId]


class NoticeForged(Forbidden):
    """The notice's signature does not hold, or it is too old; nothing was believed."""

    code = "notice_forged"


class PaymentOpen(Conflict):
    """The order already waits for a payment; pay that one."""

    code = "payment_open"
