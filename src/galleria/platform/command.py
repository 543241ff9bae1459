"""What is asked and what happened: commands and events, as plain values."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId
from galleria.platform.actors import Actor


class Event(msgspec.Struct, frozen=True):
    """Something that happened, as a fact: `kind` like `orders.paid`, its subject, ids and amounts.

    `topics` are the live screens that should hear of it, such as `mall:<id>` or `member:<id>`.
    """

    kind: str
    subject: UUID
    data: dict[str, str | int | None] = {}
    topics: tuple[str, ...] = ()


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What is about to be done: its kind, who asks, the mall, the caller's idempotency key, and the input."""

    kind: str
    actor: Actor
    now: datetime
    mall_id: MallId | None = None
    key: str | None = None
    input: Any = None

    @property
    def input_hash(self) -> bytes:
        """Return 16 bytes that differ when kind, mall or input differ."""
        return hashlib.blake2b(
            msgspec.json.encode((self.kind, self.mall_id, self.input), order="deterministic"), digest_size=16
        ).digest()
