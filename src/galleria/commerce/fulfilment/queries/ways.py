"""Which ways there are for a basket."""

from collections.abc import Sequence
from datetime import datetime

from galleria.commerce.fulfilment.model import Part, ShipmentRow, SlotView, WayOffer
from galleria.commerce.fulfilment.rules import ways
from galleria.commerce.fulfilment.store.facts import facts
from galleria.commerce.orders import WayChoice
from galleria.foundation import malls
from galleria.kernel.ids import MallId, MemberId
from galleria.kernel.paging import Page
from galleria.platform.tx import ReadTx

GOODS = 2**53
"""Goods that cost so much meet every minimum: an order that was taken is not measured again."""


async def here(
    tx: ReadTx, *, mall_id: MallId, parts: Sequence[Part], member_id: MemberId | None, now: datetime
) -> ways.Here:
    """Return all that the ways of a basket are decided by, in two statements."""
    mall = await malls.get_mall(tx, mall_id)
    found = await facts(
        tx,
        mall_id,
        shop_ids=[part.shop_id for part in parts],
        product_ids=[product_id for part in parts for product_id in part.product_ids],
        member_id=member_id,
        now=now,
    )
    return ways.Here(facts=found, zone=mall.time_zone, hours=mall.hours, now=now)


async def quote_ways(
    tx: ReadTx,
    *,
    mall_id: MallId,
    parts: Sequence[Part],
    member_id: MemberId | None,
    choices: Sequence[WayChoice],
    now: datetime,
) -> list[WayOffer]:
    """Return every way the goods of each shop may go: fee in minor units, slots, points, promise, or why not.

    A shop without a choice is collected. Nothing is booked. Two statements; none for no parts.
    """
    if not parts:
        return []
    found = await here(tx, mall_id=mall_id, parts=parts, member_id=member_id, now=now)
    chosen = {choice.shop_id: choice for choice in choices}
    return [
        WayOffer(
            shop_id=part.shop_id,
            ways=[plan.option for plan in ways.plans(found, part, chosen.get(part.shop_id))],
        )
        for part in parts
    ]


async def slots_for(tx: ReadTx, *, row: ShipmentRow, now: datetime) -> Page[SlotView]:
    """Return the slots with room that a shipment's way has."""
    part = Part(shop_id=row.shop_id, merchant_id=row.merchant_id, goods_minor=GOODS, storage=row.storage)
    found = await here(tx, mall_id=row.mall_id, parts=[part], member_id=row.member_id, now=now)
    choice = WayChoice(shop_id=row.shop_id, way=row.way, point_id=row.point_id)
    plan = next((one for one in ways.plans(found, part, choice) if one.option.chosen), None)
    return Page([] if plan is None else plan.option.slots)
