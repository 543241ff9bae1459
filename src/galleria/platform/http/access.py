"""Every route says who may call it: `@get(path, access=PUBLIC)`. A route without `access` does not start.

The guard settles the coarse question (signed in, as what, and for a member in a mall of his group) before anything
else is read from the request; the fine one (this order, this shop) is the domain's, through `Actor.require` or an
owner's key in the statement.
"""

import asyncio
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from litestar import Request
from litestar.datastructures import State

from galleria.kernel.errors import Forbidden, Unauthenticated
from galleria.kernel.ids import GroupId, MallId, StaffId
from galleria.platform.actors import ANONYMOUS, Actor, ActorKind, Grant
from galleria.platform.auth.grants import grants_in_sessions
from galleria.platform.http.call import at_edge
from galleria.platform.runtime import Runtime
from galleria.platform.tx import ReadTx


class GroupOf(Protocol):
    """Tells a mall's group; bound by the composition root, because the platform knows no malls."""

    async def __call__(self, tx: ReadTx, mall_id: MallId, /) -> GroupId:
        """Return the group of a mall; raises NotFound."""
        ...


class Access(StrEnum):
    """Who may call a route at all."""

    PUBLIC = "public"
    MEMBER = "member"
    STAFF = "staff"
    SIGNED_IN = "signed_in"


PUBLIC, MEMBER, STAFF, SIGNED_IN = Access.PUBLIC, Access.MEMBER, Access.STAFF, Access.SIGNED_IN

_KINDS = {
    Access.MEMBER: {ActorKind.MEMBER},
    Access.STAFF: {ActorKind.STAFF},
    Access.SIGNED_IN: {ActorKind.MEMBER, ActorKind.STAFF},
}


async def guard(connection: Request[Any, Any, State]) -> None:
    """Put the actor on the request, or raise Unauthenticated or Forbidden.

    It runs before the request's parameters and body are read. As a `before_request` hook it sees the handler itself;
    Litestar's own guards get a copy of it, made anew for every request, at a twentieth of a request's cost.
    """
    now = at_edge(connection.scope)
    access = connection.route_handler.opt.get("access", PUBLIC)
    actor = await _actor(connection, access, now)
    if actor.kind is ActorKind.MEMBER and not await _is_at_home(connection, actor):
        if access is not PUBLIC:
            raise Forbidden
        actor = ANONYMOUS
    connection.scope["actor"] = actor  # type: ignore[typeddict-unknown-key]
    if access is PUBLIC:
        return
    if actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated
    if actor.kind not in _KINDS[access]:
        raise Forbidden


async def _is_at_home(connection: Request[Any, Any, State], actor: Actor) -> bool:
    """Return whether a member asks about a mall of his own group, or about none: elsewhere he is a stranger."""
    mall_id = connection.path_params.get("mall_id")
    if mall_id is None:
        return True
    runtime: Runtime = connection.app.state.runtime
    home = runtime.homes.get(mall_id)
    if home is None:
        group_of = runtime.port(GroupOf)  # type: ignore[type-abstract]
        async with runtime.db.read() as tx:
            home = runtime.homes[mall_id] = await group_of(tx, mall_id)
    return home == actor.group_id


async def _actor(connection: Request[Any, Any, State], access: Access, now: Any) -> Actor:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if not token or scheme.lower() != "bearer":
        return ANONYMOUS
    runtime: Runtime = connection.app.state.runtime
    try:
        actor = runtime.signer.actor(token, now)
    except Unauthenticated:
        if access is PUBLIC:
            return ANONYMOUS
        raise
    if actor.session_id in runtime.revocations:
        if access is PUBLIC:
            return ANONYMOUS
        raise Unauthenticated
    if actor.kind is ActorKind.STAFF:
        grants = await runtime.own(Reception).grants(actor.staff_id, actor.session_id)
        if grants is None:
            if access is PUBLIC:
                return ANONYMOUS
            raise Unauthenticated
        return Actor(kind=actor.kind, id=actor.id, session_id=actor.session_id, grants=tuple(grants))
    return actor


class Reception:
    """Looks up what members of staff may do. Requests that come while a look-up is under way share the next one.

    So each is answered by a statement that began after it came: what was taken from somebody, or a sign-in ended,
    counts from the next request on, and a queue at the tills does not ask for the same thing one by one.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._db = runtime.db
        self._next: asyncio.Future[dict[UUID, tuple[StaffId, list[Grant]]]] | None = None
        self._asked: set[UUID] = set()
        self._task: asyncio.Task[None] | None = None

    async def grants(self, staff_id: StaffId, session_id: UUID | None) -> list[Grant] | None:
        """Return what a member of staff may do, or None when his sign-in has ended or is another's."""
        if session_id is None:
            return None
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        self._asked.add(session_id)
        if self._task is None:
            self._task = asyncio.create_task(self._look_up())
        owner, grants = (await asyncio.shield(self._next)).get(session_id, (None, []))
        return grants if owner == staff_id else None

    async def _look_up(self) -> None:
        """Look up whatever was asked for, until nothing is."""
        try:
            while self._next is not None:
                answer, asked = self._next, self._asked
                self._next, self._asked = None, set()
                try:
                    async with self._db.read() as tx:
                        found = await grants_in_sessions(tx, asked)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is everybody's answer
                    answer.set_exception(error)
                else:
                    answer.set_result({one.session_id: (one.staff_id, one.grants) for one in found})
        finally:
            self._task = None
