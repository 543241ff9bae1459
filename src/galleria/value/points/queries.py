"""What is read of points."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from galleria.foundation import ledger, malls
from galleria.foundation.ledger import AccountKind, Movement
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId, ShopId, SubOrderId
from galleria.kernel.paging import Page
from galleria.platform.actors import Reach
from galleria.platform.i18n import text
from galleria.platform.tx import ReadTx
from galleria.value.points import rules, store
from galleria.value.points.model import EarnRule, HistoryLine, MyPoints, SpendPolicy


async def balance(tx: ReadTx, member_id: MemberId, *, now: datetime) -> MyPoints:
    """Return a member's points, in one statement: to spend, pending, owed, and the next moments some of them end."""
    active, pending, owed = rules.active(member_id), rules.pending(member_id), rules.owed(member_id)
    found = await ledger.balances(tx, [active, pending, owed], now=now)
    spendable = found[active.id]
    return MyPoints(spendable.available, found[pending.id].total, -found[owed.id].total, spendable.expiring)


async def history(tx: ReadTx, member_id: MemberId, *, cursor: str | None = None, limit: int = 50) -> Page[HistoryLine]:
    """Return every change of a member's points, newest first. Raises Invalid for a forged cursor."""
    accounts = [rules.active(member_id), rules.pending(member_id), rules.owed(member_id)]
    page = await ledger.statement(tx, accounts, cursor=cursor, limit=limit)
    return Page([_line(movement) for movement in page.items], page.next_cursor)


def _line(movement: Movement) -> HistoryLine:
    kind, told = rules.kind_of(movement), movement.detail or {}
    order_id = told.get("order_id")
    return HistoryLine(
        id=movement.entry_id,
        at=movement.at,
        kind=kind,
        title_zh=text(f"points.history.{kind.value}", "zh-CN", title=told.get("title_zh", "")),
        title_en=text(f"points.history.{kind.value}", "en", title=told.get("title_en", "")),
        points=movement.amounts.get(AccountKind.MEMBER_POINTS, 0),
        pending=movement.amounts.get(AccountKind.MEMBER_POINTS_PENDING, 0),
        owed=-movement.amounts.get(AccountKind.MEMBER_POINTS_OWED, 0),
        mall_id=movement.mall_id,
        order_id=OrderId(UUID(order_id)) if order_id else None,
    )


async def would_take(tx: ReadTx, *, mall_id: MallId, order_id: OrderId, remaining: Mapping[SubOrderId, int]) -> int:
    """Return how many points `take_back` with the same arguments would take now."""
    return await store.reducible(tx, mall_id, order_id, remaining)


async def who_earned(tx: ReadTx, *, mall_id: MallId, member_ids: Sequence[MemberId]) -> set[MemberId]:
    """Return those of some members who have ever earned points in a mall: who has bought something there."""
    return {MemberId(member_id) for member_id in await store.who_earned(tx, mall_id, list(member_ids))}


async def customers(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, after: UUID | None, limit: int) -> list[MemberId]:
    """Return members who have earned points in a shop, by id, those after one of them."""
    return [MemberId(member_id) for member_id in await store.customers(tx, mall_id, shop_id, after=after, limit=limit)]


async def count_customers(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId | None = None) -> int:
    """Count the members who have ever earned points in a mall, or in one shop of it."""
    return await store.count_customers(tx, mall_id, shop_id)


async def spend_policy(tx: ReadTx, mall_id: MallId) -> SpendPolicy | None:
    """Return what points are worth at a mall's checkout, None when it takes none."""
    return await store.spend_policy(tx, mall_id)


async def list_rules(tx: ReadTx, mall_id: MallId) -> list[EarnRule]:
    """Return the mall's own rule first, then those of single shops."""
    return await named(tx, mall_id, await store.list_rules(tx, mall_id))


async def named(tx: ReadTx, mall_id: MallId, found: Sequence[store.Rule]) -> list[EarnRule]:
    """Return rules with the names of their shops; raises NotFound when a shop is not in the mall."""
    ids = [rule.shop_id for rule in found if rule.shop_id is not None]
    reach = Reach(everything=False, merchant_ids=[], shop_ids=ids)
    shops = (await malls.list_shops(tx, mall_id, reach=reach, limit=len(ids))).items if ids else []
    names = {shop.id: (shop.name_zh, shop.name_en) for shop in shops}
    if len(names) < len(ids):
        raise NotFound
    return [_named(rule, *(names[rule.shop_id] if rule.shop_id else (None, None))) for rule in found]


def _named(rule: store.Rule, shop_zh: str | None, shop_en: str | None) -> EarnRule:
    return EarnRule(
        id=rule.id,
        shop_id=rule.shop_id,
        shop_zh=shop_zh,
        shop_en=shop_en,
        points_per_100_minor_bp=rule.points_per_100_minor_bp,
        posts=rule.posts,
        refund_window_days=rule.refund_window_days,
        expires_after_days=rule.expires_after_days,
    )
