"""The sandbox as our side sees it: the adapter of `PaymentProvider`."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo

import msgspec

from galleria.adapters import webhooks
from galleria.adapters.payments_sandbox import signing, store
from galleria.adapters.payments_sandbox.model import Asked, Charge, ChargeState, Told
from galleria.kernel.ids import AttemptId, MallId
from galleria.platform.auth.tokens import Signer
from galleria.platform.db import Database, utc_now
from galleria.value.payments import (
    Acknowledgement,
    Attempt,
    Notice,
    NoticeForged,
    Outcome,
    Payer,
    ProviderRefused,
    RefundNotice,
    RefundOrder,
    Scene,
    Started,
    StatementLine,
)

NAME = "sandbox"

OUTCOMES = {
    ChargeState.PAID: Outcome.SUCCEEDED,
    ChargeState.DECLINED: Outcome.FAILED,
    ChargeState.CLOSED: Outcome.FAILED,
}


class SandboxPayments:
    """Payments that move no money. It stands for another company, so it has a `clock` of its own."""

    name = NAME
    scenes: tuple[Scene, ...] = (Scene.PAGE, Scene.NATIVE)
    browser = ""
    calendar: tzinfo = UTC

    def __init__(self, db: Database, signer: Signer, *, origin: str, clock: Callable[[], datetime] = utc_now) -> None:
        self.db = db
        self.clock = clock
        self.notice_key = signer.key("payments-sandbox-notice")
        self.link_key = signer.key("payments-sandbox-link")
        self._origin = origin

    def link(self, attempt: Attempt, *, return_url: str) -> str | None:
        """Return the cashier's address for an attempt; the link carries everything, so nobody has to be asked."""
        return f"{self._origin}/pay/sandbox/{attempt.id}?t={signing.seal(self.link_key, _asked(attempt, return_url))}"

    async def start(self, attempt: Attempt, payer: Payer) -> Started:
        """Return the cashier's address, as a link or as a QR code to scan."""
        link = self.link(attempt, return_url=payer.return_url)
        return Started(qr=link) if attempt.scene is Scene.NATIVE else Started(redirect_url=link)

    async def query(self, attempt: Attempt) -> Notice:
        """Return how the payment stands: pending while nobody decided, or while it is being processed."""
        return self._answer(attempt, await store.find(self.db, attempt.id))

    async def close(self, attempt: Attempt) -> Notice:
        """Decide an undecided payment as closed, so that nobody can pay it any more, and return how it stands."""
        now = self.clock()
        asked = _asked(attempt, "")
        closed = await store.decide(
            self.db, asked, ChargeState.CLOSED, reference=f"closed-{attempt.id}", now=now, known_at=now
        )
        return self._answer(attempt, closed or await store.find(self.db, attempt.id))

    async def refund(self, order: RefundOrder) -> RefundNotice:
        """Give money back, once per refund id."""
        if not await store.refund(self.db, order.refund_id, order.attempt_id, order.amount_minor, self.clock()):
            raise ProviderRefused("the charge is unknown or does not hold so much")
        return _given_back(order)

    async def query_refund(self, order: RefundOrder) -> RefundNotice:
        """Return that a refund was made."""
        if not await store.is_refunded(self.db, order.refund_id):
            raise ProviderRefused("the refund is unknown")
        return _given_back(order)

    def acknowledge(self, result: str) -> Acknowledgement:
        """Return what the notice did."""
        return Acknowledgement(msgspec.json.encode({"result": result}))

    async def statement(self, day: date) -> list[StatementLine]:
        """Return the charges and refunds of a day in UTC; the sandbox takes no fee."""
        return await store.statement(self.db, day)

    async def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        """Return what a notice says, once its signature and time hold."""
        notice_id = signing.check_notice(self.notice_key, headers, body, now)
        try:
            told = msgspec.json.decode(body, type=Told)
            outcome = Outcome(told.outcome)
        except (msgspec.MsgspecError, ValueError) as error:
            raise NoticeForged from error
        return Notice(
            notice_id=notice_id,
            provider=NAME,
            mall_id=MallId(told.mall_id),
            attempt_id=AttemptId(told.charge_id),
            outcome=outcome,
            amount_minor=told.amount_minor,
            currency=told.currency,
            reference=told.reference,
            body=body.decode(),
        )

    def notice(self, charge: Charge, now: datetime) -> tuple[dict[str, str], bytes]:
        """Return the headers and body of the notice about a charge; its id is the same each time it is told."""
        outcome = OUTCOMES[charge.state]
        told = Told(
            type=f"payment.{outcome.value}",
            charge_id=charge.id,
            mall_id=charge.mall_id,
            outcome=outcome.value,
            amount_minor=charge.amount_minor,
            currency=charge.currency,
            reference=charge.reference,
        )
        body = msgspec.json.encode(told)
        return webhooks.sign(self.notice_key, f"{outcome.value}-{charge.id}", body, now), body

    def _answer(self, attempt: Attempt, charge: Charge | None) -> Notice:
        known = charge is not None and charge.known_at <= self.clock()
        outcome = OUTCOMES[charge.state] if charge is not None and known else Outcome.PENDING
        return Notice(
            notice_id=f"query-{outcome.value}",
            provider=NAME,
            mall_id=attempt.mall_id,
            attempt_id=attempt.id,
            outcome=outcome,
            amount_minor=attempt.amount_minor if charge is None else charge.amount_minor,
            currency=attempt.currency if charge is None else charge.currency,
            reference=None if charge is None else charge.reference,
            body="query",
        )


def _asked(attempt: Attempt, return_url: str) -> Asked:
    return Asked(
        id=attempt.id,
        mall_id=attempt.mall_id,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        description=attempt.description,
        return_url=return_url,
        expires_at=attempt.expires_at,
    )


def _given_back(order: RefundOrder) -> RefundNotice:
    return RefundNotice(
        provider=NAME,
        mall_id=order.mall_id,
        refund_id=order.refund_id,
        outcome=Outcome.SUCCEEDED,
        amount_minor=order.amount_minor,
        reference=f"sbx-refund-{order.refund_id}",
    )
