"""One-time codes: derived, never stored."""

import hmac
from uuid import UUID

from galleria.platform.auth.tokens import Signer

DIGITS = 6
CODE_PLACE = "{code}"


def one_time_code(signer: Signer, message_id: UUID) -> str:
    """Return the 6-digit code that a message carries.

    It is the dynamic truncation (RFC 4226, section 5.3) of an HMAC-SHA-256 over the message's id with the
    installation's key, so neither the message nor the journal nor a backup of the database holds it.
    """
    digest = hmac.digest(signer.key("one-time-code"), message_id.bytes, "sha256")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def body_to_send(body: str, code: str) -> str:
    """Return a message's text with the code in its place."""
    return body.replace(CODE_PLACE, code)
