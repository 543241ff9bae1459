"""WeChat Pay v3 as our side sees it: the adapter of `PaymentProvider`, and of payments at the till."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from urllib.parse import quote, urlencode
from uuid import uuid4

import msgspec

from galleria.adapters import wire
from galleria.adapters.payments_wechat import bill, words
from galleria.adapters.payments_wechat.client import Client, Refused, decoded
from galleria.adapters.payments_wechat.model import BEIJING, Account, Bill, Refund, Told, Trade
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

TRADES = "/v3/pay/transactions/"
BY_NUMBER = TRADES + "out-trade-no/"
REFUNDS = "/v3/refund/domestic/refunds"

UNKNOWN = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"}
PAID = {"ORDER_PAID", "ORDERPAID"}
CLOSED = {"ORDER_CLOSED", "ORDERCLOSED"}
CONFIRMING = {"USERPAYING", "USER_PAYING"}
NO_BILL = {"NO_STATEMENT_EXIST"}
BILL_LATER = {"STATEMENT_CREATING"}


class _Prepared(msgspec.Struct, frozen=True):
    prepay_id: str = ""
    code_url: str = ""
    h5_url: str = ""


class _Named(msgspec.Struct, frozen=True):
    openid: str = ""
    errmsg: str = ""


class WeChatPayments:
    """Payments by WeChat: inside WeChat, in its mini programs, from a phone's browser, by QR code, and at the till."""

    name = words.NAME
    scenes: tuple[Scene, ...] = (Scene.JSAPI, Scene.MINI_PROGRAM, Scene.H5, Scene.NATIVE, Scene.BARCODE)
    browser = "MicroMessenger"
    calendar: tzinfo = BEIJING
    at_till = Scene.BARCODE

    def __init__(self, account: Account, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.account = account
        self._client = Client(account, clock)

    def link(self, attempt: Attempt, *, return_url: str) -> str | None:  # noqa: ARG002 - the Protocol's
        """Return None: WeChat Pay must be asked for every payment."""
        return None

    async def start(self, attempt: Attempt, payer: Payer) -> Started:
        """Have WeChat Pay expect a payment. Inside WeChat a shopper not known there is sent to be named first."""
        if attempt.currency != "CNY":
            raise ProviderRefused("WeChat Pay takes CNY here")
        if attempt.scene in {Scene.JSAPI, Scene.MINI_PROGRAM}:
            return await self._start_inside(attempt, payer)
        if attempt.scene is Scene.H5:
            scene = {"payer_client_ip": payer.address, "h5_info": {"type": "Wap"}}
            made = await self._prepare("h5", attempt, {"scene_info": scene})
            return Started(redirect_url=f"{made.h5_url}&{urlencode({'redirect_url': payer.return_url})}")
        made = await self._prepare("native", attempt, {})
        return Started(qr=made.code_url)

    async def charge(self, attempt: Attempt, auth_code: str) -> Notice:
        """Take a payment by the code that the shopper's WeChat shows; a large one waits for their password."""
        store = {"store_info": {"id": attempt.mall_id.hex}}
        body = self._order(attempt) | {"payer": {"auth_code": auth_code}, "scene_info": store}
        del body["notify_url"]
        del body["time_expire"]
        try:
            trade = decoded(await self._client.call("POST", TRADES + "codepay", body), Trade)
        except Refused as refusal:
            if refusal.code in CONFIRMING:
                return words.answer(attempt, "USERPAYING")
            raise
        return words.answer(attempt, trade.trade_state or "SUCCESS", trade=self._ours(trade))

    async def query(self, attempt: Attempt) -> Notice:
        """Return how a payment stands; one WeChat Pay never heard of is pending."""
        path = f"{BY_NUMBER}{attempt.id.hex}?mchid={quote(self.account.mchid)}"
        try:
            trade = self._ours(decoded(await self._client.call("GET", path), Trade))
        except Refused as refusal:
            if refusal.code in UNKNOWN:
                return words.answer(attempt, "NOTPAY")
            raise
        return words.answer(attempt, trade.trade_state, trade=trade)

    async def close(self, attempt: Attempt) -> Notice:
        """Close a payment, at the till take it back: it is void unless money has moved, and then that is told."""
        standing = await self.query(attempt)
        if standing.outcome is not Outcome.PENDING:
            return standing
        ending = "reverse" if attempt.scene is Scene.BARCODE else "close"
        body = {"mchid": self.account.mchid}
        if ending == "reverse":
            body["appid"] = self.account.appid
        try:
            await self._client.call("POST", f"{BY_NUMBER}{attempt.id.hex}/{ending}", body)
        except Refused as refusal:
            if refusal.code in PAID:
                return await self.query(attempt)
            if refusal.code not in UNKNOWN | CLOSED:
                raise
        return words.answer(attempt, "CLOSED")

    async def refund(self, order: RefundOrder) -> RefundNotice:
        """Ask for a refund, once per `refund_id`; it is mostly pending, and told by a notice."""
        body = {
            "out_trade_no": order.attempt_id.hex,
            "out_refund_no": words.refund_number(order),
            "reason": order.reason[:80],
            "notify_url": self.account.notify_url,
            "amount": {"refund": order.amount_minor, "total": order.paid_minor, "currency": order.currency},
        }
        return self._refunded(await self._client.call("POST", REFUNDS, body))

    async def query_refund(self, order: RefundOrder) -> RefundNotice:
        """Return how a refund stands; raises ProviderRefused when WeChat Pay never heard of it."""
        return self._refunded(await self._client.call("GET", f"{REFUNDS}/{words.refund_number(order)}"))

    async def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice | RefundNotice:  # noqa: ARG002 - its own clock
        """Return what a notice says, its signature, age, seal and addressee checked; raises NoticeForged."""
        try:
            told = msgspec.json.decode(body, type=Told)
            held = await self._client.open(headers, body, told.resource)
            if told.event_type.startswith("REFUND."):
                refund = msgspec.json.decode(held, type=Refund)
                found: Notice | RefundNotice | None = words.refund_notice(refund)
                meant = refund.mchid == self.account.mchid
            else:
                trade = msgspec.json.decode(held, type=Trade)
                found = words.notice(trade, notice_id=told.id, body=held.decode())
                meant = self._is_ours(trade)
        except msgspec.MsgspecError as error:
            raise NoticeForged from error
        if found is None or not meant:
            raise NoticeForged
        return found

    def acknowledge(self, result: str) -> Acknowledgement:  # noqa: ARG002 - taken is taken
        """Return what WeChat Pay wants to hear, so that it does not tell again."""
        return Acknowledgement(b'{"code":"SUCCESS"}')

    async def statement(self, day: date) -> list[StatementLine]:
        """Return the lines of a day's bill (Beijing time); it is there from ten in the morning of the next day."""
        query = urlencode({"bill_date": day.isoformat(), "bill_type": "ALL", "tar_type": "GZIP"})
        try:
            announced = decoded(await self._client.call("GET", f"/v3/bill/tradebill?{query}"), Bill)
        except Refused as refusal:
            if refusal.code in NO_BILL:
                return []
            if refusal.code in BILL_LATER:
                raise ProviderUnavailable("the bill is still being made") from refusal
            raise
        return bill.read(announced, await self._client.download(announced.download_url))

    async def _start_inside(self, attempt: Attempt, payer: Payer) -> Started:
        if payer.code is None:
            return Started(redirect_url=words.authorise_url(self.account.appid, payer.page_url))
        openid = await self._openid(attempt.scene, payer.code)
        made = await self._prepare("jsapi", attempt, {"payer": {"openid": openid}})
        return Started(params=self._client.bridge(made.prepay_id, nonce=uuid4().hex))

    async def _openid(self, scene: Scene, code: str) -> str:
        """Return the payer's name at WeChat for the code that its sign-in gave; the code is good once."""
        mine = {"appid": self.account.appid, "secret": self.account.app_secret, "grant_type": "authorization_code"}
        if scene is Scene.MINI_PROGRAM:
            url = f"{self.account.login}/sns/jscode2session?{urlencode(mine | {'js_code': code})}"
        else:
            url = f"{self.account.login}/sns/oauth2/access_token?{urlencode(mine | {'code': code})}"
        answer = await wire.send("GET", url, headers={"accept": "application/json"})
        if answer.status != 200:
            raise ProviderUnavailable(f"WeChat's sign-in answers {answer.status}")
        named = decoded(answer.body, _Named)
        if not named.openid:
            raise ProviderRefused(f"WeChat does not know the code: {named.errmsg}")
        return named.openid

    async def _prepare(self, way: str, attempt: Attempt, more: dict[str, object]) -> _Prepared:
        return decoded(await self._client.call("POST", TRADES + way, self._order(attempt) | more), _Prepared)

    def _order(self, attempt: Attempt) -> dict[str, object]:
        return {
            "appid": self.account.appid,
            "mchid": self.account.mchid,
            "description": attempt.description[:40],
            "out_trade_no": attempt.id.hex,
            "time_expire": attempt.expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            "attach": attempt.mall_id.hex,
            "notify_url": self.account.notify_url,
            "amount": {"total": attempt.amount_minor, "currency": attempt.currency},
        }

    def _refunded(self, body: bytes) -> RefundNotice:
        found = words.refund_notice(decoded(body, Refund))
        if found is None:
            raise ProviderUnavailable("WeChat Pay answers about another refund")
        return found

    def _is_ours(self, trade: Trade) -> bool:
        return trade.mchid == self.account.mchid and trade.appid in {"", self.account.appid}

    def _ours(self, trade: Trade) -> Trade:
        if not self._is_ours(trade):
            raise ProviderUnavailable("WeChat Pay answers about another merchant")
        return trade
