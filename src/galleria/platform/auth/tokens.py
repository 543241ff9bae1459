"""Access tokens: short-lived, signed, checked without a database read; and codes derived from the same secret.

An access token is `base64url(payload).base64url(mac)`, the MAC being keyed BLAKE2b (RFC 7693, section 2.5) of 32 bytes,
an eighth of the work of HMAC-SHA-256 for so few bytes; it names the actor, the sign-in and its end. A sign-in revoked
earlier is refused at once by `Revocations`, which every process keeps from the database and NOTIFY.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.errors import Unauthenticated
from galleria.kernel.ids import GroupId
from galleria.platform.actors import Actor, ActorKind

_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


class Claims(msgspec.Struct, frozen=True, array_like=True):
    """What a token says: kind and id of the actor, the sign-in, when it ends (Unix seconds), a member's group."""

    kind: ActorKind
    actor_id: UUID
    session_id: UUID
    ends_at: int
    group_id: UUID | None = None


class Signer:
    """Makes and checks everything signed with the installation's secret, one derived key a purpose."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._token_key = self.key("access-token")
        self._decoder = msgspec.msgpack.Decoder(Claims)

    def key(self, purpose: str) -> bytes:
        """Return the 32-byte key of one purpose (HKDF-Expand of one block, RFC 5869 section 2.3)."""
        return hmac.digest(self._secret, purpose.encode() + b"\x01", "sha256")

    def token(self, claims: Claims) -> str:
        """Return the access token of these claims."""
        payload = _encoder.encode(claims)
        return f"{_b64(payload)}.{_b64(self._mac(payload))}"

    def actor(self, token: str, now: datetime) -> Actor:
        """Return who a token speaks for; raises Unauthenticated when it is forged, malformed or over."""
        try:
            body, _, mac = token.partition(".")
            payload = _unb64(body)
            if not hmac.compare_digest(_unb64(mac), self._mac(payload)):
                raise Unauthenticated
            claims = self._decoder.decode(payload)
        except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
            raise Unauthenticated from error
        if claims.ends_at <= now.timestamp():
            raise Unauthenticated
        return Actor(
            kind=claims.kind,
            id=claims.actor_id,
            session_id=claims.session_id,
            group_id=None if claims.group_id is None else GroupId(claims.group_id),
        )

    def _mac(self, payload: bytes) -> bytes:
        return hashlib.blake2b(payload, key=self._token_key, digest_size=32).digest()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
