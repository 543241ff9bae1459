"""Requests signed as WeChat Pay v3 has it, and its signatures checked, over requests of our own.

Signing, verifying and decrypting are the library's; its HTTP side blocks, cannot be pointed elsewhere and takes
notices of any age, so it is not used.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from wechatpayv3.utils import (
    aes_decrypt,
    build_authorization,
    load_certificate,
    load_private_key,
    load_public_key,
    rsa_sign,
    rsa_verify,
)

from galleria.adapters import wire
from galleria.adapters.payments_wechat.model import Account, Certificates, Problem, Resource
from galleria.value.payments import NoticeForged, ProviderRefused, ProviderUnavailable

TOLERANCE = timedelta(minutes=5)
"""How far the time of a signed message may lie from ours, so that an old one is not replayed."""

FETCH_EVERY = timedelta(minutes=1)
"""Certificates are not fetched more often, whatever serial numbers strangers send."""

BUSY = {"SYSTEM_ERROR", "FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "BANK_ERROR", "BANKERROR", "SYSTEMERROR"}
"""Refusals that say nothing of the payment."""

T = TypeVar("T")


class Refused(ProviderRefused):
    """WeChat Pay said no; `code` is its word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Client:
    """Speaks with WeChat Pay in a merchant's name. It stands for another company's clock, too, in tests: `clock`."""

    def __init__(self, account: Account, clock: Callable[[], datetime]) -> None:
        self.account = account
        self.clock = clock
        self._private_key = load_private_key(account.private_key)
        self._keys: dict[str, Any] = {}
        self._fetched: datetime | None = None
        if account.public_key is not None and account.public_key_id is not None:
            self._keys[account.public_key_id] = load_public_key(account.public_key)

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """Send a signed request and return the answer, its signature checked.

        Raises Refused with WeChat Pay's own code; ProviderUnavailable when it did not answer, or not provably.
        """
        answer = await self._send(method, path, body)
        if answer.status >= 500 or answer.status == 429:
            raise ProviderUnavailable(f"WeChat Pay answers {answer.status}")
        if answer.status >= 400:
            problem = decoded(answer.body, Problem)
            if problem.code in BUSY:
                raise ProviderUnavailable(f"WeChat Pay answers {problem.code}")
            raise Refused(problem.code, problem.message)
        if not await self._is_signed(answer.headers, answer.body):
            raise ProviderUnavailable("the answer's signature does not hold")
        return answer.body

    async def download(self, url: str) -> bytes:
        """Fetch a file that an earlier answer pointed to; such a file is not signed, its hash is."""
        if not url.startswith(self.account.gateway + "/"):
            raise ProviderUnavailable("the bill lies at an address that is not WeChat Pay's")
        answer = await self._send("GET", url.removeprefix(self.account.gateway), None)
        if answer.status != 200:
            raise ProviderUnavailable(f"WeChat Pay answers {answer.status}")
        return answer.body

    async def open(self, headers: Mapping[str, str], body: bytes, resource: Resource) -> bytes:
        """Return what a signed notice holds; raises NoticeForged when signature, age or seal are wrong."""
        if not await self._is_signed(headers, body):
            raise NoticeForged
        found = self._unseal(resource)
        if found is None:
            raise NoticeForged
        return found

    def bridge(self, prepay_id: str, *, nonce: str) -> dict[str, str]:
        """Return what the JavaScript bridge wants, signed: WeixinJSBridge's getBrandWCPayRequest, wx.requestPayment."""
        stamp, package = str(int(self.clock().timestamp())), f"prepay_id={prepay_id}"
        text = f"{self.account.appid}\n{stamp}\n{nonce}\n{package}\n"
        return {
            "appId": self.account.appid,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": rsa_sign(self._private_key, text),
        }

    async def _send(self, method: str, path: str, body: dict[str, Any] | None) -> wire.Answer:
        text = "" if body is None else json.dumps(body, ensure_ascii=False)
        signature = build_authorization(
            path, method, self.account.mchid, self.account.cert_serial, self._private_key, data=text
        )
        headers = {"authorization": signature, "accept": "application/json", "user-agent": "galleria"}
        if body is not None:
            headers["content-type"] = "application/json"
        if self.account.public_key_id is not None:
            headers["wechatpay-serial"] = self.account.public_key_id
        return await wire.send(method, self.account.gateway + path, headers=headers, content=text.encode())

    async def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        stamp = headers.get("wechatpay-timestamp", "")
        if not stamp.isdecimal() or abs(self.clock().timestamp() - int(stamp)) > TOLERANCE.total_seconds():
            return False
        key = await self._key(headers.get("wechatpay-serial", ""))
        nonce, signature = headers.get("wechatpay-nonce", ""), headers.get("wechatpay-signature", "")
        try:
            return key is not None and bool(rsa_verify(stamp, nonce, body.decode(), signature, key))
        except ValueError:
            return False

    async def _key(self, serial: str) -> Any:
        """Return the platform's key of a serial number; an unknown one may be of a certificate issued since."""
        known = self._keys.get(serial)
        if known is not None or self.account.public_key_id is not None:
            return known
        now = self.clock()
        if self._fetched is None or now - self._fetched >= FETCH_EVERY:
            self._fetched = now
            await self._fetch_certificates(now)
        return self._keys.get(serial)

    async def _fetch_certificates(self, now: datetime) -> None:
        """Fetch the platform's certificates. They come sealed with the merchant's key, which proves where from."""
        answer = await self._send("GET", "/v3/certificates", None)
        if answer.status != 200:
            raise ProviderUnavailable(f"WeChat Pay answers {answer.status} when asked for its certificates")
        for sealed in decoded(answer.body, Certificates).data:
            text = self._unseal(sealed.encrypt_certificate)
            certificate = None if text is None else load_certificate(text.decode())
            if certificate is not None and certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
                self._keys[sealed.serial_no] = certificate.public_key()

    def _unseal(self, resource: Resource) -> bytes | None:
        try:
            base64.b64decode(resource.ciphertext, validate=True)
            text = aes_decrypt(
                nonce=resource.nonce,
                ciphertext=resource.ciphertext,
                associated_data=resource.associated_data,
                apiv3_key=self.account.api_v3_key,
            )
        except ValueError:
            return None
        return None if text is None else str(text).encode()


def decoded(body: bytes, kind: type[T]) -> T:
    """Return an answer's body; raises ProviderUnavailable when it is not what was promised."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise ProviderUnavailable(f"WeChat Pay answers something else: {error}") from error
