"""From basket to order, and back when it is not paid."""

from datetime import datetime, timedelta

from galleria.commerce import checkout
from galleria.commerce.checkout import Channel
from galleria.commerce.orders import OrderState, Way
from galleria.foundation import catalog
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId
from galleria.onsite.scango import queries, rules, store
from galleria.onsite.scango.model import AgeNotApproved, BasketEmpty, GoodGone, Pay, ScanState, SessionEnded, SessionId
from galleria.onsite.scango.operations.gate import settle_paid
from galleria.onsite.scango.operations.scanning import require_open, require_terms, tell
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import payments


async def pay(
    tx: Tx,
    *,
    mall_id: MallId,
    session_id: SessionId,
    member_id: MemberId,
    wanted: Pay,
    providers: payments.Providers,
    origin: str,
    hold: timedelta,
    key: bytes,
    now: datetime,
) -> checkout.PlacedOrder:
    """Make an open basket an order: stock, offers and price are settled now, all of it or nothing.

    Raises NotFound, SessionEnded, SessionWaiting, NotOffered, BasketEmpty, AgeNotApproved, GoodGone and checkout's
    refusals: TotalChanged when the price is not the one shown, stock.OutOfStock when another has taken the last.
    """
    session = await require_open(tx, mall_id, session_id, member_id)
    await require_terms(tx, session)
    items = await store.items(tx, mall_id, session_id)
    if not items:
        raise BasketEmpty
    needed = rules.needed_age(items)
    if needed > session.approved_age:
        raise AgeNotApproved(min_age=needed)
    found = await catalog.sellable(tx, mall_id, list(dict.fromkeys(item.variant_id for item in items)))
    goods = {good.variant_id: good for good in found}
    gone = next((item for item in items if item.variant_id not in goods), None)
    if gone is not None:
        raise GoodGone(barcode=gone.code)
    placed = await checkout.place_items(
        tx,
        mall_id=mall_id,
        member_id=member_id,
        items=queries.basket_items(items, goods),
        channel=Channel.SCAN,
        way=Way.CARRIED,
        claim_ids=wanted.claim_ids,
        points=wanted.points,
        stored_value_minor=wanted.stored_value_minor,
        provider=providers.get(wanted.provider) if wanted.provider else providers.preferred,
        scene=wanted.scene,
        split=None,
        shown_total_minor=wanted.shown_total_minor,
        origin=origin,
        hold=hold,
        now=now,
    )
    await store.mark_placed(tx, mall_id, session_id, placed.id, now)
    tell(tx, session, "scango.placed")
    if placed.state is OrderState.PAID:
        await settle_paid(tx, mall_id=mall_id, order_id=placed.id, key=key, now=now)
    return placed


async def back(tx: Tx, *, mall_id: MallId, session_id: SessionId, member_id: MemberId, now: datetime) -> SessionId:
    """Cancel the order that waits for payment and go on with the basket.

    Raises NotFound, SessionEnded when there is none, and checkout's refusals when it is paid meanwhile.
    """
    session = await store.lock(tx, mall_id, session_id, member_id)
    if session is None:
        raise NotFound
    if session.state is not ScanState.PLACED or session.order_id is None:
        raise SessionEnded(state=session.state.value)
    await checkout.cancel(tx, mall_id=mall_id, order_id=session.order_id, member_id=member_id, now=now)
    await store.back_to_open(tx, mall_id, session.order_id, now)
    tell(tx, session, "scango.reopened")
    return session_id


async def abandon(tx: Tx, *, now: datetime) -> int:
    """Give up the baskets that nobody has touched for as long as their shops wait; returns how many."""
    idle = await store.abandon_idle(tx, now)
    for one in idle:
        topics = (f"member:{one.member_id}", f"shop:{one.shop_id}")
        tx.emit(Event("scango.abandoned", one.id, {"session_id": str(one.id)}, topics))
    return len(idle)
