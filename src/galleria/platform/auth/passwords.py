"""Staff passwords (Argon2id, RFC 9106) and the optional second factor (TOTP, RFC 6238)."""

import asyncio

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

LENGTH_MIN = 10

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password."""
    return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(password: str, hashed: str | None) -> bool:
    """Return whether a password fits; an unknown account takes as long as a wrong password."""
    try:
        return await asyncio.to_thread(_hasher.verify, hashed or _NOBODY, password) and hashed is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def new_totp_secret() -> str:
    """Return a fresh base32 secret for an authenticator app."""
    return pyotp.random_base32()


def totp_uri(secret: str, account: str) -> str:
    """Return the `otpauth://` address an authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name="Galleria")


def totp_step(secret: str, code: str, unix_s: int) -> int | None:
    """Return the 30-second step a code belongs to (now or one step either side), or None when it is wrong.

    The caller refuses a step that is not later than the last one used: a code works once.
    """
    totp = pyotp.TOTP(secret)
    for step in (0, -1, 1):
        moment = unix_s + step * 30
        if totp.verify(code, for_time=moment):
            return moment // 30
    return None
