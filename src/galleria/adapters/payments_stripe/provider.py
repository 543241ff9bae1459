"""Stripe as our side sees it: the adapter of `PaymentProvider`. Cards are entered on Stripe's page, never on ours."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

from galleria.adapters.payments_stripe import words
from galleria.adapters.payments_stripe.client import Client, Refused
from galleria.adapters.payments_stripe.model import Account, Event, Listed, Movement, Refund, Session
from galleria.value.payments import (
    Acknowledgement,
    Attempt,
    AttemptState,
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

SESSIONS, REFUNDS, MOVEMENTS = "/v1/checkout/sessions", "/v1/refunds", "/v1/balance_transactions"
PAGE_LIFE = timedelta(hours=12)
"""A page lives at least half an hour at Stripe; ours is closed when its order ends."""

PAGE = 100


class StripePayments:
    """Payments by card, on Stripe's page."""

    name = words.NAME
    scenes: tuple[Scene, ...] = (Scene.PAGE,)
    browser = ""
    calendar: tzinfo = UTC

    def __init__(self, account: Account) -> None:
        self.account = account
        self._client = Client(account)

    def link(self, attempt: Attempt, *, return_url: str) -> str | None:  # noqa: ARG002 - the Protocol's
        """Return None: Stripe must be asked for every page."""
        return None

    async def start(self, attempt: Attempt, payer: Payer) -> Started:  # noqa: ARG002 - all is the attempt's
        """Have Stripe make a page for an attempt; asked again it is the same page."""
        session = await self._page(attempt)
        if session.url is None:
            raise ProviderRefused("the page is over")
        return Started(redirect_url=session.url, reference=session.id)

    async def query(self, attempt: Attempt) -> Notice:
        """Return how a payment stands; one whose page was never made is pending."""
        return words.answer(attempt, await self._session(attempt))

    async def close(self, attempt: Attempt) -> Notice:
        """End a page, unless it is paid."""
        session = await self._session(attempt)
        if session is None:
            return msgspec.structs.replace(words.answer(attempt, None), outcome=Outcome.FAILED, notice_id="closed")
        if words.outcome(session) is Outcome.PENDING and session.status == "open":
            try:
                session = await self._client.call("POST", f"{SESSIONS}/{session.id}/expire", Session)
            except Refused:
                session = await self._session(attempt)
        return words.answer(attempt, session)

    async def refund(self, order: RefundOrder) -> RefundNotice:
        """Give money back, once per `refund_id`."""
        if order.provider_reference is None:
            raise ProviderRefused("the payment has no reference at Stripe")
        form = {"payment_intent": order.provider_reference, "amount": order.amount_minor} | words.marks(order)
        made = await self._client.call("POST", REFUNDS, Refund, form=form, key=f"refund-{order.refund_id}")
        return self._told(made)

    async def query_refund(self, order: RefundOrder) -> RefundNotice:
        """Return how a refund stands; raises ProviderRefused when Stripe never heard of it."""
        form = {"payment_intent": order.provider_reference or "", "limit": PAGE}
        for refund in (await self._client.call("GET", REFUNDS, Listed[Refund], form=form)).data:
            if refund.metadata.get(words.REFUND) == str(order.refund_id):
                return self._told(refund)
        raise ProviderRefused("the refund is unknown")

    async def parse_notice(
        self,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime,  # noqa: ARG002 - the library reads the clock
    ) -> Notice | RefundNotice | None:
        """Return what an event says, its signature and age checked; None for events of no concern to us."""
        self._client.check(headers.get("stripe-signature", ""), body)
        try:
            event = msgspec.json.decode(body, type=Event)
            if event.type.startswith("checkout.session."):
                session = msgspec.json.decode(event.data.object, type=Session)
                failed = event.type == "checkout.session.async_payment_failed"
                return words.notice(session, notice_id=event.id, body=body.decode(), failed=failed)
            if event.type.startswith("refund."):
                return words.refund_notice(msgspec.json.decode(event.data.object, type=Refund))
        except msgspec.MsgspecError as error:
            raise NoticeForged from error
        return None

    def acknowledge(self, result: str) -> Acknowledgement:
        """Return what the event did; any 2xx tells Stripe that it was taken."""
        return Acknowledgement(msgspec.json.encode({"result": result}))

    async def statement(self, day: date) -> list[StatementLine]:
        """Return the payments and refunds on the balance of a day in UTC."""
        starts_at = int(datetime.combine(day, time(), UTC).timestamp())
        form = {"created[gte]": starts_at, "created[lt]": starts_at + 86_400, "limit": PAGE, "expand[]": "data.source"}
        found: list[Movement] = []
        while True:
            more = {"starting_after": found[-1].id} if found else {}
            page = await self._client.call("GET", MOVEMENTS, Listed[Movement], form=form | more)
            found += page.data
            if not page.has_more or not page.data:
                break
        return [told for told in map(words.line, found) if told is not None]

    async def _session(self, attempt: Attempt) -> Session | None:
        """Return an attempt's page by its id there; one whose id we never heard is asked for by its key once more."""
        reference = attempt.provider_reference
        if reference is None and attempt.state is AttemptState.UNKNOWN:
            reference = (await self._page(attempt)).id
        if reference is None or not reference.startswith("cs_"):
            return None
        return await self._client.call("GET", f"{SESSIONS}/{reference}", Session)

    async def _page(self, attempt: Attempt) -> Session:
        """Have Stripe make a page, once however often it is asked: everything in the request is the attempt's."""
        back = f"{self.account.origin}/orders/{attempt.order_id}"
        ours = {words.MALL: str(attempt.mall_id), words.ATTEMPT: str(attempt.id)}
        form = {
            "mode": "payment",
            "client_reference_id": str(attempt.id),
            "line_items[0][quantity]": 1,
            "line_items[0][price_data][currency]": attempt.currency.lower(),
            "line_items[0][price_data][unit_amount]": attempt.amount_minor,
            "line_items[0][price_data][product_data][name]": attempt.description,
            "success_url": back,
            "cancel_url": back,
            "expires_at": int((attempt.created_at + PAGE_LIFE).timestamp()),
            **{f"metadata[{name}]": value for name, value in ours.items()},
            **{f"payment_intent_data[metadata][{name}]": value for name, value in ours.items()},
        }
        return await self._client.call("POST", SESSIONS, Session, form=form, key=f"attempt-{attempt.id}")

    def _told(self, refund: Refund) -> RefundNotice:
        found = words.refund_notice(refund)
        if found is None:
            raise ProviderUnavailable("Stripe answers about another refund")
        return found
