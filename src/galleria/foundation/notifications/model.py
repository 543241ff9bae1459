"""Messages to people, and the Protocol of those who carry them."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from galleria.kernel.ids import GroupId


class MessageState(StrEnum):
    """Where a message is; `queued` goes to `sent` or `failed` and stays there."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Message(msgspec.Struct, frozen=True):
    """A message as stored: `{code}` in its body stands for the one-time code that only sending fills in."""

    group_id: GroupId
    id: UUID
    recipient: str
    body: str
    state: MessageState
    created_at: datetime
    expires_at: datetime | None
    sent_at: datetime | None
    error: str | None


class Sms(msgspec.Struct, frozen=True):
    """What a provider carries. The same `id` sent twice is one message to providers that deduplicate."""

    id: UUID
    phone: str
    body: str


class SmsRefused(Exception):
    """The provider will never deliver this message (wrong number, blocked content); trying again is no use."""


class SmsProvider(Protocol):
    """A carrier of short messages."""

    async def send(self, sms: Sms) -> None:
        """Hand one message over; raises SmsRefused when it is hopeless, anything else when it may be tried again."""
        ...
