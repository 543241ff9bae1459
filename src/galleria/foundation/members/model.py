"""Members and their one-time codes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.errors import Conflict, DomainError, TooMany
from galleria.kernel.ids import GroupId, HouseholdId, MallId, MemberId
from galleria.platform.auth.sessions import Session

CODE_LIFE_S = 300
CODE_TRIES = 5
RESEND_AFTER_S = 60
HOUSEHOLD_MAX = 8
HOUSEHOLD_REST_DAYS = 30
"""Who has left a household waits so long before the next one: its share of an offer is not taken twice by moving."""

Tier = Annotated[str, Meta(pattern="^[a-z0-9_-]{1,24}$", description="A tier's code, such as gold.")]


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
    birthday: date | None = None
    tier: str | None = None
    household_id: HouseholdId | None = None


class Profile(msgspec.Struct, frozen=True):
    """What offers ask of a member: birthday, tier, and with whom he lives."""

    birthday: date | None = None
    tier: str | None = None
    household_id: HouseholdId | None = None


class Household(msgspec.Struct, frozen=True):
    """Members who live together and share what an offer gives to a household; `join_code` lets another one in."""

    id: HouseholdId
    join_code: str
    size: int
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


class BirthdaySet(Conflict):
    """A birthday is told once."""

    code = "birthday_set"


class HouseholdCodeWrong(DomainError):
    """No household has this code, or it was made anew since."""

    code = "household_code_wrong"
    status = 400


class HouseholdFull(Conflict):
    """A household has at most eight members."""

    code = "household_full"


class InHousehold(Conflict):
    """The member lives in a household already; he leaves it first."""

    code = "in_household"


class HouseholdTooSoon(Conflict):
    """The member left a household less than 30 days ago; he may join one again on `from_day`."""

    code = "household_too_soon"
