"""WeChat Pay v3 on loopback: real RSA signatures, sealed notices, a certificate of its own, bills in its CSV."""

import base64
import gzip
import hashlib
import json
import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from galleria.adapters.payments_wechat import Account
from galleria.adapters.payments_wechat.model import BEIJING
from tests.simulators.server import Company, Reply, Request

MCHID, APPID, SERIAL = "1900000109", "wxd678efh567hg6787", "444F4864EA9B34415C2A7E0E6F0D0B0A1C2D3E4F"
API_V3_KEY = "0123456789abcdef0123456789abcdef"
COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
)


@cache
def merchant_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def platform_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(platform_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(platform_key(), hashes.SHA256())
    )


def pem(key: rsa.RSAPrivateKey) -> str:
    kind, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, kind, none).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


class WeChat(Company):
    """`trades` and `refunds` are its books, by the merchant's numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.trades: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.refunds_end = "SUCCESS"
        self.signer = platform_key()
        self.serial = format(certificate().serial_number, "X")
        self.fees_bp = 60

    def account(self, **over: Any) -> Account:
        fields: dict[str, Any] = {
            "mchid": MCHID,
            "appid": APPID,
            "app_secret": "s",
            "private_key": pem(merchant_key()),
            "cert_serial": SERIAL,
            "api_v3_key": API_V3_KEY,
            "notify_url": "https://mall.example/v1/payments/wechat/notices",
            "gateway": self.url,
            "login": self.url,
        }
        return Account(**fields | over)

    # -- what the merchant asks -------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Reply:
        if request.path.startswith("/sns/"):
            return self._login(request)
        if not self._is_the_merchants(request):
            return problem(401, "SIGN_ERROR")
        if request.path == "/v3/certificates":
            text = certificate().public_bytes(serialization.Encoding.PEM)
            sealed = seal(text, "certificate") | {"algorithm": "AEAD_AES_256_GCM"}
            return ok({"data": [{"serial_no": self.serial, "encrypt_certificate": sealed}]})
        if request.path.startswith("/v3/refund/"):
            return self._refund(request)
        if request.path == "/v3/bill/tradebill":
            return self._bill(request)
        if request.path == "/v3/billdownload/file":
            return Reply(200, gzip.compress(self.bill(request.query["token"])))
        if "out-trade-no" in request.path:
            return self._trade(request)
        return self._prepare(request)

    def _is_the_merchants(self, request: Request) -> bool:
        given = dict(re.findall(r'(\w+)="([^"]*)"', request.headers.get("authorization", "")))
        text = (
            f"{request.method}\n{request.target}\n{given['timestamp']}\n{given['nonce_str']}\n{request.body.decode()}\n"
        )
        try:
            merchant_key().public_key().verify(
                base64.b64decode(given["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return False
        return given["mchid"] == MCHID and given["serial_no"] == SERIAL

    def _login(self, request: Request) -> Reply:
        known = request.query.get("code") or request.query.get("js_code")
        return ok({"openid": f"o-{known}"} if known != "bad" else {"errcode": 40029, "errmsg": "invalid code"})

    def _prepare(self, request: Request) -> Reply:
        asked, way = request.json(), request.path.rpartition("/")[2]
        if (asked["mchid"], asked["appid"]) != (MCHID, APPID):
            return problem(400, "APPID_MCHID_NOT_MATCH")
        number = asked["out_trade_no"]
        known = self.trades.get(number)
        if known is not None and known["trade_state"] != "NOTPAY":
            return problem(400, "ORDERPAID" if known["trade_state"] == "SUCCESS" else "ORDER_CLOSED")
        self.trades[number] = {
            "appid": APPID,
            "mchid": MCHID,
            "out_trade_no": number,
            "trade_state": "NOTPAY",
            "trade_state_desc": "订单未支付",
            "amount": asked["amount"],
            "_attach": asked["attach"],
            "_at": datetime.now(BEIJING),
        }
        if way == "codepay":
            return self._codepay(number, asked["payer"]["auth_code"])
        return ok(
            {
                "jsapi": {"prepay_id": f"wx{number}"},
                "native": {"code_url": f"weixin://wxpay/bizpayurl?pr={number[:9]}"},
                "h5": {"h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx{number}"},
            }[way]
        )

    def _codepay(self, number: str, auth_code: str) -> Reply:
        if auth_code.startswith("13"):
            return ok(shown(self.pay(number)))
        self.trades[number]["trade_state"] = "USERPAYING" if auth_code.startswith("18") else "PAYERROR"
        return problem(400, "USERPAYING" if auth_code.startswith("18") else "NOTENOUGH")

    def _trade(self, request: Request) -> Reply:
        number = request.path.split("/")[5]
        trade = self.trades.get(number)
        if trade is None:
            return problem(404, "ORDER_NOT_EXIST")
        if request.method == "GET":
            return ok(shown(trade))
        if trade["trade_state"] == "SUCCESS":
            return problem(400, "ORDERPAID")
        trade["trade_state"] = "CLOSED"
        return Reply(204)

    def _refund(self, request: Request) -> Reply:
        if request.method == "GET":
            found = self.refunds.get(request.path.rpartition("/")[2])
            return ok(found) if found else problem(404, "RESOURCE_NOT_EXISTS")
        asked = request.json()
        number, trade = asked["out_refund_no"], self.trades.get(asked["out_trade_no"])
        if trade is None or trade["trade_state"] not in {"SUCCESS", "REFUND"}:
            return problem(404, "RESOURCE_NOT_EXISTS")
        known = [r for r in self.refunds.values() if r["out_trade_no"] == asked["out_trade_no"]]
        if number not in self.refunds:
            if sum(r["amount"]["refund"] for r in known) + asked["amount"]["refund"] > trade["amount"]["total"]:
                return problem(403, "NOT_ENOUGH")
            self.refunds[number] = {
                "refund_id": f"50{secrets.randbelow(10**20):020}",
                "out_refund_no": number,
                "out_trade_no": asked["out_trade_no"],
                "transaction_id": trade["transaction_id"],
                "status": self.refunds_end,
                "amount": asked["amount"],
            }
            trade["trade_state"] = "REFUND"
        return ok(self.refunds[number])

    def _bill(self, request: Request) -> Reply:
        raw = self.bill(request.query["bill_date"])
        if raw.count(b"\n") <= 3:
            return problem(400, "NO_STATEMENT_EXIST")
        url = f"{self.url}/v3/billdownload/file?token={request.query['bill_date']}"
        return ok({"hash_type": "SHA1", "hash_value": hashlib.sha1(raw).hexdigest(), "download_url": url})  # noqa: S324

    def bill(self, day: str) -> bytes:
        paid = [t for t in self.trades.values() if t["trade_state"] in {"SUCCESS", "REFUND"}]
        rows = [COLUMNS, *(self._row(t, None) for t in paid if t["_at"].date().isoformat() == day)]
        back = [(self.trades[r["out_trade_no"]], r) for r in self.refunds.values()]
        rows += [self._row(t, r) for t, r in back if t["_at"].date().isoformat() == day]
        totals = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
        return "\n".join([*rows, totals, "`1,`0.00,`0.00,`0.00,`0.00,`0.00,`0.00", ""]).encode()

    def _row(self, trade: dict[str, Any], refund: dict[str, Any] | None) -> str:
        amount = trade["amount"]["total"]
        back = 0 if refund is None else refund["amount"]["refund"]
        fee = round((amount if refund is None else -back) * self.fees_bp / 10_000)
        values = [
            trade["_at"].strftime("%Y-%m-%d %H:%M:%S"), APPID, MCHID, "0", "", trade["transaction_id"],
            trade["out_trade_no"], "o-1", "JSAPI", "SUCCESS" if refund is None else "REFUND", "OTHERS", "CNY",
            yuan(amount if refund is None else 0), "0.00", "0" if refund is None else refund["refund_id"],
            "0" if refund is None else refund["out_refund_no"], yuan(back), "0.00",
            "" if refund is None else "ORIGINAL", "" if refund is None else refund["status"], "订单", trade["_attach"],
            yuan(fee), "0.60%", yuan(amount if refund is None else 0), yuan(back), "",
        ]  # fmt: skip
        return ",".join(f"`{value}" for value in values)

    # -- what happens at its side -----------------------------------------------------------------------------------

    def pay(self, number: str, *, amount: int | None = None) -> dict[str, Any]:
        """The shopper pays; return the trade."""
        trade = self.trades[number]
        trade |= {"trade_state": "SUCCESS", "transaction_id": f"42{secrets.randbelow(10**26):026}"}
        trade["attach"] = trade["_attach"]
        if amount is not None:
            trade["amount"] = trade["amount"] | {"total": amount}
        return trade

    def notice(self, number: str, *, at: datetime | None = None, **over: Any) -> tuple[dict[str, str], bytes]:
        """Return headers and body of the notice of a paid trade; `over` tampers with it before it is sealed."""
        trade = shown(self.trades[number]) | over
        return self.tell("TRANSACTION.SUCCESS", "transaction", trade, f"EV-{number}", at=at)

    def refund_notice(self, number: str, status: str = "SUCCESS") -> tuple[dict[str, str], bytes]:
        """Return the notice of a refund that ends so."""
        self.refunds[number]["status"] = status
        told = {k: v for k, v in self.refunds[number].items() if k != "status"}
        told |= {"refund_status": status, "mchid": MCHID}
        return self.tell(f"REFUND.{status}", "refund", told, f"EV-{number}")

    def tell(
        self, event: str, kind: str, what: dict[str, Any], notice_id: str, *, at: datetime | None = None
    ) -> tuple[dict[str, str], bytes]:
        resource = seal(json.dumps(what).encode(), kind) | {"algorithm": "AEAD_AES_256_GCM", "original_type": kind}
        body = json.dumps(
            {
                "id": notice_id,
                "create_time": "2026-01-01T00:00:00+08:00",
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "",
                "resource": resource,
            }
        ).encode()
        return self.signature(body, at), body

    def signature(self, body: bytes, at: datetime | None = None) -> dict[str, str]:
        stamp, nonce = str(int(at.timestamp() if at else time.time())), secrets.token_hex(16)
        text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": self.serial,
            "wechatpay-signature": base64.b64encode(
                self.signer.sign(text, padding.PKCS1v15(), hashes.SHA256())
            ).decode(),
        }

    def sign(self, reply: Reply) -> Reply:
        headers = {"content-type": "application/json", **self.signature(reply.body)}
        return Reply(reply.status, reply.body, headers)

    def forge(self, reply: Reply) -> Reply:
        return Reply(reply.status, reply.body, {**reply.headers, "wechatpay-signature": "AAAA"})


def shown(trade: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in trade.items() if not name.startswith("_")}


def seal(text: bytes, about: str) -> dict[str, str]:
    nonce = secrets.token_hex(6)
    sealed = AESGCM(API_V3_KEY.encode()).encrypt(nonce.encode(), text, about.encode())
    return {"nonce": nonce, "associated_data": about, "ciphertext": base64.b64encode(sealed).decode()}


def yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def ok(body: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(body).encode())


def problem(status: int, code: str) -> Reply:
    return Reply(status, json.dumps({"code": code, "message": code}).encode())
