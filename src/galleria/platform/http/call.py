"""One request, as a route handler sees it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency

from galleria.kernel.errors import DomainError
from galleria.kernel.ids import MallId, MemberId
from galleria.platform.actors import Actor, ActorKind
from galleria.platform.command import Command
from galleria.platform.db import Database, utc_now
from galleria.platform.i18n import negotiate
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

T = TypeVar("T")

KEY_LENGTHS = range(8, 201)


class KeyRequired(DomainError):
    """This request moves value and needs an Idempotency-Key header of 8 to 200 characters."""

    code = "key_required"
    status = 400


class Call:
    """Who asks, when, in which language, with which key; and the way to the database."""

    __slots__ = ("actor", "now", "request", "runtime")

    def __init__(self, request: Request[Any, Any, State]) -> None:
        self.request = request
        self.runtime: Runtime = request.app.state.runtime
        self.actor: Actor = request.scope["actor"]  # type: ignore[typeddict-item]
        self.now: datetime = request.scope["now"]  # type: ignore[typeddict-item]

    @property
    def db(self) -> Database:
        """Return the database."""
        return self.runtime.db

    @property
    def member_id(self) -> MemberId | None:
        """Return who asks when it is a member, or None."""
        return self.actor.member_id if self.actor.kind is ActorKind.MEMBER else None

    @property
    def locale(self) -> str:
        """Return the language to answer in."""
        return negotiate(self.request.headers.get("accept-language"))

    @property
    def key(self) -> str | None:
        """Return the Idempotency-Key, or None; raises KeyRequired when it is too short or long."""
        key = self.request.headers.get("idempotency-key")
        if key is not None and len(key) not in KEY_LENGTHS:
            raise KeyRequired
        return key

    @property
    def device(self) -> UUID | None:
        """Return the device the shopper's app says it runs on (header Galleria-Device), or None when it says nothing.

        The app makes it up and keeps it, so it counts honest devices; a program that lies is met by other limits.
        """
        raw = self.request.headers.get("galleria-device")
        try:
            return None if raw is None else UUID(raw)
        except ValueError:
            return None

    @property
    def address(self) -> str:
        """Return the caller's network address, for limits on attempts."""
        peer = self.request.client.host if self.request.client else "unknown"
        return behind(peer, self.request.headers.get("x-forwarded-for"), self.runtime.settings.proxies)

    def command(
        self,
        kind: str,
        *,
        mall_id: MallId | None = None,
        payload: Any = None,
        key_required: bool = False,
        replayable: bool = True,
    ) -> Command:
        """Return the command this request asks for; `payload` is what identifies its input and is kept for audit.

        Its key is left aside when the command must never be answered out of the journal (a sign-in), and when
        nobody is signed in: all anonymous callers share one actor, so one would hear another's answer.
        Raises KeyRequired when the command moves value and has no key.
        """
        key = self.key if replayable and self.actor.kind is not ActorKind.ANONYMOUS else None
        if key_required and key is None:
            raise KeyRequired
        return Command(kind=kind, actor=self.actor, now=self.now, mall_id=mall_id, key=key, input=payload)

    async def write(
        self,
        kind: str,
        operation: Callable[[Tx], Awaitable[T]],
        *,
        returns: type[T],
        mall_id: MallId | None = None,
        payload: Any = None,
        key_required: bool = False,
        replayable: bool = True,
    ) -> T:
        """Do one write as this request's command; see `command` and `Database.write`."""
        command = self.command(kind, mall_id=mall_id, payload=payload, key_required=key_required, replayable=replayable)
        return await self.db.write(command, operation, returns=returns)


def behind(peer: str, forwarded: str | None, proxies: int) -> str:
    """Return the address of who asks through so many proxies of our own.

    Each proxy appends whom it heard from to X-Forwarded-For, so only the last `proxies` entries are ours; what comes
    before them the caller may have written. A header that is too short did not come through all of them: `peer`.
    """
    heard = [part.strip() for part in forwarded.split(",")] if forwarded else []
    return heard[-proxies] if 0 < proxies <= len(heard) and heard[-proxies] else peer


def provide_call(request: Request[Any, Any, State]) -> Call:
    """Return the Call of a request; bound to the name `call` in every handler."""
    return Call(request)


def at_edge(scope: Any) -> datetime:
    """Return the moment a request arrived, read from the clock once."""
    return scope.setdefault("now", utc_now())  # type: ignore[no-any-return]


TheCall = NamedDependency[Call]
"""How a handler asks for its Call: `async def handler(call: TheCall)`."""
