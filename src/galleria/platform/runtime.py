"""What a process carries about: the database, settings, the signer, files, live screens and the bound ports."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from galleria.kernel.ids import GroupId
from galleria.platform.auth.sessions import Lifetimes, revoked_since
from galleria.platform.auth.tokens import Signer
from galleria.platform.batching import Batcher, Surge
from galleria.platform.db import Database, utc_now
from galleria.platform.files import FileStore
from galleria.platform.realtime import Hub
from galleria.platform.settings import Settings

P = TypeVar("P")
W = TypeVar("W")
T = TypeVar("T")


class Revocations:
    """The sign-ins revoked within the life of an access token; older ones have expired by themselves."""

    def __init__(self) -> None:
        self._ended: dict[UUID, datetime] = {}

    def add(self, session_id: UUID, now: datetime) -> None:
        """Remember a revoked sign-in."""
        self._ended[session_id] = now

    def __contains__(self, session_id: UUID | None) -> bool:
        return session_id in self._ended

    def forget_before(self, moment: datetime) -> None:
        """Drop sign-ins whose last access token has expired by itself."""
        self._ended = {k: v for k, v in self._ended.items() if v >= moment}


class Runtime:
    """One process's belongings; handlers of requests and jobs get it and nothing global."""

    def __init__(
        self,
        *,
        db: Database,
        settings: Settings,
        signer: Signer,
        files: FileStore,
        hub: Hub,
        ports: Mapping[type, Any],
    ) -> None:
        self.db = db
        self.settings = settings
        self.signer = signer
        self.files = files
        self.hub = hub
        self.revocations = Revocations()
        self.homes: dict[UUID, GroupId] = {}
        """The group of each mall asked about so far; it never changes."""
        self._ports = ports
        self._batchers: dict[Surge[Any, Any], Batcher[Any, Any]] = {}
        self._own: dict[Callable[..., Any], Any] = {}

    async def start(self) -> None:
        """Begin listening for live notices and revoked sign-ins."""
        self.hub.on_revoked = self._end
        self.hub.on_connected = self._load_revoked
        await self.hub.start()

    async def stop(self) -> None:
        """Stop listening and close the database."""
        await self.hub.stop()
        await self.db.pool.close()

    def _end(self, session_id: UUID) -> None:
        now = utc_now()
        self.revocations.forget_before(now - self.lifetimes.access)
        self.revocations.add(session_id, now)

    async def _load_revoked(self) -> None:
        """Read what was revoked while nobody listened: at start, and after the connection was lost."""
        async with self.db.read() as tx:
            for session_id in await revoked_since(tx, utc_now() - self.lifetimes.access):
                self._end(session_id)

    @property
    def lifetimes(self) -> Lifetimes:
        """Return how long access tokens and sign-ins live."""
        return Lifetimes(
            timedelta(minutes=self.settings.access_token_minutes), timedelta(days=self.settings.sign_in_days)
        )

    def port(self, protocol: type[P]) -> P:
        """Return the adapter bound to a Protocol that a module owns; raises LookupError when none is."""
        try:
            found: P = self._ports[protocol]
        except KeyError:
            raise LookupError(f"no adapter is bound to {protocol.__name__}") from None
        return found

    def own(self, kind: Callable[["Runtime"], P]) -> P:
        """Return this process's one `kind`, made of the runtime when first asked for: a cache, a counter, a queue."""
        found: P | None = self._own.get(kind)
        if found is None:
            found = self._own[kind] = kind(self)
        return found

    def batcher(self, surge: Surge[W, T], *, returns: type[T]) -> Batcher[W, T]:
        """Return this process's batcher of a surge; made when first asked for."""
        found = self._batchers.get(surge)
        if found is None:
            found = self._batchers[surge] = Batcher(self.db, surge, returns=returns)
        return found
