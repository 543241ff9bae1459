"""The sandbox as our side sees it: the adapter of `PaymentProvider`."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from galleria.adapters.payments_sandbox import signing, store
from galleria.adapters.payments_sandbox.model import Asked, Charge, ChargeState, Told
from galleria.kernel.ids import IntentId, MallId
from galleria.platform.auth.tokens import Signer
from galleria.platform.db import Database, utc_now
from galleria.value.payments import Intent, Notice, NoticeForged, Outcome, ProviderRefused, RefundOrder

NAME = "sandbox"

OUTCOMES = {
    ChargeState.PAID: Outcome.SUCCEEDED,
    ChargeState.DECLINED: Outcome.FAILED,
    ChargeState.CLOSED: Outcome.FAILED,
}


class SandboxPayments:
    """Payments that move no money. It stands for another company, so it has a `clock` of its own."""

    name = NAME

    def __init__(self, db: Database, signer: Signer, *, origin: str, clock: Callable[[], datetime] = utc_now) -> None:
        self.db = db
        self.clock = clock
        self.notice_key = signer.key("payments-sandbox-notice")
        self.link_key = signer.key("payments-sandbox-link")
        self._origin = origin

    def cashier_url(self, intent: Intent, *, return_url: str) -> str:
        """Return the cashier's address for an intent."""
        return f"{self._origin}/pay/sandbox/{intent.id}?t={signing.seal(self.link_key, _asked(intent, return_url))}"

    async def query(self, intent: Intent) -> Notice:
        """Return how the payment stands: pending while nobody decided, or while it is being processed."""
        return self._answer(intent, await store.find(self.db, intent.id))

    async def close(self, intent: Intent) -> Notice:
        """Decide an undecided payment as closed, so that nobody can pay it any more, and return how it stands."""
        now = self.clock()
        asked = _asked(intent, "")
        closed = await store.decide(
            self.db, asked, ChargeState.CLOSED, reference=f"closed-{intent.id}", now=now, known_at=now
        )
        return self._answer(intent, closed or await store.find(self.db, intent.id))

    async def refund(self, order: RefundOrder) -> str:
        """Give money back, once per refund id."""
        if not await store.refund(self.db, order.refund_id, order.intent_id, order.amount_minor, self.clock()):
            raise ProviderRefused("the charge is unknown or does not hold so much")
        return f"sbx-refund-{order.refund_id}"

    def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
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
            intent_id=IntentId(told.charge_id),
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
        return signing.sign_notice(self.notice_key, f"{outcome.value}-{charge.id}", body, now), body

    def _answer(self, intent: Intent, charge: Charge | None) -> Notice:
        known = charge is not None and charge.known_at <= self.clock()
        outcome = OUTCOMES[charge.state] if charge is not None and known else Outcome.PENDING
        return Notice(
            notice_id=f"query-{outcome.value}",
            provider=NAME,
            mall_id=intent.mall_id,
            intent_id=intent.id,
            outcome=outcome,
            amount_minor=intent.amount_minor if charge is None else charge.amount_minor,
            currency=intent.currency if charge is None else charge.currency,
            reference=None if charge is None else charge.reference,
            body="query",
        )


def _asked(intent: Intent, return_url: str) -> Asked:
    return Asked(
        id=intent.id,
        mall_id=intent.mall_id,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        description=intent.description,
        return_url=return_url,
        expires_at=intent.expires_at,
    )
