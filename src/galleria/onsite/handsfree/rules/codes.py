"""Codes people show: a member's card, a trip's collection code, a proxy's code; and when a late scan was made."""

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta
from uuid import UUID

from galleria.commerce import redemption
from galleria.kernel.errors import Invalid

CARD_PREFIX = "MBR:"
COLLECT_PREFIX = "COL:"
PROXY_PREFIX = "PXY:"
STAND_IN_PREFIX = "PAS:"
STAND_IN_FOR = timedelta(minutes=15)
"""So long a shop may seal bags for a shopper whose code it has looked up."""
HAND_OVER_FOR = timedelta(minutes=15)
"""So long bags may be handed out on a code that was accepted."""
LATE_AFTER = timedelta(seconds=60)
"""A scan that arrives later than this after it was made was kept on the phone."""
KEPT_FOR = timedelta(hours=72)
"""Older scans are not settled by themselves any more."""
SKEW_STEPS = 4
"""The shopper's clock and the staff's may each be a minute off: so many half minutes around a late moment are good."""
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
PROXY_LENGTH = 10

_ROTATING = re.compile(r"^([0-9]{8})([0-9]{4})$")
_STAND_IN = re.compile(r"^[0-9a-f]{40}$")
_PHONE = re.compile(r"^\+?[0-9]{6,15}$")


def compact(text: str) -> str:
    """Return what was scanned or typed without spaces and hyphens, in capitals."""
    return re.sub(r"[\s-]", "", text).upper()


def read_rotating(text: str, *, prefix: str, field: str) -> tuple[str, str]:
    """Return the serial and the changing digits of a code; raises Invalid naming `field`."""
    found = _ROTATING.match(compact(text).removeprefix(prefix)) if text.isascii() else None
    if found is None:
        raise Invalid.field(field, "bag_code")
    return found[1], found[2]


def is_phone(text: str) -> bool:
    """Return whether what was given for a shopper is a phone rather than a card's code."""
    plain = compact(text)
    return _PHONE.match(plain) is not None and _ROTATING.match(plain) is None


def good_step(secret: bytes, digits: str, at: datetime, *, late: bool) -> int | None:
    """Return the half minute that four digits are good for around a moment, or None.

    Live they are of this half minute or the one before; for a scan made without a network both clocks may have been
    wrong. Every step is compared, so the time taken tells nothing.
    """
    here = redemption.step_at(at)
    steps = range(-SKEW_STEPS, SKEW_STEPS + 1) if late else range(-1, 1)
    hits = [here + away for away in steps if hmac.compare_digest(redemption.rotating(secret, here + away), digits)]
    return min(hits, key=lambda step: (abs(step - here), step)) if hits else None


def moment_of_scan(at: datetime, *, sent_at: datetime | None, now: datetime) -> datetime:
    """Return when a scan was made, by our clock: what the phone's differs by when it sends, it differed by before.

    Never later than now.
    """
    corrected = at if sent_at is None else at + (now - sent_at)
    return min(corrected, now)


def stand_in(key: bytes, member_id: UUID, until: datetime) -> str:
    """Return what lets a shop seal bags for a member until a moment, after his changing code is gone."""
    body = f"{member_id.hex}{int(until.timestamp()):x}"
    return f"{STAND_IN_PREFIX}{body}.{hmac.digest(key, body.encode(), 'sha256')[:12].hex()}"


def read_stand_in(key: bytes, text: str, at: datetime) -> UUID | None:
    """Return whose pass was good at a moment, None for anything else."""
    body, _, mac = text.removeprefix(STAND_IN_PREFIX).partition(".")
    if not _STAND_IN.match(body) or not text.isascii():
        return None
    if not hmac.compare_digest(mac, hmac.digest(key, body.encode(), "sha256")[:12].hex()):
        return None
    return UUID(hex=body[:32]) if int(body[32:], 16) >= at.timestamp() else None


def proxy_code(key: bytes) -> str:
    """Return the ten letters and digits of a proxy's code out of a key of his own; 31 signs, none like another."""
    number = int.from_bytes(hashlib.sha256(key).digest(), "big")
    signs = []
    for _ in range(PROXY_LENGTH):
        number, sign = divmod(number, len(CODE_LETTERS))
        signs.append(CODE_LETTERS[sign])
    return "".join(signs)


def read_proxy(text: str) -> str | None:
    """Return a proxy's code out of what was scanned or typed, None when it is none."""
    plain = compact(text).removeprefix(PROXY_PREFIX)
    fits = len(plain) == PROXY_LENGTH and set(plain) <= set(CODE_LETTERS)
    return plain if fits else None


def proxy_hash(code: str) -> bytes:
    """Return what is kept of a proxy's code."""
    return hashlib.sha256(b"handsfree-proxy:" + code.encode()).digest()


def as_base64(secret: bytes) -> str:
    """Return a secret as the owner's phone takes it."""
    return base64.b64encode(secret).decode()
