"""Signatures: of notices as Standard Webhooks has it, and of the links that carry a payment to the cashier."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from galleria.adapters.payments_sandbox.model import Asked
from galleria.value.payments import NoticeForged

TOLERANCE = timedelta(minutes=5)
"""How far a notice's own time may lie from ours, so that an old one is not replayed."""


def sign_notice(key: bytes, notice_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a notice (Standard Webhooks: id, Unix seconds, `v1,` and base64 of an HMAC-SHA-256)."""
    stamp = str(int(now.timestamp()))
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + _mac(key, notice_id, stamp, body),
    }


def check_notice(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the notice's id; raises NoticeForged when the signature does not hold or the notice is too old."""
    notice_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    expected = "v1," + _mac(key, notice_id, stamp, body)
    given = headers.get("webhook-signature", "").split(" ")
    if not notice_id or not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
        raise NoticeForged
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
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


def _mac(key: bytes, notice_id: str, stamp: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(key, f"{notice_id}.{stamp}.".encode() + body, "sha256")).decode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
