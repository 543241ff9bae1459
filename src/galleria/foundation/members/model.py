"""Members and their one-time codes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.errors import DomainError, TooMany
from galleria.kernel.ids import GroupId, MallId, MemberId
from galleria.platform.auth.sessions import Session

CODE_LIFE_S = 300
CODE_TRIES = 5
RESEND_AFTER_S = 60


class Locale(StrEnum):
    """The languages we speak."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


class Member(msgspec.Struct, frozen=True):
    """A person, known to all malls of a group by one phone number (E.164)."""

    id: MemberId
    group_id: GroupId
    phone: str
    name: str
    locale: Locale
    joined_mall_id: MallId | None
    created_at: datetime


class CodeSent(msgspec.Struct, frozen=True):
    """A one-time code is on its way: the message that carries it, and how many seconds until it expires."""

    message_id: UUID
    expires_in: int
    resend_in: int


class Verified(msgspec.Struct, frozen=True):
    """The outcome of one try: whose sign-in began, or nothing when the code was wrong or over.

    It is kept in the journal, so it holds ids only.
    """

    member_id: MemberId | None = None
    session: Session | None = None


class CodeWrong(DomainError):
    """The code is wrong, used, expired or was tried too often: the caller is not told which."""

    code = "code_wrong"
    status = 400


class CodeTooSoon(TooMany):
    """A code was sent less than a minute ago."""

    code = "code_too_soon"
