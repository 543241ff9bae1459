"""Routes: a member's points and their history; the rules for earning, for staff."""

from uuid import UUID

from litestar import delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx
from galleria.value.points import operations, queries
from galleria.value.points.model import EarnRule, HistoryLine, MyPoints, RuleChange, SpendPolicy


@get("/v1/malls/{mall_id:uuid}/me/points", access=MEMBER, summary="My points", tags=["points"])
async def my_points(call: TheCall, mall_id: FromPath[UUID]) -> MyPoints:
    """Return what the member can spend, what is pending and owed, and when the next points end."""
    member_id = call.actor.member_id
    async with call.db.read() as tx:
        await _require_home(call, tx, MallId(mall_id))
        return await queries.balance(tx, member_id, now=call.now)


@get("/v1/malls/{mall_id:uuid}/me/points/history", access=MEMBER, summary="My points history", tags=["points"])
async def my_history(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Page[HistoryLine]:
    """Return every change of the member's points, newest first, with titles in both languages."""
    member_id = call.actor.member_id
    async with call.db.read() as tx:
        await _require_home(call, tx, MallId(mall_id))
        return await queries.history(tx, member_id, cursor=cursor, limit=limit)


@get("/v1/malls/{mall_id:uuid}/points/rules", access=STAFF, summary="Rules for earning points", tags=["points"])
async def list_rules(call: TheCall, mall_id: FromPath[UUID]) -> Page[EarnRule]:
    """Return the mall's rule and those of single shops."""
    async with call.db.read() as tx:
        call.actor.require(Permission.POINTS_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
        return Page(await queries.list_rules(tx, MallId(mall_id)))


@put("/v1/malls/{mall_id:uuid}/points/rules", access=STAFF, summary="Set a rule for earning points", tags=["points"])
async def set_rule(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[RuleChange]) -> EarnRule:
    """Set the mall's rule, or with `shop_id` a shop's own; it holds for orders paid from now on."""
    async with call.db.read() as tx:
        call.actor.require(Permission.POINTS_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return await call.write(
        "points.set_rule",
        lambda tx: operations.set_rule(tx, mall_id=MallId(mall_id), change=data, now=call.now),
        returns=EarnRule,
        mall_id=MallId(mall_id),
        payload=data,
    )


@delete(
    "/v1/malls/{mall_id:uuid}/points/rules/{rule_id:uuid}",
    access=STAFF,
    status_code=200,
    summary="Remove a rule for earning points",
    tags=["points"],
)
async def remove_rule(call: TheCall, mall_id: FromPath[UUID], rule_id: FromPath[UUID]) -> EarnRule:
    """Remove a rule and return it: the shop earns by the mall's rule again, the mall without one gives no points."""
    async with call.db.read() as tx:
        call.actor.require(Permission.POINTS_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return await call.write(
        "points.remove_rule",
        lambda tx: operations.remove_rule(tx, mall_id=MallId(mall_id), rule_id=rule_id),
        returns=EarnRule,
        mall_id=MallId(mall_id),
        payload={"rule_id": rule_id},
    )


POLICY = "/v1/malls/{mall_id:uuid}/points/spend-policy"


@get(POLICY, access=STAFF, summary="What points are worth at checkout", tags=["points"])
async def spend_policy(call: TheCall, mall_id: FromPath[UUID]) -> SpendPolicy:
    """Return what points are worth at the mall's checkout; 404 when it takes none."""
    async with call.db.read() as tx:
        call.actor.require(Permission.POINTS_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
        found = await queries.spend_policy(tx, MallId(mall_id))
    if found is None:
        raise NotFound
    return found


@put(POLICY, access=STAFF, summary="Set what points are worth at checkout", tags=["points"])
async def set_spend_policy(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[SpendPolicy]) -> SpendPolicy:
    """Let points pay at the mall's checkout; orders already placed keep what theirs were worth."""
    async with call.db.read() as tx:
        call.actor.require(Permission.POINTS_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return await call.write(
        "points.set_spend_policy",
        lambda tx: operations.set_spend_policy(tx, mall_id=MallId(mall_id), policy=data, now=call.now),
        returns=SpendPolicy,
        mall_id=MallId(mall_id),
        payload=data,
    )


@delete(POLICY, access=STAFF, status_code=200, summary="Take no points for money any more", tags=["points"])
async def remove_spend_policy(call: TheCall, mall_id: FromPath[UUID]) -> SpendPolicy:
    """Let points pay for nothing at the mall's checkout any more, and return what they were worth."""
    async with call.db.read() as tx:
        call.actor.require(Permission.POINTS_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return await call.write(
        "points.remove_spend_policy",
        lambda tx: operations.remove_spend_policy(tx, mall_id=MallId(mall_id)),
        returns=SpendPolicy,
        mall_id=MallId(mall_id),
        payload={"mall_id": mall_id},
    )


async def _require_home(call: Call, tx: ReadTx, mall_id: MallId) -> None:
    """Raise NotFound unless the mall is one of the member's group: points are the same in all of them."""
    if await malls.group_of(tx, mall_id) != call.actor.group_id:
        raise NotFound


ROUTES = [
    my_points,
    my_history,
    list_rules,
    set_rule,
    remove_rule,
    spend_policy,
    set_spend_policy,
    remove_spend_policy,
]
