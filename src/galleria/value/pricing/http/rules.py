"""Routes of price rules: write them, see what they would do, pause and end them, bring an older version back."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.foundation import malls
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx
from galleria.value.pricing import operations, queries
from galleria.value.pricing.model import Preview, Rule, RuleDetail, RuleId, RulePatch, RuleState, RuleTerms


class RuleStateChange(msgspec.Struct, frozen=True):
    """The state a price rule shall have; going live for the first time is the launch's."""

    state: RuleState


class RuleRestore(msgspec.Struct, frozen=True):
    """The version whose terms a price rule shall have again."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class RuleChanging(msgspec.Struct, frozen=True):
    """Which price rule a command was about, and what it asked for; kept in the journal."""

    rule_id: UUID
    change: RulePatch | RuleStateChange | RuleRestore


@get("/v1/malls/{mall_id:uuid}/price-rules", access=STAFF, summary="Price rules", tags=["pricing"])
async def list_rules(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    rule_state: Annotated[RuleState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[Rule]:
    """Return the rules of the shops the caller prices, newest first; for operators the mall's own too."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.PRICE_MANAGE, await malls.mall_target(tx, mall))
        return await queries.list_rules(
            tx,
            mall_id=mall,
            reach=reach,
            shop_id=None if shop is None else ShopId(shop),
            state=rule_state,
            cursor=cursor,
            limit=limit,
            now=call.now,
        )


@post("/v1/malls/{mall_id:uuid}/price-rules", access=STAFF, summary="Write a price rule", tags=["pricing"])
async def create_rule(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[RuleTerms]) -> Rule:
    """Write a rule as a draft: of a shop, or without one of the whole mall. With nothing else said it is 10 % off."""
    mall = MallId(mall_id)

    async def create(tx: Tx) -> Rule:
        await require_shop(call, tx, mall, data.shop_id)
        return await operations.create_rule(tx, mall_id=mall, terms=data, staff_id=call.actor.staff_id, now=call.now)

    return await call.write("pricing.create_rule", create, returns=Rule, mall_id=mall, payload=data)


@get(
    "/v1/malls/{mall_id:uuid}/price-rules/{rule_id:uuid}",
    access=STAFF,
    summary="A price rule with its versions",
    tags=["pricing"],
)
async def get_rule(call: TheCall, mall_id: FromPath[UUID], rule_id: FromPath[UUID]) -> RuleDetail:
    """Return a rule and every version it had, newest first."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        await _require(call, tx, mall, RuleId(rule_id))
        return await queries.rule_detail(tx, mall_id=mall, rule_id=RuleId(rule_id), now=call.now)


@patch(
    "/v1/malls/{mall_id:uuid}/price-rules/{rule_id:uuid}", access=STAFF, summary="Change a price rule", tags=["pricing"]
)
async def change_rule(
    call: TheCall, mall_id: FromPath[UUID], rule_id: FromPath[UUID], data: JSONBody[RulePatch]
) -> Rule:
    """Make a new version. A live rule keeps the prices of its approved version until the new one is launched."""
    mall, rule = MallId(mall_id), RuleId(rule_id)

    async def change(tx: Tx) -> Rule:
        await _require(call, tx, mall, rule)
        return await operations.change_rule(
            tx, mall_id=mall, rule_id=rule, patch=data, staff_id=call.actor.staff_id, now=call.now
        )

    return await call.write(
        "pricing.change_rule", change, returns=Rule, mall_id=mall, payload=RuleChanging(rule_id, data)
    )


@post(
    "/v1/malls/{mall_id:uuid}/price-rules/{rule_id:uuid}/preview",
    access=STAFF,
    status_code=200,
    summary="What a price rule would do",
    tags=["pricing"],
)
async def preview_rule(
    call: TheCall,
    mall_id: FromPath[UUID],
    rule_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Preview:
    """Return for each good the price of now, the new one, its margin, and whether something stands in the way."""
    mall, rule = MallId(mall_id), RuleId(rule_id)
    async with call.db.read() as tx:
        await _require(call, tx, mall, rule)
        return await queries.preview(tx, mall_id=mall, rule_id=rule, cursor=cursor, limit=limit, now=call.now)


@post(
    "/v1/malls/{mall_id:uuid}/price-rules/{rule_id:uuid}/state",
    access=STAFF,
    status_code=200,
    summary="Pause, resume or end a price rule",
    tags=["pricing"],
)
async def set_rule_state(
    call: TheCall, mall_id: FromPath[UUID], rule_id: FromPath[UUID], data: JSONBody[RuleStateChange]
) -> Rule:
    """Pause or end a rule, which gives the store prices back, or resume it as it was approved."""
    mall, rule = MallId(mall_id), RuleId(rule_id)

    async def change(tx: Tx) -> Rule:
        await _require(call, tx, mall, rule)
        if data.state in {RuleState.DRAFT, RuleState.PENDING}:
            raise Invalid.field("state", "price_rule_state_by_launch")
        return await operations.set_state(tx, mall_id=mall, rule_id=rule, state=data.state, now=call.now)

    return await call.write(
        "pricing.set_rule_state", change, returns=Rule, mall_id=mall, payload=RuleChanging(rule_id, data)
    )


@post(
    "/v1/malls/{mall_id:uuid}/price-rules/{rule_id:uuid}/restore",
    access=STAFF,
    status_code=200,
    summary="Bring an older version of a price rule back",
    tags=["pricing"],
)
async def restore_rule(
    call: TheCall, mall_id: FromPath[UUID], rule_id: FromPath[UUID], data: JSONBody[RuleRestore]
) -> Rule:
    """Make a new version with the terms of an older one; at once in force when those were approved before."""
    mall, rule = MallId(mall_id), RuleId(rule_id)

    async def restore(tx: Tx) -> Rule:
        await _require(call, tx, mall, rule)
        return await operations.restore_rule(
            tx, mall_id=mall, rule_id=rule, version=data.version, staff_id=call.actor.staff_id, now=call.now
        )

    return await call.write(
        "pricing.restore_rule", restore, returns=Rule, mall_id=mall, payload=RuleChanging(rule_id, data)
    )


async def require_shop(call: Call, tx: ReadTx, mall_id: MallId, shop_id: ShopId | None) -> None:
    """Raise NotFound or Forbidden unless the caller sets prices of the shop, or with none of the whole mall."""
    target = await (malls.mall_target(tx, mall_id) if shop_id is None else malls.shop_target(tx, mall_id, shop_id))
    call.actor.require(Permission.PRICE_MANAGE, target)


async def _require(call: Call, tx: ReadTx, mall_id: MallId, rule_id: RuleId) -> None:
    await require_shop(call, tx, mall_id, await queries.shop_of_rule(tx, mall_id=mall_id, rule_id=rule_id))


ROUTES = [list_rules, create_rule, get_rule, change_rule, preview_rule, set_rule_state, restore_rule]
