"""Routes of check-ins."""

from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, JSONBody

from galleria.engagement.checkins import operations, queries
from galleria.engagement.checkins.model import CheckedIn, CheckInStanding, Ladder, LadderInput
from galleria.foundation import malls
from galleria.kernel.ids import MallId
from galleria.platform.actors import Permission
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import Call, TheCall


@get("/v1/malls/{mall_id:uuid}/me/check-in", access=MEMBER, summary="My check-ins", tags=["check-ins"])
async def my_standing(call: TheCall, mall_id: FromPath[UUID]) -> CheckInStanding:
    """Return the member's days in a row, whether today is done, and the ladder."""
    async with call.db.read() as tx:
        return await queries.standing(tx, mall_id=MallId(mall_id), member_id=call.actor.member_id, now=call.now)


@post("/v1/malls/{mall_id:uuid}/me/check-in", access=MEMBER, summary="Check in", tags=["check-ins"])
async def check_in(call: TheCall, mall_id: FromPath[UUID]) -> CheckedIn:
    """Check in for today, once, and get the rung's reward. Needs an Idempotency-Key."""
    mall = MallId(mall_id)
    return await call.write(
        "checkins.check_in",
        lambda tx: operations.check_in(tx, actor=call.actor, mall_id=mall, now=call.now),
        returns=CheckedIn,
        mall_id=mall,
        key_required=True,
    )


@get("/v1/malls/{mall_id:uuid}/check-in-ladder", access=STAFF, summary="The ladder of check-ins", tags=["check-ins"])
async def get_ladder(call: TheCall, mall_id: FromPath[UUID]) -> Ladder:
    """Return the mall's ladder; for its operators. 404 while it has none."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.get_ladder(tx, mall_id=mall)


@put("/v1/malls/{mall_id:uuid}/check-in-ladder", access=STAFF, summary="Set the ladder", tags=["check-ins"])
async def set_ladder(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[LadderInput]) -> Ladder:
    """Set the mall's ladder; streaks under way go on, on the new rungs."""
    mall = await _manage(call, mall_id)
    return await call.write(
        "checkins.set_ladder",
        lambda tx: operations.set_ladder(tx, mall_id=mall, ladder=data, now=call.now),
        returns=Ladder,
        mall_id=mall,
        payload=data,
    )


async def _manage(call: Call, mall_id: UUID) -> MallId:
    """Return the mall's id once the caller has proved to manage its events."""
    async with call.db.read() as tx:
        call.actor.require(Permission.EVENT_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return MallId(mall_id)


ROUTES = [my_standing, check_in, get_ladder, set_ladder]
