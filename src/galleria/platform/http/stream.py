"""Server-sent events (HTML Living Standard, section 9.2): live notices by topic."""

from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage

from galleria.kernel.errors import Forbidden, Invalid
from galleria.kernel.ids import MallId, ShopId
from galleria.platform.actors import ActorKind, Target
from galleria.platform.http.access import SIGNED_IN, GroupOf
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import ReadTx

TOPICS_MAX = 10
KINDS = {"member", "mall", "shop"}


class ShopTarget(Protocol):
    """Tells where a shop stands; bound by the composition root, because the platform knows no shops."""

    async def __call__(self, tx: ReadTx, mall_id: MallId, shop_id: ShopId, /) -> Target:
        """Return the shop's group, mall and merchant; raises NotFound."""
        ...


@get("/v1/stream", access=SIGNED_IN, summary="Live notices", include_in_schema=False)
async def stream(call: TheCall, topics: FromQuery[str], mall_id: FromQuery[UUID | None] = None) -> ServerSentEvent:
    """Stream the notices of some topics: `member:<id>` (yourself), `mall:<id>` or `shop:<id>` (staff there).

    `mall_id` says which mall the shops are in; whoever has a grant for just that shop may leave it out.
    """
    names = [topic for topic in topics.split(",") if topic][:TOPICS_MAX]
    for name in names:
        await _require(call, name, mall_id)
    return ServerSentEvent(_messages(call, names))


async def _messages(call: Call, topics: list[str]) -> AsyncIterator[ServerSentEventMessage]:
    async for notice in call.runtime.hub.stream(topics):
        if notice is None:
            yield ServerSentEventMessage(comment="alive")
        elif call.actor.session_id in call.runtime.revocations:
            return
        else:
            data = {"topic": notice.topic, **notice.data}
            yield ServerSentEventMessage(event=notice.kind, data=msgspec.json.encode(data).decode())


async def _require(call: Call, topic: str, mall_id: UUID | None) -> None:
    kind, _, raw = topic.partition(":")
    try:
        identifier = UUID(raw)
    except ValueError:
        raise Invalid.field("topics", "topic") from None
    if kind not in KINDS:
        raise Invalid.field("topics", "topic")
    if call.actor.kind is ActorKind.MEMBER and (kind, identifier) == ("member", call.actor.id):
        return
    if call.actor.kind is not ActorKind.STAFF or not await _hears(call, kind, identifier, mall_id):
        raise Forbidden


async def _hears(call: Call, kind: str, identifier: UUID, mall_id: UUID | None) -> bool:
    """Return whether a grant covers what a topic is of; a mall's topic carries figures of all its shops."""
    grants, runtime = call.actor.grants, call.runtime
    if kind == "shop" and any(grant.shop_id == identifier for grant in grants):
        return True
    async with runtime.db.read() as tx:
        if kind == "mall":
            group_of = runtime.port(GroupOf)  # type: ignore[type-abstract]
            target = Target(group_id=await group_of(tx, MallId(identifier)), mall_id=MallId(identifier))
        elif kind == "shop" and mall_id is not None:
            shop_target = runtime.port(ShopTarget)  # type: ignore[type-abstract]
            target = await shop_target(tx, MallId(mall_id), ShopId(identifier))
        else:
            return False
    return any(grant.covers(target) for grant in grants)
