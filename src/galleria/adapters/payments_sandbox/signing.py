"""Signatures: of notices as Standard Webhooks has it, and of the links that carry a payment to the cashier."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime

import msgspec

from galleria.adapters import webhooks
from galleria.adapters.payments_sandbox.model import Asked
from galleria.value.payments import NoticeForged


def check_notice(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the notice's id; raises NoticeForged when the signature does not hold or the notice is too old."""
    notice_id = webhooks.signed_id(key, headers, body, now)
    if notice_id is None:
        raise NoticeForged
    return notice_id


def seal(key: bytes, asked: Asked) -> str:
    """Return a payment as a token for a link: its JSON and an HMAC-SHA-256, each in base64url."""
    payload = msgspec.json.encode(asked)
    return f"{_b64(payload)}.{_b64(hmac.digest(key, payload, 'sha256'))}"


def unseal(key: bytes, token: str) -> Asked | None:
    """Return the payment in a token, None when it is not one of ours."""
    body, _, mac = token.partition(".")
    try:
        payload = _unb64(body)
        if not hmac.compare_digest(_unb64(mac), hmac.digest(key, payload, "sha256")):
            return None
        return msgspec.json.decode(payload, type=Asked)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
