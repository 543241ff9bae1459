"""What Stripe says on the wire, as far as we read it."""

from typing import Any, Generic, TypeVar

import msgspec

GATEWAY = "https://api.stripe.com"
VERSION = "2025-03-31.basil"
"""The version of Stripe's API that these Structs are of."""

T = TypeVar("T")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account at Stripe: its secret key, the secret its notices are signed with, and where shoppers come back to."""

    secret_key: str
    webhook_secret: str
    origin: str
    gateway: str = GATEWAY


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A page of Stripe's to pay on."""

    id: str
    status: str
    payment_status: str
    amount_total: int
    currency: str
    url: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] = {}


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money going back."""

    id: str
    status: str
    amount: int
    metadata: dict[str, str] = {}
    failure_reason: str | None = None


class Source(msgspec.Struct, frozen=True):
    """What a movement on the balance comes of: a charge or a refund."""

    id: str = ""
    metadata: dict[str, str] = {}


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A movement on the balance; `amount` is below zero when money leaves."""

    id: str
    type: str
    amount: int
    fee: int
    currency: str
    created: int
    source: Source | None = None


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list."""

    data: list[T]
    has_more: bool = False


class Held(msgspec.Struct, frozen=True):
    """What an event is about."""

    object: msgspec.Raw


class Event(msgspec.Struct, frozen=True):
    """A notice; `id` is the same when it is told again."""

    id: str
    type: str
    data: Held


class Problem(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    error: dict[str, Any] = {}
