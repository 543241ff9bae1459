"""Gathering what a simulation works on."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from galleria.foundation import malls
from galleria.insight.simulation import store
from galleria.insight.simulation.model import Material, Replay, SimulatedBasket, SimulationRequest
from galleria.insight.simulation.store import ReplayLine, ReplayOrder
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MallId, OfferId, new_id
from galleria.kernel.periods import Period, business_date, business_day
from galleria.platform.actors import Actor, Permission, Reach
from galleria.platform.tx import ReadTx
from galleria.value import offers
from galleria.value.promotions import BasketLine, Facts, Offer

DAYS_SHOWN = 7
DAYS_MAX = 92


async def material(tx: ReadTx, *, actor: Actor, mall_id: MallId, request: SimulationRequest, now: datetime) -> Material:
    """Return what to simulate: the live offers, the drafts, the baskets, all within the actor's reach.

    Raises Forbidden for who may manage no offers here or not one of the drafts, NotFound for a draft that is none,
    Invalid for days in the wrong order or too many, and for goods that are not there.
    """
    reach = actor.reach(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    mall = await malls.get_mall(tx, mall_id)
    drafts = await _drafts(tx, actor, mall_id, request, now)
    live = await offers.book(tx, mall_id)
    if request.lines:
        baskets, skipped = [await _asked(tx, mall_id, reach, request, now.astimezone(ZoneInfo(mall.time_zone)))], 0
    else:
        period = _period(request.replay, mall.time_zone, now)
        most = request.replay.orders_max if request.replay else Replay.__struct_defaults__[-1]
        found = await store.orders(tx, mall_id, reach, period, most)
        baskets = [_replayed(order, mall.time_zone) for order in found if order.lines]
        skipped = len(found) - len(baskets)
    variants = {line.variant_id for basket in baskets for line in basket.lines}
    return Material(
        currency=mall.currency,
        now=now,
        live=list(live.by_id.values()),
        drafts=drafts,
        baskets=baskets,
        skipped=skipped,
        costs={one.variant_id: one.cost_minor for one in await store.costs(tx, mall_id, list(variants))},
        names={one.id: (one.name_zh, one.name_en) for one in await store.names(tx, mall_id)},
    )


async def _drafts(tx: ReadTx, actor: Actor, mall_id: MallId, request: SimulationRequest, now: datetime) -> list[Offer]:
    found: list[Offer] = []
    for offer_id in dict.fromkeys(request.offer_ids):
        detail = await offers.get_managed(tx, actor=actor, mall_id=mall_id, offer_id=offer_id, now=now)
        newest = detail.versions[0]
        found += offers.engine_offers(offer_id=offer_id, version=newest.version, terms=newest.terms)
    for terms in request.terms:
        found += offers.engine_offers(offer_id=OfferId(new_id()), version=1, terms=terms)
    return found


async def _asked(
    tx: ReadTx, mall_id: MallId, reach: Reach, request: SimulationRequest, local: datetime
) -> SimulatedBasket:
    wanted: dict[object, int] = {}
    for line in request.lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    ids = list(dict.fromkeys(line.variant_id for line in request.lines))
    found = await store.goods(tx, mall_id, reach, ids, [wanted[one] for one in ids])
    known = {line.variant_id for line in found}
    for number, line in enumerate(request.lines):
        if line.variant_id not in known:
            raise Invalid.field(f"lines[{number}].variant_id", "offer_good_unknown")
    return SimulatedBasket(number=None, member_id=None, local=local, facts=Facts(member=True), lines=_lines(found))


def _period(replay: Replay | None, zone: str, now: datetime) -> Period:
    today = business_date(now, zone)
    first, last = (today - timedelta(days=DAYS_SHOWN), today) if replay is None else (replay.first, replay.last)
    if first > last:
        raise Invalid.field("replay.first", "day_order")
    if (last - first).days >= DAYS_MAX:
        raise Invalid.field("replay.first", "day_range", days=DAYS_MAX)
    return Period(business_day(first, zone).starts_at, business_day(last, zone).ends_at)


def _replayed(order: ReplayOrder, zone: str) -> SimulatedBasket:
    birthday = (order.birth_month, order.birth_day) if order.birth_month and order.birth_day else None
    return SimulatedBasket(
        number=order.number,
        member_id=order.member_id,
        local=order.placed_at.astimezone(ZoneInfo(zone)),
        facts=Facts(member=True, new_customer=order.first_order, birthday=birthday, tier=order.tier),
        lines=_lines(order.lines),
    )


def _lines(lines: Iterable[ReplayLine] | Sequence[ReplayLine]) -> list[BasketLine]:
    return [
        BasketLine(
            key=line.key,
            shop_id=line.shop_id,
            merchant_id=line.merchant_id,
            category_ids=line.category_ids,
            product_id=line.product_id,
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
        )
        for line in lines
    ]
