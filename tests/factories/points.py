"""A mall whose shops give points, and orders that earn them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from galleria.foundation import ledger
from galleria.kernel.ids import MemberId, OrderId, SubOrderId, new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import points
from tests.factories.ledger import write
from tests.factories.malls import MadeMall


class Earned(msgspec.Struct, frozen=True):
    """An order that was paid: its sub-orders, and the points awarded."""

    order_id: OrderId
    sub_order_ids: list[SubOrderId]
    points: int


async def earn_rule(
    runtime: Runtime, mall: MadeMall, now: datetime, *, bp: int = 10_000, posts: points.Posts = points.Posts.AT_ONCE,
    **over: Any,
) -> points.EarnRule:  # fmt: skip
    """Set the mall's rule, or with `shop_id` a shop's; one point a yuan at once unless told otherwise."""
    change = points.RuleChange(points_per_100_minor_bp=bp, posts=posts, **over)
    return await write(
        runtime, lambda tx: points.set_rule(tx, mall_id=mall.mall_id, change=change, now=now), now, points.EarnRule
    )


async def pay(runtime: Runtime, mall: MadeMall, member_id: MemberId, paid: Sequence[int], now: datetime) -> Earned:
    """Pay an order with so much (minor units) to the first shops of the mall, and post what it earned."""
    order_id = OrderId(new_id())
    merchants = [mall.merchant_ids[0], mall.merchant_ids[0], mall.merchant_ids[1]]
    subs = [
        points.SubOrderPaid(
            SubOrderId(new_id()), mall.shop_ids[i], merchants[i], amount, f"{i + 1}号店", f"Shop {i + 1}"
        )
        for i, amount in enumerate(paid)
    ]

    async def operation(tx: Tx) -> Earned:
        group, mall_id = mall.group_id, mall.mall_id
        made = await points.award(
            tx, group_id=group, mall_id=mall_id, order_id=order_id, member_id=member_id, sub_orders=subs, now=now
        )
        await ledger.post(tx, group_id=group, mall_id=mall_id, entries=made.entries, now=now)
        return Earned(order_id, [sub.sub_order_id for sub in subs], made.points)

    return await write(runtime, operation, now, Earned)


async def refund(runtime: Runtime, mall: MadeMall, earned: Earned, remaining: Sequence[int], now: datetime) -> int:
    """Refund an order down to what remains of each sub-order; return the points taken back."""
    left = dict(zip(earned.sub_order_ids, remaining, strict=False))
    return await write(
        runtime,
        lambda tx: points.take_back(
            tx, mall_id=mall.mall_id, order_id=earned.order_id, remaining=left, refund_id=new_id(), now=now
        ),
        now,
        int,
    )


async def spend(runtime: Runtime, mall: MadeMall, member_id: MemberId, amount: int, now: datetime) -> ledger.EntryKey:
    """Spend points with the mall, and return the entry's identity."""
    key = ledger.EntryKey("tests.spend", new_id())
    await write(
        runtime,
        lambda tx: points.spend(
            tx, group_id=mall.group_id, mall_id=mall.mall_id, member_id=member_id, points=amount,
            taker_id=mall.mall_id, code=key.code, reference=key.reference, title_zh="咖啡券", title_en="a coffee",
            now=now,
        ),
        now,
    )  # fmt: skip
    return key


async def give_back(
    runtime: Runtime, mall: MadeMall, member_id: MemberId, amount: int, spent: ledger.EntryKey, now: datetime
) -> None:
    """Give back points that were spent with the mall."""
    await write(
        runtime,
        lambda tx: points.give_back(
            tx, group_id=mall.group_id, mall_id=mall.mall_id, member_id=member_id, points=amount,
            taker_id=mall.mall_id, spent=spent, code="tests.give_back", reference=new_id(), title_zh="咖啡券",
            title_en="a coffee", now=now,
        ),
        now,
    )  # fmt: skip


async def points_of(runtime: Runtime, member_id: MemberId, now: datetime) -> tuple[int, int, int]:
    """Return a member's points to spend, pending and owed."""
    async with runtime.db.read() as tx:
        found = await points.balance(tx, member_id, now=now)
    return found.balance, found.pending, found.owed
