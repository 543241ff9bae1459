"""Alipay on loopback: RSA2 signatures of real keys, form notices, ZIP bills in GBK."""

import base64
import io
import json
import secrets
import zipfile
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from galleria.adapters.payments_alipay import Account
from galleria.adapters.payments_alipay.model import BEIJING
from tests.simulators.server import Company, Reply, Request
from tests.simulators.wechat import merchant_key, pem, platform_key, public_pem

APP_ID, SELLER = "2021000000000001", "2088000000000001"
COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


class Alipay(Company):
    """`trades` and `refunds` are its books, by the merchant's numbers; a page is in them once it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.trades: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.signer: rsa.RSAPrivateKey = platform_key()

    def account(self, **over: Any) -> Account:
        fields: dict[str, Any] = {
            "app_id": APP_ID,
            "seller_id": SELLER,
            "private_key": pem(merchant_key()),
            "public_key": public_pem(platform_key()),
            "notify_url": "https://mall.example/v1/payments/alipay/notices",
            "gateway": f"{self.url}/gateway.do",
        }
        return Account(**fields | over)

    def open_page(self, link: str) -> str:
        """A shopper opens the page; return the number of the trade that is made of it."""
        fields = dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
        assert verified(fields), "the page's address is not signed"
        return self._make(json.loads(fields["biz_content"]))

    def _make(self, content: dict[str, Any]) -> str:
        number = str(content["out_trade_no"])
        assert content["seller_id"] == SELLER
        self.trades.setdefault(
            number,
            {
                "out_trade_no": number,
                "trade_no": f"2026{secrets.randbelow(10**24):024}",
                "trade_status": "WAIT_BUYER_PAY",
                "total_amount": content["total_amount"],
                "_at": datetime.now(BEIJING),
            },
        )
        return number

    def pay(self, number: str) -> dict[str, Any]:
        self.trades[number]["trade_status"] = "TRADE_SUCCESS"
        return self.trades[number]

    def notice(self, number: str, *, at: datetime | None = None, **over: str) -> tuple[dict[str, str], bytes]:
        """Return the notice of a trade; `over` tampers with it before it is signed."""
        fields = {
            "notify_time": (at or datetime.now(UTC)).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "notify_type": "trade_status_sync",
            "notify_id": f"n-{number}",
            "app_id": APP_ID,
            "seller_id": SELLER,
            "charset": "utf-8",
            **{k: str(v) for k, v in self.trades[number].items() if not k.startswith("_")},
            **over,
        }
        fields |= {"sign_type": "RSA2", "sign": self._sign("&".join(f"{k}={fields[k]}" for k in sorted(fields)))}
        return {"content-type": "application/x-www-form-urlencoded"}, urlencode(fields).encode()

    def _sign(self, text: str) -> str:
        return base64.b64encode(self.signer.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def handle(self, request: Request) -> Reply:
        if request.path == "/bill.zip":
            return Reply(200, self.bill(request.query["day"]))
        fields = request.form()
        if not verified(fields) or fields["app_id"] != APP_ID:
            return self._answer("error", {"code": "40002", "msg": "Invalid", "sub_code": "isv.invalid-signature"})
        method, content = fields["method"], json.loads(fields["biz_content"])
        deed = {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.pay": self._charge,
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.cancel": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._query_refund,
            "alipay.data.dataservice.bill.downloadurl.query": self._bill,
        }[method]
        return self._answer(method.replace(".", "_"), deed(content))

    def _answer(self, node: str, said: dict[str, Any]) -> Reply:
        text = json.dumps({"msg": "Success", **said, "code": said.get("code", "10000")}, ensure_ascii=False)
        return Reply(200, f'{{"{node}_response":{text},"sign":"{self._sign(text)}"}}'.encode())

    def forge(self, reply: Reply) -> Reply:
        return Reply(reply.status, reply.body.replace(b'"code": "10000"', b'"code":"10000"'), reply.headers)

    def _precreate(self, content: dict[str, Any]) -> dict[str, Any]:
        number = self._make(content)
        return {"out_trade_no": number, "qr_code": f"https://qr.alipay.com/bax{number[-8:]}"}

    def _charge(self, content: dict[str, Any]) -> dict[str, Any]:
        number = self._make(content)
        if content["auth_code"].startswith("28"):
            return shown(self.pay(number))
        if content["auth_code"].startswith("29"):
            return {**shown(self.trades[number]), "code": "10003", "msg": "order success pay inprocess"}
        self.trades[number]["trade_status"] = "TRADE_CLOSED"
        return no("ACQ.BUYER_BALANCE_NOT_ENOUGH")

    def _query(self, content: dict[str, Any]) -> dict[str, Any]:
        found = self.trades.get(content["out_trade_no"])
        return no("ACQ.TRADE_NOT_EXIST") if found is None else shown(found)

    def _close(self, content: dict[str, Any]) -> dict[str, Any]:
        found = self.trades.get(content["out_trade_no"])
        if found is None:
            return no("ACQ.TRADE_NOT_EXIST")
        if found["trade_status"] == "TRADE_SUCCESS":
            return no("ACQ.TRADE_STATUS_ERROR")
        found["trade_status"] = "TRADE_CLOSED"
        return {"trade_no": found["trade_no"]}

    def _refund(self, content: dict[str, Any]) -> dict[str, Any]:
        trade, number = self.trades.get(content["out_trade_no"]), content["out_request_no"]
        if trade is None or trade["trade_status"] != "TRADE_SUCCESS":
            return no("ACQ.TRADE_NOT_EXIST")
        fresh = number not in self.refunds
        back = [r for r in self.refunds.values() if r["out_trade_no"] == content["out_trade_no"]]
        total = sum(float(r["amount"]) for r in back) + (float(content["refund_amount"]) if fresh else 0)
        if total > float(trade["total_amount"]):
            return no("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        if fresh:
            self.refunds[number] = {"out_trade_no": content["out_trade_no"], "amount": content["refund_amount"]}
        return {
            "trade_no": trade["trade_no"],
            "fund_change": "Y" if fresh else "N",
            "refund_fee": f"{total:.2f}",
        }

    def _query_refund(self, content: dict[str, Any]) -> dict[str, Any]:
        found = self.refunds.get(content["out_request_no"])
        if found is None:
            return {}
        trade = self.trades[found["out_trade_no"]]
        return {
            "refund_status": "REFUND_SUCCESS",
            "refund_amount": found["amount"],
            "trade_no": trade["trade_no"],
        }

    def _bill(self, content: dict[str, Any]) -> dict[str, Any]:
        if not self.trades:
            return no("isp.bill_not_exist")
        return {"bill_download_url": f"{self.url}/bill.zip?day={quote_plus(content['bill_date'])}"}

    def bill(self, day: str) -> bytes:
        paid = [t for t in self.trades.values() if t["trade_status"] == "TRADE_SUCCESS"]
        rows = [self._row(t, None) for t in paid if t["_at"].date().isoformat() == day]
        rows += [self._row(self.trades[r["out_trade_no"]], number) for number, r in self.refunds.items()]
        text = "\n".join(["#支付宝业务明细查询", COLUMNS, *rows, "#-----业务明细列表结束-----", ""])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("20880000_业务明细.csv", text.encode("gb18030"))
            archive.writestr("20880000_业务明细(汇总).csv", "#".encode("gb18030"))
        return packed.getvalue()

    def _row(self, trade: dict[str, Any], refund: str | None) -> str:
        amount = trade["total_amount"] if refund is None else f"-{self.refunds[refund]['amount']}"
        fee = f"{-float(amount) * 0.006:.2f}"
        at = trade["_at"].strftime("%Y-%m-%d %H:%M:%S")
        return ",".join(
            [f"{trade['trade_no']}\t", f"{trade['out_trade_no']}\t", "交易" if refund is None else "退款", "订单",
             at, at, "", "", "", "", "*", amount, amount, refund or "", fee, "0.00", ""]
        )  # fmt: skip


def shown(trade: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in trade.items() if not name.startswith("_")}


def no(code: str) -> dict[str, Any]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": code, "sub_msg": code}


def verified(fields: dict[str, str]) -> bool:
    signed = "&".join(f"{k}={fields[k]}" for k in sorted(fields) if k != "sign")
    try:
        merchant_key().public_key().verify(
            base64.b64decode(fields["sign"]), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, KeyError):
        return False
    return True
