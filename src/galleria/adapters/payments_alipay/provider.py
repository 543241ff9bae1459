"""Alipay as our side sees it: the adapter of `PaymentProvider`, and of payments at the till."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from galleria.adapters import numbers, wire
from galleria.adapters.payments_alipay import words
from galleria.adapters.payments_alipay.client import Client, Refused
from galleria.adapters.payments_alipay.model import (
    BEIJING,
    Account,
    Answered,
    BillAddress,
    Precreated,
    Refunded,
    RefundQueried,
    Trade,
)
from galleria.platform.db import utc_now
from galleria.value.payments import (
    Acknowledgement,
    Attempt,
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

UNKNOWN = {"ACQ.TRADE_NOT_EXIST"}
PAID = {"ACQ.TRADE_STATUS_ERROR", "ACQ.TRADE_HAS_SUCCESS", "ACQ.REASON_TRADE_STATUS_INVALID"}
NO_BILL = {"isp.bill_not_exist", "isv.bill_not_exist"}

PAGES = {
    Scene.PAGE: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    Scene.H5: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
}


class AlipayPayments:
    """Payments by Alipay: on its page in a browser or on a phone, by QR code, and at the till."""

    name = words.NAME
    scenes: tuple[Scene, ...] = (Scene.H5, Scene.PAGE, Scene.NATIVE, Scene.BARCODE)
    browser = "AlipayClient"
    calendar: tzinfo = BEIJING
    at_till = Scene.BARCODE

    def __init__(self, account: Account, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.account = account
        self._client = Client(account, clock)

    def link(self, attempt: Attempt, *, return_url: str) -> str | None:
        """Return the signed address of Alipay's page; Alipay hears of the payment when a shopper opens it."""
        if attempt.scene not in PAGES or attempt.currency != "CNY":
            return None
        method, product = PAGES[attempt.scene]
        more = {"return_url": return_url, "notify_url": self.account.notify_url}
        return self._client.address(method, self._order(attempt) | {"product_code": product}, **more)

    async def start(self, attempt: Attempt, payer: Payer) -> Started:
        """Return Alipay's page, or have it make a code to scan."""
        if attempt.currency != "CNY":
            raise ProviderRefused("Alipay takes CNY here")
        link = self.link(attempt, return_url=payer.return_url)
        if link is not None:
            return Started(redirect_url=link)
        notify = self.account.notify_url
        _, made = await self._client.call("alipay.trade.precreate", self._order(attempt), Precreated, notify_url=notify)
        return Started(qr=made.qr_code)

    async def charge(self, attempt: Attempt, auth_code: str) -> Notice:
        """Take a payment by the code that the shopper's Alipay shows; a large one waits for their word."""
        content = self._order(attempt) | {"scene": "bar_code", "auth_code": auth_code}
        del content["time_expire"]
        notify = self.account.notify_url
        code, trade = await self._client.call("alipay.trade.pay", content, Trade, notify_url=notify)
        state = "WAIT_BUYER_PAY" if code == "10003" else "TRADE_SUCCESS"
        return words.answer(attempt, state, reference=trade.trade_no, paid=trade.total_amount)

    async def query(self, attempt: Attempt) -> Notice:
        """Return how a payment stands; one that nobody has opened at Alipay yet is pending."""
        try:
            _, trade = await self._client.call("alipay.trade.query", self._number(attempt), Trade)
        except Refused as refusal:
            if refusal.code in UNKNOWN:
                return words.answer(attempt, "WAIT_BUYER_PAY")
            raise
        return words.answer(attempt, trade.trade_status, reference=trade.trade_no, paid=trade.total_amount)

    async def close(self, attempt: Attempt) -> Notice:
        """Close a payment, at the till take it back; a page nobody has opened dies with its own time."""
        standing = await self.query(attempt)
        if standing.outcome is not Outcome.PENDING:
            return standing
        method = "alipay.trade.cancel" if attempt.scene is Scene.BARCODE else "alipay.trade.close"
        try:
            await self._client.call(method, self._number(attempt), Answered)
        except Refused as refusal:
            if refusal.code in PAID:
                return await self.query(attempt)
            if refusal.code not in UNKNOWN:
                raise
        return words.answer(attempt, "TRADE_CLOSED")

    async def refund(self, order: RefundOrder) -> RefundNotice:
        """Give money back, once per `refund_id`; when no money moved by this request, how it stands is asked."""
        content = self._back(order) | {
            "refund_amount": words.yuan(order.amount_minor),
            "refund_reason": order.reason[:80],
        }
        _, made = await self._client.call("alipay.trade.refund", content, Refunded)
        if made.fund_change == "Y":
            amount = words.yuan(order.amount_minor)
            return words.given_back(order, Outcome.SUCCEEDED, amount=amount, reference=made.trade_no)
        return await self._standing(order) or words.given_back(order, Outcome.PENDING, amount="0", reference="")

    async def query_refund(self, order: RefundOrder) -> RefundNotice:
        """Return how a refund stands; raises ProviderRefused when Alipay has none of it."""
        found = await self._standing(order)
        if found is None:
            raise ProviderRefused("the refund is not made")
        return found

    async def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice | RefundNotice:  # noqa: ARG002 - signed in the body
        """Return what a notice says, its signature, age and addressee checked; raises NoticeForged."""
        found = words.notice(self._client.open(body), body.decode())
        if found is None:
            raise NoticeForged
        return found

    def acknowledge(self, result: str) -> Acknowledgement:  # noqa: ARG002 - taken is taken
        """Return the seven letters that Alipay wants to hear, so that it does not tell again."""
        return Acknowledgement(b"success", "text/plain")

    async def statement(self, day: date) -> list[StatementLine]:
        """Return the lines of a day's bill (Beijing time); it is there from nine in the morning of the next day."""
        wish = {"bill_type": "trade", "bill_date": day.isoformat()}
        try:
            _, found = await self._client.call("alipay.data.dataservice.bill.downloadurl.query", wish, BillAddress)
        except Refused as refusal:
            if refusal.code in NO_BILL:
                return []
            raise
        answer = await wire.send("GET", found.bill_download_url, headers={})
        if answer.status != 200:
            raise ProviderUnavailable(f"the bill answers {answer.status}")
        return words.bill(answer.body)

    async def _standing(self, order: RefundOrder) -> RefundNotice | None:
        _, found = await self._client.call("alipay.trade.fastpay.refund.query", self._back(order), RefundQueried)
        if found.refund_status != "REFUND_SUCCESS":
            return None
        return words.given_back(order, Outcome.SUCCEEDED, amount=found.refund_amount, reference=found.trade_no)

    def _number(self, attempt: Attempt) -> dict[str, Any]:
        return {"out_trade_no": numbers.joined(attempt.mall_id, attempt.id)}

    def _back(self, order: RefundOrder) -> dict[str, Any]:
        return {
            "out_trade_no": numbers.joined(order.mall_id, order.attempt_id),
            "out_request_no": numbers.joined(order.mall_id, order.refund_id),
        }

    def _order(self, attempt: Attempt) -> dict[str, Any]:
        return self._number(attempt) | {
            "subject": attempt.description[:100],
            "total_amount": words.yuan(attempt.amount_minor),
            "seller_id": self.account.seller_id,
            "time_expire": attempt.expires_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        }
