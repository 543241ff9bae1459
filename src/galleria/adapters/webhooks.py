"""Signatures of webhooks as Standard Webhooks has them (standardwebhooks.com, specification 1.0.0)."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far a webhook's own time may lie from ours, so that an old one is not replayed."""


def sign(key: bytes, webhook_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a webhook: its id, Unix seconds, `v1,` and base64 of an HMAC-SHA-256."""
    stamp = str(int(now.timestamp()))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + _mac(key, webhook_id, stamp, body),
    }


def signed_id(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """Return the webhook's id; None when its signature does not hold or it is not of about now."""
    webhook_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    expected = "v1," + _mac(key, webhook_id, stamp, body)
    given = headers.get("webhook-signature", "").split(" ")
    if not webhook_id or not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
        return None
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return None
    return webhook_id


def _mac(key: bytes, webhook_id: str, stamp: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(key, f"{webhook_id}.{stamp}.".encode() + body, "sha256")).decode()
