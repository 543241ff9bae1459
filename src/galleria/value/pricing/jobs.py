"""Work on prices after a change and by the clock: each chunk of goods in a transaction of its own, again at will."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from galleria.kernel.ids import MallId, ProductId, ShopId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import ReadTx, Tx
from galleria.value.pricing import operations, queries
from galleria.value.pricing.model import RuleId

SWEPT = 100
"""Rules a sweep catches up with at a time."""

Pages = Callable[[ReadTx, ProductId | None], Awaitable[list[ProductId]]]


async def apply_rule(runtime: Runtime, *, mall_id: str, rule_id: str) -> None:
    """Give the goods of a rule the prices they should have now."""
    await settle(runtime, mall_id=MallId(UUID(mall_id)), rule_id=RuleId(UUID(rule_id)), now=utc_now())


async def settle(runtime: Runtime, *, mall_id: MallId, rule_id: RuleId, now: datetime) -> int:
    """Price all goods a rule is for, and all it has priced, as of a moment; returns how many products changed."""

    async def meant(tx: ReadTx, after: ProductId | None) -> list[ProductId]:
        return await queries.goods_of_rule(tx, mall_id=mall_id, rule_id=rule_id, after=after, now=now)

    async def priced(tx: ReadTx, after: ProductId | None) -> list[ProductId]:
        return await queries.goods_priced_by(tx, mall_id=mall_id, rule_id=rule_id, after=after)

    changed = await _reprice_pages(runtime, mall_id, meant, now) + await _reprice_pages(runtime, mall_id, priced, now)
    command = Command(kind="pricing.settle", actor=SYSTEM, now=now, mall_id=mall_id)

    async def note(tx: Tx) -> int:
        await operations.note_settled(tx, mall_id=mall_id, rule_id=rule_id, since=now)
        return changed

    return await runtime.db.write(command, note, returns=int)


async def sweep(runtime: Runtime, now: datetime) -> None:
    """Catch up with rules that changed, started or ended and whose goods were not priced since."""
    async with runtime.db.read() as tx:
        due = await queries.due_rules(tx, now=now, limit=SWEPT)
    for rule in due:
        await settle(runtime, mall_id=rule.mall_id, rule_id=rule.id, now=now)


async def follow_product(
    runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]
) -> None:
    """Price a product anew after it was created or changed."""
    del journal_id, position
    mall_id = MallId(UUID(data["mall_id"]))
    await _follow(runtime, mall_id, [ProductId(UUID(subject))])


async def follow_goods(runtime: Runtime, *, mall_id: str, product_ids: list[str]) -> None:
    """Price some products anew."""
    await _follow(runtime, MallId(UUID(mall_id)), [ProductId(UUID(product_id)) for product_id in product_ids])


async def follow_shop(runtime: Runtime, *, mall_id: str, shop_id: str | None) -> None:
    """Price all goods of a shop, or of the mall, anew."""
    mall, shop = MallId(UUID(mall_id)), None if shop_id is None else ShopId(UUID(shop_id))

    async def pages(tx: ReadTx, after: ProductId | None) -> list[ProductId]:
        return await queries.goods_of_shop(tx, mall_id=mall, shop_id=shop, after=after)

    async with runtime.db.read() as tx:
        if not await queries.any_live(tx, mall_id=mall):
            return
    await _reprice_pages(runtime, mall, pages, utc_now())


async def _follow(runtime: Runtime, mall_id: MallId, product_ids: Sequence[ProductId]) -> None:
    """Price products anew; where no rule is live nothing can have changed, for a rule's end prices its own goods."""
    async with runtime.db.read() as tx:
        if not await queries.any_live(tx, mall_id=mall_id):
            return
    await _reprice(runtime, mall_id, product_ids, utc_now())


async def _reprice_pages(runtime: Runtime, mall_id: MallId, pages: Pages, now: datetime) -> int:
    changed, after = 0, None
    while True:
        async with runtime.db.read() as tx:
            page = await pages(tx, after)
        if not page:
            return changed
        changed += await _reprice(runtime, mall_id, page, now)
        if len(page) < queries.CHUNK:
            return changed
        after = page[-1]


async def _reprice(runtime: Runtime, mall_id: MallId, product_ids: Sequence[ProductId], now: datetime) -> int:
    command = Command(kind="pricing.reprice", actor=SYSTEM, now=now, mall_id=mall_id)
    return await runtime.db.write(
        command,
        lambda tx: operations.reprice(tx, mall_id=mall_id, product_ids=product_ids, now=now),
        returns=int,
    )
