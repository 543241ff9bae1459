"""The members a push is for."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from galleria.foundation import malls, members
from galleria.kernel.errors import FieldError, Invalid
from galleria.kernel.ids import MallId, MemberId, ShopId
from galleria.platform.tx import ReadTx
from galleria.value import points
from galleria.value.coupons.model.push import Segment, SegmentKind


async def check(tx: ReadTx, mall_id: MallId, segment: Segment) -> None:
    """Raise Invalid for a segment that names nobody, NotFound for a shop of another mall."""
    missing = {
        SegmentKind.TIER: ("segment.tiers", not segment.tiers),
        SegmentKind.PHONES: ("segment.phones", not segment.phones),
        SegmentKind.BOUGHT_IN_SHOP: ("segment.shop_id", segment.shop_id is None),
    }.get(segment.kind)
    if missing is not None and missing[1]:
        raise Invalid(errors=(FieldError(missing[0], "required"),))
    if segment.kind is SegmentKind.BOUGHT_IN_SHOP and segment.shop_id is not None:
        await malls.get_shop(tx, mall_id, ShopId(segment.shop_id))


async def count(tx: ReadTx, mall_id: MallId, segment: Segment, *, now: datetime) -> int:
    """Return how many members a segment has."""
    if segment.kind is SegmentKind.BOUGHT_IN_SHOP and segment.shop_id is not None:
        return await points.count_customers(tx, mall_id=mall_id, shop_id=ShopId(segment.shop_id))
    group_id = await malls.group_of(tx, mall_id)
    everyone = await members.count_segment(tx, group_id, **await _narrowed(tx, mall_id, segment, now))
    if segment.kind is SegmentKind.NEW:
        return max(0, everyone - await points.count_customers(tx, mall_id=mall_id))
    return everyone


async def page(
    tx: ReadTx, mall_id: MallId, segment: Segment, *, after: MemberId | None, limit: int, now: datetime
) -> list[MemberId]:
    """Return the next members of a segment by id; those of `new` who are customers are among them, see `wanted`."""
    if segment.kind is SegmentKind.BOUGHT_IN_SHOP and segment.shop_id is not None:
        return await points.customers(tx, mall_id=mall_id, shop_id=ShopId(segment.shop_id), after=after, limit=limit)
    group_id = await malls.group_of(tx, mall_id)
    return await members.list_segment(
        tx, group_id, after=after, limit=limit, **await _narrowed(tx, mall_id, segment, now)
    )


async def wanted(tx: ReadTx, mall_id: MallId, segment: Segment, page: list[MemberId]) -> list[MemberId]:
    """Return those of a page whom the segment means."""
    if segment.kind is not SegmentKind.NEW:
        return page
    old = await points.who_earned(tx, mall_id=mall_id, member_ids=page)
    return [member_id for member_id in page if member_id not in old]


async def _narrowed(tx: ReadTx, mall_id: MallId, segment: Segment, now: datetime) -> dict[str, Any]:
    if segment.kind is SegmentKind.TIER:
        return {"tiers": list(segment.tiers)}
    if segment.kind is SegmentKind.PHONES:
        return {"phones": list(segment.phones)}
    if segment.kind is SegmentKind.BIRTHDAY_MONTH:
        zone = (await malls.get_mall(tx, mall_id)).time_zone
        return {"birthday_month": now.astimezone(ZoneInfo(zone)).month}
    return {}
