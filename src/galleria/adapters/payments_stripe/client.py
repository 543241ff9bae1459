"""Requests to Stripe as its API has them, over requests of our own; notices' signatures are checked by its library.

The library's HTTP side keeps connections for the life of a process and brings a client of its own, so it is not used.
"""

from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from stripe import SignatureVerificationError, WebhookSignature

from galleria.adapters import wire
from galleria.adapters.payments_stripe.model import VERSION, Account, Problem
from galleria.value.payments import NoticeForged, ProviderRefused, ProviderUnavailable

TOLERANCE_S = 300
"""How old a notice may be, so that an old one is not replayed."""

T = TypeVar("T")


class Refused(ProviderRefused):
    """Stripe said no; `code` is its word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Client:
    """Speaks with Stripe in an account's name."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def call(
        self, method: str, path: str, kind: type[T], *, form: dict[str, Any] | None = None, key: str | None = None
    ) -> T:
        """Send a request and return the answer; with `key` it has one effect however often it is sent.

        Raises Refused with Stripe's own code; ProviderUnavailable when it did not answer, is busy, or does not know us.
        """
        headers = {"authorization": f"Bearer {self.account.secret_key}", "stripe-version": VERSION}
        content = b""
        if method == "POST":
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = urlencode(form or {}).encode()
        elif form:
            path = f"{path}?{urlencode(form)}"
        if key is not None:
            headers["idempotency-key"] = key
        answer = await wire.send(method, self.account.gateway + path, headers=headers, content=content)
        if answer.status in {401, 403, 409, 429} or answer.status >= 500:
            raise ProviderUnavailable(f"Stripe answers {answer.status}")
        if answer.status >= 400:
            error = decoded(answer.body, Problem).error
            raise Refused(str(error.get("code") or error.get("type")), str(error.get("message")))
        return decoded(answer.body, kind)

    def check(self, signature: str, body: bytes) -> None:
        """Raise NoticeForged unless a notice's signature and age hold."""
        try:
            WebhookSignature.verify_header(body.decode(), signature, self.account.webhook_secret, TOLERANCE_S)
        except (SignatureVerificationError, ValueError) as error:
            raise NoticeForged from error


def decoded(body: bytes, kind: type[T]) -> T:
    """Return an answer's body; raises ProviderUnavailable when it is not what was promised."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise ProviderUnavailable(f"Stripe answers something else: {error}") from error
