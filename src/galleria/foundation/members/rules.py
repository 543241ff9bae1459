"""Phone numbers, codes, birthdays and homes; pure."""

import hmac
from datetime import date, datetime, timedelta

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from galleria.foundation.members.model import HOUSEHOLD_REST_DAYS, HouseholdTooSoon
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import GroupId
from galleria.platform.auth.tokens import Signer

HOME_REGION = "CN"
MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def normalise_phone(phone: str) -> str:
    """Return a mobile number as E.164; one without a country code is read as Chinese. Raises Invalid (`phone`)."""
    try:
        number = phonenumbers.parse(phone, HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise Invalid.field("phone", "phone") from error
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in MOBILE:
        raise Invalid.field("phone", "phone")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mask_phone(phone: str) -> str:
    """Return an E.164 number with its middle hidden, for records that outlive the member."""
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 9 else f"****{phone[-2:]}"


def code_hash(signer: Signer, *, group_id: GroupId, phone: str, code: str) -> bytes:
    """Return what is stored of a code: 32 bytes of HMAC-SHA-256 over group, phone and code."""
    return hmac.digest(signer.key("login-code"), f"{group_id}|{phone}|{code}".encode(), "sha256")


def same_hash(left: bytes | None, right: bytes) -> bool:
    """Return whether two hashes are equal, in constant time."""
    return left is not None and hmac.compare_digest(left, right)


FIRST_BIRTHDAY = date(1900, 1, 1)
JOIN_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Thirty-two letters and digits that nobody mistakes for each other."""


def check_birthday(birthday: date, now: datetime) -> None:
    """Raise Invalid (`birthday`) for a day no living person was born on."""
    if not FIRST_BIRTHDAY <= birthday <= now.date():
        raise Invalid.field("birthday", "birthday")


def join_code(random: bytes) -> str:
    """Return a household's code of ten letters (50 bits) out of ten random bytes."""
    return "".join(JOIN_ALPHABET[byte % 32] for byte in random)


def check_rest(left_at: datetime | None, now: datetime) -> None:
    """Raise HouseholdTooSoon for who left a household less than 30 days ago."""
    if left_at is not None and now < left_at + timedelta(days=HOUSEHOLD_REST_DAYS):
        raise HouseholdTooSoon(from_day=(left_at + timedelta(days=HOUSEHOLD_REST_DAYS)).date().isoformat())
