"""Reads of festivals."""

from datetime import datetime, timedelta
from uuid import UUID

from galleria.engagement.festivals import rules, store
from galleria.engagement.festivals.model import (
    Alternative,
    Board,
    Festival,
    FestivalCard,
    FestivalList,
    Pause,
    QueueFigures,
    ShareFigure,
    ShopFigure,
    Voucher,
    VoucherFigures,
)
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CouponId, FestivalId, MallId, MemberId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx
from galleria.value import coupons

MINUTES = 120
SOURCES = 10


async def list_festivals(tx: ReadTx, *, mall_id: MallId, now: datetime) -> FestivalList:
    """Return the festivals that are on or announced, soonest first. Raises NotFound for no such mall."""
    await malls.group_of(tx, mall_id)
    rows = await store.list_shown(tx, mall_id=mall_id, now=now)
    return FestivalList([_card(row, now) for row in rows], now)


def _card(row: store.Row, now: datetime) -> FestivalCard:
    return FestivalCard(
        id=row.id,
        title_zh=row.title_zh,
        title_en=row.title_en,
        text_zh=row.text_zh,
        text_en=row.text_en,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        queue_opens_at=queue_opens_at(row),
        phase=rules.phase(row.state, row.opens_at, row.closes_at, now),
        waiting_room=row.waiting_room,
        vouchers=len(row.coupon_ids),
    )


def queue_opens_at(row: store.Row) -> datetime:
    """Return from when people may queue up."""
    return row.opens_at - timedelta(seconds=row.queue_lead_s if row.waiting_room else 0)


async def list_managed(
    tx: ReadTx, *, mall_id: MallId, now: datetime, cursor: str | None = None, limit: int = 50
) -> Page[Festival]:
    """Return all festivals, latest opening first; the caller has made sure that the actor may."""
    before = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    rows = await store.list_all(tx, mall_id=mall_id, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.opens_at, row.id))
    return Page([shown(row, now) for row in page.items], page.next_cursor)


async def get_festival(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """Return a festival as its operators see it; raises NotFound."""
    return shown(await get_row(tx, mall_id=mall_id, festival_id=festival_id), now)


async def get_row(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> store.Row:
    """Return a festival as it is stored; raises NotFound."""
    row = await store.find(tx, mall_id=mall_id, festival_id=festival_id)
    if row is None:
        raise NotFound
    return row


def shown(row: store.Row, now: datetime) -> Festival:
    """Return a stored festival as its operators see it."""
    pause = None
    if row.pause_code is not None and row.paused_at is not None:
        pause = Pause(row.pause_code, row.pause_zh, row.pause_en, row.paused_at, row.paused_by)
    same = {name: getattr(row, name) for name in Festival.__struct_fields__ if name in store.Row.__struct_fields__}
    return Festival(**same, phase=rules.phase(row.state, row.opens_at, row.closes_at, now), pause=pause)


async def vouchers(tx: ReadTx, row: store.Row, now: datetime) -> list[Voucher]:
    """Return the coupons of a festival with what is left of each."""
    found = []
    for coupon_id in row.coupon_ids:
        coupon = await coupons.get_coupon(tx, mall_id=row.mall_id, coupon_id=coupon_id)
        left = coupon.total - coupon.claimed
        found.append(
            Voucher(
                coupon_id=coupon_id,
                title_zh=coupon.title_zh,
                title_en=coupon.title_en,
                kind=coupon.kind.value,
                amount_minor=coupon.amount_minor,
                percent_bp=coupon.percent_bp,
                cap_minor=coupon.cap_minor,
                threshold_minor=coupon.threshold_minor,
                per_member=coupon.per_member,
                use_from=coupon.use_from,
                use_until=coupon.use_until,
                total=coupon.total,
                remaining=left,
                remaining_now=left,
                next_release_at=None,
                state=coupon.state,
            )
        )
    return found


async def others(tx: ReadTx, row: store.Row, now: datetime) -> list[Alternative]:
    """Return coupons of the mall that anybody may claim now, for those who came too late for the festival's."""
    page = await coupons.list_offers(tx, mall_id=row.mall_id, member_id=None, now=now, limit=20)
    return [
        Alternative(offer.id, offer.title_zh, offer.title_en, offer.remaining, False)
        for offer in page.items
        if offer.claimable and not offer.points_price and offer.id not in row.coupon_ids
    ][:3]


async def board(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Board:
    """Return the live board: counters and small tables only, whatever the number of claims. Raises NotFound."""
    row = await get_row(tx, mall_id=mall_id, festival_id=festival_id)
    by_shop = await store.shops(tx, mall_id=mall_id, festival_id=festival_id)
    names = await _shop_names(tx, mall_id, [count.shop_id for count in by_shop])
    figures = await _figures(tx, row)
    queue = await store.queue(tx, mall_id=mall_id, festival_id=festival_id) or store.Queue(0, 0)
    serving = rules.served(row.pace, now)
    return Board(
        festival=shown(row, now),
        server_now=now,
        total=sum(figure.total for figure in figures),
        claimed=sum(figure.claimed for figure in figures),
        used=sum(count.used for count in by_shop),
        worth_minor=0,
        budget_minor=None,
        queue=QueueFigures(queue.issued, queue.number, serving, min(queue.issued, max(0, queue.number - serving))),
        vouchers=figures,
        by_minute=await store.minutes(tx, mall_id=mall_id, festival_id=festival_id, limit=MINUTES),
        shares=await _shares(tx, row),
        shops=[
            ShopFigure(
                shop_id=count.shop_id,
                name_zh=names[count.shop_id][0],
                name_en=names[count.shop_id][1],
                used=count.used,
                usual=count.usual,
            )
            for count in by_shop
            if count.shop_id in names
        ],
        sources=await store.busiest(tx, mall_id=mall_id, festival_id=festival_id, limit=SOURCES),
        anomalies=await store.anomalies(tx, mall_id=mall_id, festival_id=festival_id),
    )


async def _figures(tx: ReadTx, row: store.Row) -> list[VoucherFigures]:
    figures = []
    for coupon_id in row.coupon_ids:
        coupon = await coupons.get_coupon(tx, mall_id=row.mall_id, coupon_id=coupon_id)
        figures.append(
            VoucherFigures(
                coupon_id=coupon_id,
                title_zh=coupon.title_zh,
                title_en=coupon.title_en,
                state=coupon.state,
                total=coupon.total,
                claimed=coupon.claimed,
                used=coupon.used,
            )
        )
    return figures


async def _shares(tx: ReadTx, row: store.Row) -> list[ShareFigure]:
    return []


async def _shop_names(tx: ReadTx, mall_id: MallId, shop_ids: list[ShopId]) -> dict[ShopId, tuple[str, str]]:
    if not shop_ids:
        return {}
    reach = Reach(everything=False, merchant_ids=[], shop_ids=shop_ids)
    page = await malls.list_shops(tx, mall_id, reach=reach, limit=len(shop_ids))
    return {shop.id: (shop.name_zh, shop.name_en) for shop in page.items}


def iso(moment: datetime) -> str:
    """Return a moment as the API writes it."""
    return moment.isoformat().replace("+00:00", "Z")


async def claimed_by(tx: ReadTx, row: store.Row, member_id: MemberId) -> list[CouponId]:
    """Return which of a festival's coupons a member has claimed."""
    found = []
    for coupon_id in row.coupon_ids:
        offer = await coupons.get_offer(
            tx, mall_id=row.mall_id, coupon_id=coupon_id, member_id=member_id, now=row.created_at
        )
        if offer.mine:
            found.append(coupon_id)
    return found
