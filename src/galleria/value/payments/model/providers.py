"""The Protocols that payment companies' adapters fulfil, and what passes between them and us."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from galleria.kernel.ids import MallId
from galleria.value.payments.model.intents import Attempt, Notice, Scene
from galleria.value.payments.model.refunds import RefundNotice, RefundOrder


class ProviderRefused(Exception):
    """The provider said no for good; trying again is pointless."""


class ProviderUnavailable(Exception):
    """The provider could not be reached or did not answer; the truth is unknown and must be asked again."""


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays, as far as a provider needs it: where they come back to, their address, and what its sign-in gave.

    `page_url` is our page that starts the payment; `code` is what the provider's own sign-in handed to that page,
    exchanged once for the payer's name there.
    """

    return_url: str
    page_url: str = ""
    address: str = ""
    code: str | None = None


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """How the shopper goes on: to an address, by scanning a code, or by handing `params` to the JavaScript bridge."""

    redirect_url: str | None = None
    qr: str | None = None
    params: dict[str, str] | None = None


class Acknowledgement(msgspec.Struct, frozen=True):
    """What a provider wants to hear of a notice that was taken."""

    body: bytes
    media_type: str = "application/json"
    status: int = 200


class LineKind(StrEnum):
    """What a line of a provider's statement tells of."""

    PAYMENT = "payment"
    REFUND = "refund"


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One movement on a provider's statement: `number` is ours there, amounts are above zero, the fee in minor units.

    `fee_minor` is None when the provider does not tell it.
    """

    kind: LineKind
    mall_id: MallId | None
    number: str
    reference: str
    amount_minor: int
    currency: str
    fee_minor: int | None
    at: datetime
    succeeded: bool = True


@runtime_checkable
class PaymentProvider(Protocol):
    """A payment company. No call happens inside a transaction of ours; every call may be repeated with one effect.

    Every call that asks the company raises ProviderUnavailable when the truth is unknown, ProviderRefused when it said
    no for good. A notice that says something else of the amount is passed on as it is: we compare.
    """

    name: str
    scenes: tuple[Scene, ...]
    browser: str
    """How the company's own browser names itself in its user agent; empty when it has none."""
    calendar: tzinfo
    """By which the company's days begin and end."""

    def link(self, attempt: Attempt, *, return_url: str) -> str | None:
        """Return the address to pay at when it can be told without asking the company; None when it must be asked."""
        ...

    async def start(self, attempt: Attempt, payer: Payer) -> Started:
        """Have the company expect a payment, and return how the shopper goes on."""
        ...

    async def query(self, attempt: Attempt) -> Notice:
        """Return how the payment stands; one that the company does not know is pending."""
        ...

    async def close(self, attempt: Attempt) -> Notice:
        """Make the payment impossible unless money is already moving, and return how it stands."""
        ...

    async def refund(self, order: RefundOrder) -> RefundNotice:
        """Give money back once per `refund_id`; pending when the company has taken it and is still at it."""
        ...

    async def query_refund(self, order: RefundOrder) -> RefundNotice:
        """Return how a refund stands; raises ProviderRefused when the company never heard of it."""
        ...

    async def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice | RefundNotice:
        """Return what an incoming notice says; raises NoticeForged when its signature does not hold."""
        ...

    def acknowledge(self, result: str) -> Acknowledgement:
        """Return what the company wants to hear of a notice taken; one refused is answered with an error's status."""
        ...

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """Return what the company says of a day, by the company's own calendar."""
        ...


@runtime_checkable
class InPerson(Protocol):
    """A provider that takes a payment at the till, by a code the shopper shows."""

    at_till: Scene
    """How it is called there: a payment code, or a card."""

    async def charge(self, attempt: Attempt, auth_code: str) -> Notice:
        """Take the amount at once; pending when the shopper must confirm. Raises ProviderUnavailable: ask by query."""
        ...


class Providers:
    """The payment companies this installation works with, by name; the first is offered to shoppers."""

    def __init__(self, *providers: PaymentProvider) -> None:
        self._by_name = {provider.name: provider for provider in providers}

    def __iter__(self) -> Iterator[PaymentProvider]:
        return iter(self._by_name.values())

    @property
    def preferred(self) -> PaymentProvider | None:
        """Return the one offered to shoppers, or None when there is none."""
        return next(iter(self._by_name.values()), None)

    def get(self, name: str) -> PaymentProvider | None:
        """Return the provider of that name, or None."""
        return self._by_name.get(name)
