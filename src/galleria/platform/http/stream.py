"""Server-sent events (HTML Living Standard, section 9.2): live notices by topic."""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage

from galleria.kernel.errors import Forbidden, Invalid
from galleria.platform.auth.access import Actor, ActorKind, Grant
from galleria.platform.http.access import SIGNED_IN
from galleria.platform.http.call import Call, TheCall

TOPICS_MAX = 10
KINDS = {"member", "mall", "shop"}


@get("/v1/stream", access=SIGNED_IN, summary="Live notices", include_in_schema=False)
async def stream(call: TheCall, topics: FromQuery[str]) -> ServerSentEvent:
    """Stream the notices of some topics: `member:<id>` (yourself), `mall:<id>` or `shop:<id>` (staff there)."""
    names = [topic for topic in topics.split(",") if topic][:TOPICS_MAX]
    for name in names:
        _require(call.actor, name)
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


def _require(actor: Actor, topic: str) -> None:
    kind, _, raw = topic.partition(":")
    try:
        identifier = UUID(raw)
    except ValueError:
        raise Invalid.field("topics", "topic") from None
    if kind not in KINDS:
        raise Invalid.field("topics", "topic")
    if actor.kind is ActorKind.MEMBER and (kind, identifier) == ("member", actor.id):
        return
    if actor.kind is ActorKind.STAFF and any(_hears(grant, kind, identifier) for grant in actor.grants):
        return
    raise Forbidden


def _hears(grant: Grant, kind: str, identifier: UUID) -> bool:
    """Return whether a grant's scope contains a topic; a mall's topic carries figures of all its shops."""
    if kind == "mall":
        return grant.mall_id in {None, identifier} and grant.merchant_id is None and grant.shop_id is None
    return grant.shop_id == identifier or (grant.shop_id is None and kind == "shop")
