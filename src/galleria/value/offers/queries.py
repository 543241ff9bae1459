"""Reads of offers."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from galleria.foundation import catalog, malls, staff
from galleria.kernel.errors import Forbidden, Invalid, NotFound
from galleria.kernel.ids import HouseholdId, MallId, MemberId, MerchantId, OfferId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.kernel.periods import business_date, business_day
from galleria.platform.actors import Actor, Permission
from galleria.platform.db import Database
from galleria.platform.tx import ReadTx, Tx
from galleria.value import promotions, stock
from galleria.value.offers import rules, store
from galleria.value.offers.model import (
    FlashGood,
    FlashSales,
    FlashSession,
    LiveBook,
    LiveTerms,
    ManagedOffer,
    OfferCalendar,
    OfferDetail,
    OfferPhase,
    OfferState,
    OfferTerms,
    OfferVersion,
    ShopperOffers,
    Sponsors,
    VersionRow,
)

AHEAD = timedelta(days=7)
"""How far ahead shoppers are shown what comes."""

CALENDAR_MAX = timedelta(days=100)
GOODS_MAX = 60
"""So many goods of one flash sale are shown, the popular ones first."""


async def book(
    tx: ReadTx, mall_id: MallId, *, now: datetime | None = None, shown_for: timedelta | None = None
) -> LiveBook:
    """Return a mall's live offers compiled for pricing, as of now: kept in the process by the mall's stamp.

    One tiny statement while nothing changed, two after a change; with `shown_for`, none when the process has looked
    not longer before `now` and was told of no change: good enough to show a price, not to sell at it. Offers not
    started yet are in it; the engine looks at the clock. What is over is left out once its end is announced.
    """
    known, seen_at = _books.get(mall_id), _seen.get(mall_id)
    if known is not None and seen_at is not None and now and shown_for and seen_at >= now - shown_for:
        return known
    stamp = await store.stamp(tx, mall_id)
    if _is_changing(tx):
        return rules.compile_live(stamp, await store.live(tx, mall_id))
    if known is None or known.stamp != stamp:
        async with _loading.setdefault(mall_id, asyncio.Lock()):
            known = _books.get(mall_id)
            if known is None or known.stamp < stamp:
                known = _books[mall_id] = rules.compile_live(stamp, await store.live(tx, mall_id))
    if now is not None:
        _seen[mall_id] = now
    return known


def _is_changing(tx: ReadTx) -> bool:
    """Return whether a transaction changes itself what is live: what it sees may never come to be, and is not kept."""
    return isinstance(tx, Tx) and any(event.kind == "offers.changed" for event in tx.events)


def doubt(mall_ids: Iterable[MallId]) -> None:
    """Have this process look again before it shows what was live, because it is changing that itself."""
    for mall_id in mall_ids:
        _seen.pop(mall_id, None)


_books: dict[MallId, LiveBook] = {}
_seen: dict[MallId, datetime] = {}
_loading: dict[MallId, asyncio.Lock] = {}


async def used(
    tx: ReadTx,
    *,
    mall_id: MallId,
    ids: Collection[UUID],
    member_id: MemberId | None,
    household_id: HouseholdId | None,
    day: date,
) -> dict[UUID, promotions.Used]:
    """Return how much of the limits of offers is used up, by id of the engine's offer; what has no use is left out.

    `ids` should be those of `LiveBook.limited` that matter; `day` is the mall's. One statement, none for no ids.
    """
    if not ids:
        return {}
    keys = rules.counter_keys(member_id=member_id, household_id=household_id, day=day)
    return rules.used_by_id(await store.used(tx, mall_id=mall_id, ids=ids, keys=keys))


async def priced_with(tx: ReadTx, mall_id: MallId, uses: Sequence[promotions.Use]) -> dict[UUID, promotions.Offer]:
    """Return the offers a basket was priced with, in the versions it was priced with.

    No statement while the process has them at hand; one for versions that were superseded meanwhile.
    """
    known = _books.get(mall_id)
    at_hand = {} if known is None else known.by_id
    found = {use.id: at_hand[use.id] for use in uses if use.id in at_hand and at_hand[use.id].version == use.version}
    missing = {(use.offer_id, use.version) for use in uses if use.id not in found}
    if missing:
        for row in await store.terms_of(tx, mall_id=mall_id, pairs=missing):
            for offer in rules.engine_offers(offer_id=row.id, version=row.version, terms=row.terms):
                found[offer.id] = offer
    return found


async def list_live(
    tx: ReadTx, *, mall_id: MallId, now: datetime, shop_id: ShopId | None = None, limit: int = 100
) -> ShopperOffers:
    """Return the offers that hold now or within a week (of one shop), those that hold first, then by start."""
    await malls.mall_target(tx, mall_id)
    live = (await book(tx, mall_id)).live
    if shop_id is not None:
        live = await _touching(tx, mall_id, shop_id, live)
    shown = [one for row in live if (one := rules.as_shown(row, now=now, until=now + AHEAD)) is not None]
    return ShopperOffers(sorted(shown, key=rules.shelf_order)[:limit], server_now=now)


async def _touching(tx: ReadTx, mall_id: MallId, shop_id: ShopId, live: Sequence[LiveTerms]) -> tuple[LiveTerms, ...]:
    """Return the terms that hold for some goods of a shop."""
    shop = await malls.get_shop(tx, mall_id, shop_id)
    goods = {
        g for row in live for _, scope in rules.scopes(row.terms) for g in (*scope.product_ids, *scope.variant_ids)
    }
    shop_of = await catalog.shops_of(tx, mall_id, goods)
    return tuple(
        row
        for row in live
        if any(
            rules.touches(scope, shop_id=shop_id, merchant_id=shop.merchant_id, shop_of_good=shop_of)
            for _, scope in rules.scopes(row.terms)
        )
    )


async def flash_sales(tx: ReadTx, *, mall_id: MallId, now: datetime) -> FlashSales:
    """Return the flash sale sessions of today and of the week to come, with goods, prices and what is left."""
    mall = await malls.get_mall(tx, mall_id)
    since = business_day(business_date(now, mall.time_zone), mall.time_zone).starts_at
    sales = [
        (row, sessions)
        for row in (await book(tx, mall_id)).live
        if (sessions := [s for s in row.terms.sessions if s.ends_at > since and s.starts_at < now + AHEAD])
    ]
    ids = [s.id for _, sessions in sales for s in sessions if s.id is not None]
    sold = {c.id: c.used for c in await store.used(tx, mall_id=mall_id, ids=ids, keys=[("total", "")])} if ids else {}
    shown: list[FlashSession] = []
    for row, sessions in sales:
        goods = await _goods(tx, mall_id, row.terms)
        shown += [rules.flash_session(row, s, sold=sold.get(s.id or row.id, 0), goods=goods, now=now) for s in sessions]
    shown.sort(key=lambda s: (s.starts_at, s.id))
    return FlashSales(sessions=shown, server_now=now, currency=mall.currency)


async def _goods(tx: ReadTx, mall_id: MallId, terms: OfferTerms) -> list[FlashGood]:
    scope = terms.discounted or terms.counted
    found = await catalog.sellable_in(tx, mall_id, **msgspec.structs.asdict(scope), limit=GOODS_MAX)
    left = await stock.available(tx, mall_id, [good.variant_id for good in found])
    return [rules.flash_good(good, terms.benefit, left[good.variant_id]) for good in found]


async def require(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    merchant_id: MerchantId | None,
    shop_ids: Collection[UUID],
    permission: Permission = Permission.OFFER_MANAGE,
) -> None:
    """Raise Forbidden unless the actor may do this to what a merchant (or, without one, the mall) owns.

    Who manages a merchant may; who manages some of its shops may when it concerns these only. Raises NotFound for a
    shop or mall that is none.
    """
    target = await malls.mall_target(tx, mall_id)
    if merchant_id is None:
        actor.require(permission, target)
        return
    if actor.may(permission, msgspec.structs.replace(target, merchant_id=merchant_id)):
        return
    if not shop_ids:
        raise Forbidden
    for shop_id in shop_ids:
        shop = await malls.shop_target(tx, mall_id, ShopId(shop_id))
        actor.require(permission, shop)
        if shop.merchant_id != merchant_id:
            raise Forbidden


async def list_managed(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    now: datetime,
    state: OfferState | None = None,
    phase: OfferPhase | None = None,
    merchant_id: MerchantId | None = None,
    words: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ManagedOffer]:
    """Return the offers the actor may manage, newest first; raises Forbidden when there can be none."""
    reach = actor.reach(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    rows = await store.list_managed(
        tx,
        mall_id=mall_id,
        reach=reach,
        state=state,
        phase=phase,
        merchant_id=merchant_id,
        words=None if words is None else words.replace("\x00", ""),
        before=None if cursor is None else decode_cursor(cursor, tuple[UUID])[0],
        now=now,
        limit=limit + 1,
    )
    return page_of(rows, limit, lambda row: (row.id,))


async def get_offer(tx: ReadTx, *, mall_id: MallId, offer_id: OfferId, now: datetime) -> ManagedOffer:
    """Return an offer as its makers see it, whoever asks; raises NotFound."""
    found = await store.find(tx, mall_id=mall_id, offer_id=offer_id, now=now)
    if found is None:
        raise NotFound
    return found


async def get_managed(tx: ReadTx, *, actor: Actor, mall_id: MallId, offer_id: OfferId, now: datetime) -> OfferDetail:
    """Return an offer with its versions; raises NotFound, Forbidden."""
    target = await malls.mall_target(tx, mall_id)
    offer = await get_offer(tx, mall_id=mall_id, offer_id=offer_id, now=now)
    await require(tx, actor=actor, mall_id=mall_id, merchant_id=offer.merchant_id, shop_ids=offer.shop_ids)
    rows = await store.versions(tx, mall_id=mall_id, offer_id=offer_id)
    names = await staff.names(tx, target.group_id, {row.made_by for row in rows if row.made_by is not None})
    taken = await store.tally(tx, mall_id=mall_id, offer_id=offer_id)
    versions = [
        OfferVersion(
            version=row.version,
            terms=row.terms,
            made_by=row.made_by,
            made_by_name="" if row.made_by is None else names.get(row.made_by, ""),
            at=row.at,
            restored_from=row.restored_from,
            approved_at=row.approved_at,
        )
        for row in rows
    ]
    return OfferDetail(
        offer=offer, versions=versions, orders=taken.orders, units=taken.units, spent_minor=taken.spent_minor
    )


async def get_version(tx: ReadTx, *, mall_id: MallId, offer_id: OfferId, version: int) -> VersionRow:
    """Return one version of an offer beside the one before it; raises NotFound."""
    found = await store.find_version(tx, mall_id=mall_id, offer_id=offer_id, version=version)
    if found is None:
        raise NotFound
    return found


async def list_versions(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    offer_id: UUID | None = None,
    before: tuple[datetime, UUID, int] | None = None,
    limit: int = 50,
) -> list[VersionRow]:
    """Return versions of the offers the actor may manage, newest first; `before` is the last (at, offer, version)."""
    reach = actor.reach(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    return await store.list_versions(tx, mall_id=mall_id, reach=reach, offer_id=offer_id, before=before, limit=limit)


async def calendar(
    tx: ReadTx, *, actor: Actor, mall_id: MallId, starting: datetime, ending: datetime, now: datetime
) -> OfferCalendar:
    """Return the offers and sessions the actor may manage that touch a period of at most 100 days, by start.

    Raises Forbidden, Invalid.
    """
    reach = actor.reach(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    if not timedelta() < ending - starting <= CALENDAR_MAX:
        raise Invalid.field("to", "offer_calendar_period", days=CALENDAR_MAX.days)
    rows = await store.due_between(tx, mall_id=mall_id, reach=reach, starting=starting, ending=ending, now=now)
    entries = [entry for row in rows for entry in rules.entries(row, starting, ending, now)]
    return OfferCalendar(sorted(entries, key=lambda e: (e.starts_at, e.offer_id)))


async def list_sponsors(tx: ReadTx, *, actor: Actor, mall_id: MallId) -> Sponsors:
    """Return the sponsors the actor may name in shares: all, or those its merchants have agreed with."""
    reach = actor.reach(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    found = await store.sponsors(tx, mall_id)
    if reach.everything:
        return Sponsors(found)
    own = {*reach.merchant_ids}
    for shop_id in reach.shop_ids:
        own.add((await malls.get_shop(tx, mall_id, shop_id)).merchant_id)
    return Sponsors([sponsor for sponsor in found if own & {MerchantId(m) for m in sponsor.merchant_ids}])


async def any_due(db: Database, *, now: datetime) -> bool:
    """Return whether starts or ends wait to be announced."""
    async with db.read() as tx:
        return await store.any_due(tx, now=now)
