"""Requests signed as Alipay has it (RSA2), and its signatures checked, over requests of our own.

Signing and verifying are the library's; its HTTP side blocks, knows only Alipay's own addresses and stamps requests
with the server's local time where Beijing's is wanted, so it is not used.
"""

import binascii
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from alipay import AliPay
from alipay.exceptions import AliPayException

from galleria.adapters import wire
from galleria.adapters.payments_alipay.model import BEIJING, Account, Answered
from galleria.value.payments import NoticeForged, ProviderRefused, ProviderUnavailable

OLDEST = timedelta(hours=48)
"""Alipay tells again for a day; what is older is replayed."""

BUSY = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error"}
"""Refusals that say nothing of the payment."""

T = TypeVar("T")


class Refused(ProviderRefused):
    """Alipay said no; `code` is its word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Client:
    """Speaks with Alipay in an application's name. `clock` stands for the moment on Alipay's side, too, in tests."""

    def __init__(self, account: Account, clock: Callable[[], datetime]) -> None:
        self.account = account
        self.clock = clock
        self._signer = AliPay(
            appid=account.app_id,
            app_notify_url=None,
            app_private_key_string=account.private_key,
            alipay_public_key_string=account.public_key,
            sign_type="RSA2",
        )

    def address(self, method: str, content: dict[str, Any], **more: str) -> str:
        """Return a signed address that a shopper's browser opens."""
        return f"{self.account.gateway}?{self._signed(method, content, more)}"

    async def call(self, method: str, content: dict[str, Any], kind: type[T], **more: str) -> tuple[str, T]:
        """Send a signed request; return the answer's code (`10000` or `10003`) and what it says, signature checked.

        Raises Refused with Alipay's own code; ProviderUnavailable when it did not answer, or not provably, or `20000`.
        """
        answer = await wire.send(
            "POST",
            f"{self.account.gateway}?charset=utf-8",
            headers={"content-type": "application/x-www-form-urlencoded;charset=utf-8"},
            content=self._signed(method, content, more).encode(),
        )
        if answer.status != 200:
            raise ProviderUnavailable(f"Alipay answers {answer.status}")
        said = self._authentic(answer.body, method.replace(".", "_") + "_response")
        told = _decoded(said, Answered)
        if told.code == "20000" or told.sub_code in BUSY:
            raise ProviderUnavailable(f"Alipay answers {told.code} {told.sub_code}")
        if told.code not in {"10000", "10003"}:
            raise Refused(told.sub_code or told.code, told.sub_msg or told.msg)
        return told.code, _decoded(said, kind)

    def open(self, body: bytes) -> dict[str, str]:
        """Return the fields of a signed notice; raises NoticeForged when signature, age or addressee are wrong."""
        try:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
            signature = fields.pop("sign", "")
            genuine = self._signer.verify(dict(fields), signature)
            told_at = datetime.strptime(fields.get("notify_time", ""), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        except (ValueError, binascii.Error, AliPayException) as error:
            raise NoticeForged from error
        meant = (fields.get("app_id"), fields.get("seller_id", self.account.seller_id))
        if not genuine or meant != (self.account.app_id, self.account.seller_id):
            raise NoticeForged
        if not -timedelta(minutes=5) <= self.clock() - told_at <= OLDEST:
            raise NoticeForged
        return fields

    def _signed(self, method: str, content: dict[str, Any], more: Mapping[str, str]) -> str:
        stamp = self.clock().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        data = self._signer.build_body(method, content, timestamp=stamp, **more)
        return str(self._signer.sign_data(data))

    def _authentic(self, body: bytes, node: str) -> bytes:
        """Return the part of an answer that is signed; raises ProviderUnavailable when the signature does not hold."""
        try:
            text = body.decode()
            signature = json.loads(text)["sign"]
            said = self._signer._get_string_to_be_signed(text, node)  # noqa: SLF001 - the library has no other door
            if not self._signer._verify(said, signature):  # noqa: SLF001
                raise ProviderUnavailable("the answer's signature does not hold")
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise ProviderUnavailable("Alipay answers something else") from error
        return str(said).encode()


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise ProviderUnavailable(f"Alipay answers something else: {error}") from error
