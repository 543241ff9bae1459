"""Refusals that are part of the business, with a stable code, an HTTP status and translated text.

A subclass lives beside what raises it, sets `code` and `status`, and has a message under `errors.<code>` in both
catalogues of `galleria.platform.i18n` (a test looks). Fields given to the constructor fill the message.

::

    DomainError
    ├── Invalid          422  a field is wrong: names it
    ├── Unauthenticated  401  nobody is signed in
    ├── Forbidden        403  signed in, not allowed
    ├── NotFound         404  not there, or not for you
    ├── Conflict         409  the state does not allow it
    ├── TooMany          429  slow down
    └── Unavailable      503  try again
"""

from typing import ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field: a path such as `lines[0].quantity`, a message code, and what fills the message."""

    field: str
    code: str
    params: dict[str, str | int] = {}


class DomainError(Exception):
    """A refusal the caller can understand and act on."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, *, errors: tuple[FieldError, ...] = (), **params: str | int) -> None:
        super().__init__(self.code, params)
        self.params = params
        self.errors = errors


class Invalid(DomainError):
    """The input has wrong fields, each named in `errors`."""

    code = "invalid"
    status = 422

    @classmethod
    def field(cls, field: str, code: str, **params: str | int) -> "Invalid":
        """Return the refusal of one field; `code` is a message under `fields.<code>`."""
        return cls(errors=(FieldError(field, code, params),))


class Unauthenticated(DomainError):
    """Nobody is signed in, or the sign-in has ended."""

    code = "unauthenticated"
    status = 401


class Forbidden(DomainError):
    """The signed-in person may not do this here."""

    code = "forbidden"
    status = 403


class NotFound(DomainError):
    """It does not exist, or is not the caller's to see."""

    code = "not_found"
    status = 404


class Conflict(DomainError):
    """The present state does not allow it."""

    code = "conflict"
    status = 409


class TooMany(DomainError):
    """Too many attempts; `retry_after` seconds says when to come back."""

    code = "too_many"
    status = 429


class Unavailable(DomainError):
    """The service cannot answer now; the same request may be sent again."""

    code = "unavailable"
    status = 503
