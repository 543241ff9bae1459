"""Looking at refunds, and computing one without making it."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from galleria.commerce import fulfilment, orders
from galleria.commerce.returns import rules, store
from galleria.commerce.returns.model import Back, BackView, NewRefund, NothingToRefund, Refund, RefundPreview, Wanted
from galleria.foundation import malls, members
from galleria.kernel.ids import LineId, MallId, MemberId, OrderId, RefundId, SubOrderId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx
from galleria.value import payments, points

CASH_TOLD = {
    orders.CashState.REQUESTED: payments.RefundState.REQUESTED.value,
    orders.CashState.PAID: payments.RefundState.SUCCEEDED.value,
}
EVERYTHING = Reach(everything=True, merchant_ids=[], shop_ids=[])


async def require_mine(tx: ReadTx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId) -> None:
    """Raise NotFound unless the order is the member's."""
    await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=member_id)


async def require_reach(tx: ReadTx, *, mall_id: MallId, order_id: OrderId, reach: Reach) -> None:
    """Raise NotFound unless some shop of the order lies within the reach."""
    await orders.get_order(tx, mall_id=mall_id, order_id=order_id, reach=reach)


async def preview(
    tx: ReadTx, *, mall_id: MallId, order_id: OrderId, wanted: Wanted, reach: Reach | None
) -> RefundPreview:
    """Return what a refund of `wanted` would do now, writing nothing; with nothing wanted, only what may go back.

    `reach` is the staff's; None means the member asks. Raises what `operations.refund` would raise for the units.
    """
    by_member = reach is None
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, reach=reach)
    if order.state is not orders.OrderState.PAID:
        raise orders.NotPaid
    asked = wanted.everything or bool(wanted.lines)
    gone = await dispatched(tx, mall_id, order)
    away = away_lines(order, gone)
    free = _all_free(order, by_member=by_member, away=away)
    whole = await _plan(tx, mall_id, order_id, free, gone, with_delivery=False)
    plan = await _plan(
        tx,
        mall_id,
        order_id,
        rules.choose(order, wanted, by_member=by_member, away=away),
        gone,
        with_delivery=wanted.with_delivery and not by_member,
    ) if asked else None  # fmt: skip
    return RefundPreview(
        order_id=order.id,
        order_number=order.number,
        currency=order.currency,
        amount_minor=plan.amount_minor if plan else 0,
        points_to_take=0 if plan is None else await _points(tx, mall_id, order_id, plan),
        coupon_back=plan is not None and plan.everything and bool(plan.claim_ids),
        lines=rules.describe(order, plan.lines) if plan else [],
        refundable=rules.describe(order, whole.lines) if whole else [],
        kept=rules.kept(order, by_member=by_member, away=away),
        remaining_minor=order.payable_minor - order.refunded_minor - (plan.amount_minor if plan else 0),
        deliveries=rules.describe_fees(order, plan.deliveries) if plan else [],
        backs=rules.backs(plan.backs) if plan else [],
    )


async def dispatched(tx: ReadTx, mall_id: MallId, order: orders.OrderView) -> frozenset[SubOrderId]:
    """Return the parts of which something has left the shop; asks only when something was booked for the order."""
    if all(part.promised_by is None for part in order.sub_orders):
        return frozenset()
    standing = await fulfilment.standing(tx, mall_id=mall_id, order_id=order.id)
    return frozenset(one.sub_order_id for one in standing if one.dispatched and not one.ended)


def away_lines(order: orders.OrderView, gone: frozenset[SubOrderId]) -> frozenset[LineId]:
    """Return the lines of the parts that are on their way."""
    return frozenset(line.id for part in order.sub_orders if part.id in gone for line in part.lines)


def _all_free(order: orders.OrderView, *, by_member: bool, away: frozenset[LineId]) -> rules.Chosen:
    try:
        return rules.choose(order, Wanted(everything=True), by_member=by_member, away=away)
    except NothingToRefund:
        return {}


async def _plan(
    tx: ReadTx,
    mall_id: MallId,
    order_id: OrderId,
    chosen: rules.Chosen,
    gone: frozenset[SubOrderId],
    *,
    with_delivery: bool,
) -> orders.RecordedRefund | None:
    if not chosen:
        return None
    return await orders.plan_refund(
        tx, mall_id=mall_id, order_id=order_id, units=chosen, with_delivery=with_delivery, on_the_way=gone
    )


async def _points(tx: ReadTx, mall_id: MallId, order_id: OrderId, plan: orders.RecordedRefund) -> int:
    return await points.would_take(tx, mall_id=mall_id, order_id=order_id, remaining=remaining(plan))


def remaining(plan: orders.RecordedRefund) -> dict[SubOrderId, int]:
    """Return what each sub-order still costs after a refund, for points."""
    return {SubOrderId(UUID(sub_order_id)): minor for sub_order_id, minor in plan.remaining.items()}


async def list_refunds(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach | None = None,
    order_id: OrderId | None = None,
    shop_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Refund]:
    """Return refunds within a reach (None: all), the newest first, with how far their money is.

    Of a refund that spans shops, a narrower reach sees its own lines and their sum.
    """
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_refunds(
        tx,
        mall_id,
        reach=reach or EVERYTHING,
        order_id=order_id,
        shop_id=shop_id,
        before=before,
        limit=limit + 1,
    )
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page(await views(tx, mall_id, page.items), page.next_cursor)


async def views(tx: ReadTx, mall_id: MallId, rows: Sequence[store.RefundRow]) -> list[Refund]:
    """Return stored refunds as screens show them."""
    states = await _states(tx, mall_id, [back for row in rows for back in row.backs])
    group_id = await malls.group_of(tx, mall_id)
    people = await members.list_members(tx, group_id, sorted({row.member_id for row in rows})) if rows else {}
    return [
        shown(row, [states[back.refund_id] for back in row.backs], members.mask_phone(people[row.member_id].phone))
        for row in rows
    ]


async def _states(tx: ReadTx, mall_id: MallId, backs: Sequence[Back]) -> dict[UUID | None, str]:
    """Return how far each part of a refund's money is, by what pays it out; what nobody need pay out is done."""
    states: dict[UUID | None, str] = {None: payments.RefundState.SUCCEEDED.value}
    cash = [b.refund_id for b in backs if b.refund_id is not None and b.kind is orders.TenderKind.CASH]
    asked = [RefundId(b.refund_id) for b in backs if b.refund_id is not None and b.kind is orders.TenderKind.PROVIDER]
    if asked:
        found = await payments.refund_states(tx, mall_id=mall_id, refund_ids=asked)
        states |= {refund_id: state.value for refund_id, state in found.items()}
    if cash:
        owed = await orders.cash_states(tx, mall_id=mall_id, refund_ids=cash)
        states |= {key: CASH_TOLD[state] for key, state in owed.items()}
    return states


def shown(row: store.RefundRow | NewRefund, states: Sequence[str], member_masked: str) -> Refund:
    """Return one refund as a screen shows it; its amount is that of the lines and fees the asker sees."""
    return Refund(
        id=row.id,
        order_id=row.order_id,
        order_number=row.order_number,
        currency=row.currency,
        amount_minor=sum(line.amount_minor for line in row.lines) + sum(one.amount_minor for one in row.delivery),
        points_taken=row.points_taken,
        coupon_returned=row.coupon_returned,
        reason=row.reason,
        restocked=row.restocked,
        actor_kind=row.actor_kind,
        actor_name=row.actor_name,
        member_masked=member_masked,
        at=row.at,
        money_state=rules.money_state(states),
        kind=row.kind,
        lines=row.lines,
        deliveries=row.delivery,
        backs=[
            BackView(**msgspec.structs.asdict(back), state=state) for back, state in zip(row.backs, states, strict=True)
        ],
    )
