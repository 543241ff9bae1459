"""A partner's prepaid cards as our side sees them: the adapter of `PaymentProvider` at the till."""

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from galleria.adapters import wire
from galleria.kernel.ids import MallId
from galleria.platform.db import utc_now
from galleria.value.payments import (
    Acknowledgement,
    Attempt,
    LineKind,
    Notice,
    NoticeForged,
    Outcome,
    Payer,
    ProviderRefused,
    ProviderUnavailable,
    RefundNotice,
    RefundOrder,
    Scene,
    Started,
    StatementLine,
)

NAME = "prepaid"
REDEMPTIONS, REVERSALS, STATEMENT = "/v1/redemptions", "/v1/reversals", "/v1/statement"
NOT_FOUND = 404

T = TypeVar("T")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are to the partner, the secret we share, and where it is reached."""

    partner: str
    secret: str
    gateway: str


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """Money taken off a card, under the partner's authorisation number; `void` when it was undone before it counted."""

    number: str
    authorisation: str
    amount_minor: int
    currency: str
    state: str


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """Money put back on the card it came from."""

    number: str
    authorisation: str
    amount_minor: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the partner's statement."""

    kind: LineKind
    mall: UUID
    number: str
    authorisation: str
    amount_minor: int
    currency: str
    fee_minor: int
    at: datetime


class PrepaidCards:
    """Payments with a partner's prepaid card, by its number at the till. The partner tells nothing by itself."""

    name = NAME
    scenes: tuple[Scene, ...] = (Scene.CARD,)
    browser = ""
    calendar: tzinfo = UTC
    at_till = Scene.CARD

    def __init__(self, account: Account, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.account = account
        self._clock = clock

    def link(self, attempt: Attempt, *, return_url: str) -> str | None:  # noqa: ARG002 - the Protocol's
        """Return None: a card is shown at the till."""
        return None

    async def start(self, attempt: Attempt, payer: Payer) -> Started:  # noqa: ARG002 - the Protocol's
        """Refuse: a card is shown at the till."""
        raise ProviderRefused("a prepaid card is shown at the till")

    async def charge(self, attempt: Attempt, auth_code: str) -> Notice:
        """Take the amount off a card, once per attempt; raises ProviderRefused when it does not hold so much."""
        body = {
            "number": str(attempt.id),
            "mall": str(attempt.mall_id),
            "card": auth_code,
            "amount_minor": attempt.amount_minor,
            "currency": attempt.currency,
        }
        return _answer(attempt, await self._call("POST", REDEMPTIONS, Redemption, body))

    async def query(self, attempt: Attempt) -> Notice:
        """Return how a redemption stands; one the partner never heard of is pending."""
        return _answer(attempt, await self._call("GET", f"{REDEMPTIONS}/{attempt.id}", Redemption))

    async def close(self, attempt: Attempt) -> Notice:
        """Make a redemption impossible that was not made; one that was made counts."""
        body = {"number": str(attempt.id), "mall": str(attempt.mall_id)}
        return _answer(attempt, await self._call("POST", f"{REDEMPTIONS}/{attempt.id}/void", Redemption, body))

    async def refund(self, order: RefundOrder) -> RefundNotice:
        """Put money back on the card it came from, once per `refund_id`."""
        body = {
            "number": str(order.refund_id),
            "redemption": str(order.attempt_id),
            "amount_minor": order.amount_minor,
        }
        return _reversed(order, await self._call("POST", REVERSALS, Reversal, body))

    async def query_refund(self, order: RefundOrder) -> RefundNotice:
        """Return that a reversal was made; raises ProviderRefused when the partner has none of it."""
        return _reversed(order, await self._call("GET", f"{REVERSALS}/{order.refund_id}", Reversal))

    async def parse_notice(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 - the Protocol's
        body: bytes,  # noqa: ARG002
        *,
        now: datetime,  # noqa: ARG002
    ) -> Notice | RefundNotice | None:
        """Raise NoticeForged: the partner sends no notices."""
        raise NoticeForged

    def acknowledge(self, result: str) -> Acknowledgement:
        """Return what a notice did."""
        return Acknowledgement(msgspec.json.encode({"result": result}))

    async def statement(self, day: date) -> list[StatementLine]:
        """Return the partner's lines of a day in UTC."""
        lines = await self._call("GET", f"{STATEMENT}?day={day.isoformat()}", list[Line])
        return [_line(line) for line in lines or []]

    async def _call(self, method: str, path: str, kind: type[T], body: dict[str, Any] | None = None) -> T | None:
        """Send a signed request; None for what is not known there. Raises ProviderRefused, ProviderUnavailable."""
        content = b"" if body is None else json.dumps(body).encode()
        answer = await wire.send(
            method, self.account.gateway + path, headers=self._signed(method, path, content), content=content
        )
        if answer.status == NOT_FOUND and method == "GET":
            return None
        if answer.status >= 500 or answer.status in {401, 429}:
            raise ProviderUnavailable(f"the partner answers {answer.status}")
        try:
            if answer.status >= 400:
                raise ProviderRefused(str(msgspec.json.decode(answer.body).get("code", answer.status)))
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.MsgspecError, AttributeError) as error:
            raise ProviderUnavailable("the partner answers something else") from error

    def _signed(self, method: str, path: str, content: bytes) -> dict[str, str]:
        """Return the headers of a request: HMAC-SHA-256 over method, path, time and body."""
        stamp = str(int(self._clock().timestamp()))
        text = f"{method}\n{path}\n{stamp}\n".encode() + content
        return {
            "content-type": "application/json",
            "x-partner": self.account.partner,
            "x-timestamp": stamp,
            "x-signature": hmac.new(self.account.secret.encode(), text, "sha256").hexdigest(),
        }


def _answer(attempt: Attempt, found: Redemption | None) -> Notice:
    states = {"redeemed": Outcome.SUCCEEDED, "void": Outcome.FAILED}
    outcome = Outcome.PENDING if found is None else states.get(found.state, Outcome.PENDING)
    paid = found if outcome is Outcome.SUCCEEDED else None
    return Notice(
        notice_id=f"answer-{outcome.value}",
        provider=NAME,
        mall_id=attempt.mall_id,
        attempt_id=attempt.id,
        outcome=outcome,
        amount_minor=attempt.amount_minor if paid is None else paid.amount_minor,
        currency=attempt.currency if paid is None else paid.currency,
        reference=None if paid is None else paid.authorisation,
        body="answer",
    )


def _reversed(order: RefundOrder, made: Reversal | None) -> RefundNotice:
    if made is None:
        raise ProviderRefused("the reversal is unknown")
    return RefundNotice(
        provider=NAME,
        mall_id=order.mall_id,
        refund_id=order.refund_id,
        outcome=Outcome.SUCCEEDED,
        amount_minor=made.amount_minor,
        reference=made.authorisation,
    )


def _line(line: Line) -> StatementLine:
    return StatementLine(
        kind=line.kind,
        mall_id=MallId(line.mall),
        number=line.number,
        reference=line.authorisation,
        amount_minor=line.amount_minor,
        currency=line.currency,
        fee_minor=line.fee_minor,
        at=line.at,
    )
