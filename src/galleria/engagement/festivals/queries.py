"""Reads of festivals."""

from datetime import datetime, timedelta
from uuid import UUID

from galleria.commerce import redemption
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
from galleria.kernel.ids import FestivalId, MallId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx
from galleria.value import coupons

MINUTES = 120
SOURCES = 10
YOUNG = timedelta(minutes=1)
"""A claim carries the moment it was asked for and commits seconds later, so the last minute is counted once more."""
USUAL = timedelta(days=28)
ONLINE = ShopId(UUID(int=0))
"""Stands for orders among the shops: what was used online."""


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
    """Return the coupons of a festival with what is left of each; one statement, and one for each that is pooled."""
    found = []
    for coupon in await coupons.list_coupons(tx, mall_id=row.mall_id, coupon_ids=row.coupon_ids):
        left = coupon.total - coupon.claimed
        left_now, later = left, None
        if coupon.pooled:
            pools = await coupons.list_pools(tx, mall_id=row.mall_id, coupon_id=coupon.id)
            left_now, later = rules.released([_release(pool) for pool in pools], now)
        found.append(_voucher(coupon, min(left, left_now), later if left else None))
    return found


def _voucher(coupon: coupons.Coupon, left_now: int, later: datetime | None) -> Voucher:
    return Voucher(
        coupon_id=coupon.id,
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
        remaining=coupon.total - coupon.claimed,
        remaining_now=left_now,
        next_release_at=later,
        state=coupon.state,
    )


def _release(pool: coupons.Pool) -> rules.Release:
    return rules.Release(pool.starts_at, pool.ends_at, pool.total + pool.carried - pool.claimed, pool.roll_over)


async def others(tx: ReadTx, row: store.Row, now: datetime) -> list[Alternative]:
    """Return coupons of the mall that anybody may claim now, for those who came too late for the festival's."""
    page = await coupons.list_offers(tx, mall_id=row.mall_id, member_id=None, now=now, limit=20)
    return [
        Alternative(offer.id, offer.title_zh, offer.title_en, offer.remaining, False)
        for offer in page.items
        if offer.claimable and not offer.points_price and offer.gate is None
    ][:3]


async def board(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Board:
    """Return the live board: counters and small tables only, whatever the number of claims. Raises NotFound."""
    row = await get_row(tx, mall_id=mall_id, festival_id=festival_id)
    by_shop = await store.shops(tx, mall_id=mall_id, festival_id=festival_id)
    names = await _shop_names(tx, mall_id, [count.shop_id for count in by_shop])
    found = await coupons.list_coupons(tx, mall_id=mall_id, coupon_ids=row.coupon_ids)
    budgets = [coupon.budget_minor for coupon in found if coupon.budget_minor is not None]
    queue = await store.queue(tx, mall_id=mall_id, festival_id=festival_id) or store.Queue(0, 0)
    serving = rules.served(row.pace, now)
    return Board(
        festival=shown(row, now),
        server_now=now,
        total=sum(coupon.total for coupon in found),
        claimed=sum(coupon.claimed for coupon in found),
        used=sum(count.used for count in by_shop),
        worth_minor=sum(coupon.committed_minor for coupon in found),
        budget_minor=sum(budgets) if budgets else None,
        queue=QueueFigures(queue.issued, queue.number, serving, min(queue.issued, max(0, queue.number - serving))),
        vouchers=[_figure(coupon) for coupon in found],
        by_minute=await store.minutes(tx, mall_id=mall_id, festival_id=festival_id, limit=MINUTES),
        shares=await _shares(tx, mall_id, found),
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


async def findings(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> list[rules.Finding]:
    """Return what looks wrong with a festival and is not reported yet. Raises NotFound."""
    row = await get_row(tx, mall_id=mall_id, festival_id=festival_id)
    suspects = await store.suspects(
        tx,
        mall_id=mall_id,
        festival_id=festival_id,
        device_max=row.device_claims_max,
        address_max=row.address_claims_max,
    )
    odd = [rules.odd_source(one, row.device_claims_max, row.address_claims_max) for one in suspects]
    uses = await _uses(tx, row)
    return [*(one for one in odd if one is not None), *rules.odd_shops(uses, row.shop_uses_min, row.shop_factor)]


async def _uses(tx: ReadTx, row: store.Row) -> list[rules.ShopUse]:
    """Return the uses by shop with what was forgiven; a shop whose anomaly is open is not told of again."""
    counts = await store.shops(tx, mall_id=row.mall_id, festival_id=row.id)
    forgiven = {one.key: one for one in await store.forgiven_shops(tx, mall_id=row.mall_id, festival_id=row.id)}
    counts = [count for count in counts if count.shop_id != ONLINE]
    names = await _shop_names(tx, row.mall_id, [count.shop_id for count in counts])
    return [
        rules.ShopUse(
            count.shop_id,
            *names.get(count.shop_id, ("", "")),
            count.used,
            count.usual,
            count.used if known is not None and known.open else known.seen if known is not None else 0,
        )
        for count in counts
        for known in [forgiven.get(str(count.shop_id))]
    ]


async def figures(
    tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId
) -> tuple[list[store.MinuteCount], list[store.ShopCount]]:
    """Return the claims of the minutes that may still change, and the uses by shop. Raises NotFound."""
    row = await get_row(tx, mall_id=mall_id, festival_id=festival_id)
    last = await store.last_minute(tx, mall_id=mall_id, festival_id=festival_id)
    since = row.opens_at if last is None else last - YOUNG
    claims = await coupons.claims_by_minute(
        tx, mall_id=mall_id, coupon_ids=row.coupon_ids, since=since.replace(second=0, microsecond=0)
    )
    known = await store.counted_minutes(tx, mall_id=mall_id, festival_id=festival_id, since=since - YOUNG)
    minutes = [store.MinuteCount(one.coupon_id, one.minute, one.claimed) for one in claims]
    return [one for one in minutes if one not in known], await _new_uses(tx, row)


async def _new_uses(tx: ReadTx, row: store.Row) -> list[store.ShopCount]:
    """Return the uses by shop that differ from those counted before."""
    known = {one.shop_id: one for one in await store.shops(tx, mall_id=row.mall_id, festival_id=row.id)}
    uses = await coupons.uses_by_shop(tx, mall_id=row.mall_id, coupon_ids=row.coupon_ids)
    usual = {shop_id: one.usual for shop_id, one in known.items()}
    if any((one.shop_id or ONLINE) not in known for one in uses):
        before = row.opens_at - USUAL
        usual = await redemption.by_shop(tx, mall_id=row.mall_id, since=before, until=row.opens_at)
    counts = [store.ShopCount(one.shop_id or ONLINE, one.used, usual.get(one.shop_id or ONLINE, 0)) for one in uses]
    return [one for one in counts if known.get(one.shop_id) != one]


async def _shares(tx: ReadTx, mall_id: MallId, found: list[coupons.Coupon]) -> list[ShareFigure]:
    return [
        ShareFigure(
            coupon_id=coupon.id,
            opens_at=pool.starts_at,
            district=pool.district,
            tier=pool.tier,
            total=pool.total + pool.carried,
            claimed=pool.claimed,
        )
        for coupon in found
        if coupon.pooled
        for pool in await coupons.list_pools(tx, mall_id=mall_id, coupon_id=coupon.id)
    ]


def _figure(coupon: coupons.Coupon) -> VoucherFigures:
    return VoucherFigures(
        coupon_id=coupon.id,
        title_zh=coupon.title_zh,
        title_en=coupon.title_en,
        state=coupon.state,
        total=coupon.total,
        claimed=coupon.claimed,
    )


async def _shop_names(tx: ReadTx, mall_id: MallId, shop_ids: list[ShopId]) -> dict[ShopId, tuple[str, str]]:
    shown_as = {ONLINE: ("线上订单", "Orders online")}
    if not shop_ids:
        return shown_as
    reach = Reach(everything=False, merchant_ids=[], shop_ids=shop_ids)
    page = await malls.list_shops(tx, mall_id, reach=reach, limit=len(shop_ids))
    return shown_as | {shop.id: (shop.name_zh, shop.name_en) for shop in page.items}


def iso(moment: datetime) -> str:
    """Return a moment as the API writes it."""
    return moment.isoformat().replace("+00:00", "Z")
