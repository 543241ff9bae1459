"""Refusals as problem details (RFC 9457), in the caller's language."""

from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException

from galleria.kernel.errors import DomainError, Invalid
from galleria.platform import i18n
from galleria.platform.db import ATTEMPTS
from galleria.platform.http.malformed import field_error

log = structlog.get_logger()

AnyRequest = Request[Any, Any, State]


class FieldProblem(msgspec.Struct, frozen=True):
    """One wrong field: where, a stable code, and what to do about it."""

    field: str
    code: str
    message: str


class Problem(msgspec.Struct, frozen=True):
    """A refusal, as RFC 9457 has it, with our stable `code` and the wrong fields."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] = []
    params: dict[str, str | int] = {}


def render(error: DomainError, locale: str) -> Response[Problem]:
    """Return the response that tells a refusal."""
    message = i18n.describe(error, locale)
    problem = Problem(
        type=f"urn:galleria:problem:{error.code}",
        title=message,
        status=error.status,
        detail="; ".join([message, *(f"{p.field}: {p.message}" for p in _fields(error, locale))]),
        code=error.code,
        errors=_fields(error, locale),
        params=error.params,
    )
    headers = {"retry-after": str(error.params["retry_after"])} if "retry_after" in error.params else {}
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(problem, status_code=error.status, media_type="application/problem+json", headers=headers)


def _fields(error: DomainError, locale: str) -> list[FieldProblem]:
    return [FieldProblem(e.field, e.code, i18n.text(f"fields.{e.code}", locale, **e.params)) for e in error.errors]


def _locale(request: AnyRequest) -> str:
    return i18n.negotiate(request.headers.get("accept-language"))


def on_domain_error(request: AnyRequest, error: DomainError) -> Response[Problem]:
    """Answer a refusal of the domain."""
    return render(error, _locale(request))


def on_validation_error(request: AnyRequest, error: ValidationException) -> Response[Problem]:
    """Answer input that does not fit the declared shape, naming the field."""
    extra = error.extra if isinstance(error.extra, list) else []
    found = tuple(
        field_error(str(item.get("message", error.detail)), str(item.get("key", "")))
        for item in extra
        if isinstance(item, dict)
    ) or (field_error(str(error.detail)),)
    return render(Invalid(errors=found), _locale(request))


def on_http_error(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    """Answer what the framework refuses: an unknown address, a wrong method, malformed JSON, a body too large."""
    if error.status_code == 400:
        return render(Invalid(errors=(field_error(str(error.detail)),)), _locale(request))
    kind = _HTTP_ERRORS.get(error.status_code, _refusal("refused", error.status_code))
    return render(kind(), _locale(request))


def on_impossible_text(request: AnyRequest, error: asyncpg.CharacterNotInRepertoireError) -> Response[Problem]:
    """Answer text that no database can keep: a NUL character inside it."""
    log.info("http.impossible_text", path=request.url.path, error=str(error))
    return render(Invalid.field("body", "impossible_text"), _locale(request))


def on_crash(request: AnyRequest, error: Exception) -> Response[Problem]:
    """Answer a bug: log it whole, tell the caller nothing of our insides."""
    log.error("http.crashed", path=request.url.path, method=request.method, exc_info=error, attempts=ATTEMPTS)
    return render(_refusal("internal", 500)(), _locale(request))


def _refusal(code: str, status: int) -> type[DomainError]:
    return type("Refusal", (DomainError,), {"code": code, "status": status})


_HTTP_ERRORS: Mapping[int, type[DomainError]] = {
    401: _refusal("unauthenticated", 401),
    403: _refusal("forbidden", 403),
    404: _refusal("not_found", 404),
    405: _refusal("method_not_allowed", 405),
    413: _refusal("too_large", 413),
}

HANDLERS: dict[type[Exception] | int, Callable[[AnyRequest, Any], Response[Any]]] = {
    DomainError: on_domain_error,
    ValidationException: on_validation_error,
    HTTPException: on_http_error,
    asyncpg.CharacterNotInRepertoireError: on_impossible_text,
    Exception: on_crash,
}
