"""Any split of any refunds, in any order, gives back exactly what was paid."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.orders import OrderState, OrderView, SubOrderState
from galleria.commerce.orders import rules as order_rules
from galleria.commerce.orders.model import LineRow, OrderRow, SubOrderRow
from galleria.commerce.returns import Wanted, WantedLine, rules
from galleria.kernel.allocation import allocate
from galleria.kernel.ids import (
    ClaimId,
    GroupId,
    LineId,
    MallId,
    MemberId,
    MerchantId,
    OrderId,
    ProductId,
    RefundId,
    ShopId,
    SubOrderId,
    VariantId,
    new_id,
)
from galleria.value import points

AT = datetime(2026, 3, 9, tzinfo=UTC)
MALL = MallId(new_id())


def part(lines: list[LineRow]) -> SubOrderRow:
    paid = sum(sum(line.unit_paid_minor) for line in lines)
    return SubOrderRow(
        id=lines[0].sub_order_id,
        shop_id=ShopId(new_id()),
        merchant_id=MerchantId(new_id()),
        shop_zh="一号店",
        shop_en="Shop 1",
        state=SubOrderState.PREPARING,
        goods_minor=sum(line.unit_price_minor * line.quantity for line in lines),
        discount_minor=sum(line.unit_price_minor * line.quantity for line in lines) - paid,
        payable_minor=paid,
        refunded_minor=0,
        ready_at=None,
        fulfilled_at=None,
    )


@st.composite
def orders(draw: st.DrawFn) -> OrderRow:
    """An order of one to three shops whose discount is frozen per unit, part of it the mall's."""
    shops = [
        draw(st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 5)), min_size=1, max_size=3))
        for _ in range(draw(st.integers(1, 3)))
    ]
    prices = [price for shop in shops for price, count in shop for _ in range(count)]
    off = allocate(draw(st.integers(0, sum(prices))), prices)
    mall_share = draw(st.integers(0, 100))
    lines: list[LineRow] = []
    for shop in shops:
        sub_order_id = SubOrderId(new_id())
        for price, count in shop:
            mine, off = off[:count], off[count:]
            lines.append(line(sub_order_id, price, mine, mall_share))
    parts = [part([one for one in lines if one.sub_order_id == key]) for key in {x.sub_order_id: 0 for x in lines}]
    paid = sum(p.payable_minor for p in parts)
    goods = sum(p.goods_minor for p in parts)
    return OrderRow(
        id=OrderId(new_id()),
        group_id=GroupId(new_id()),
        number="261121-7K3M9QXA",
        member_id=MemberId(new_id()),
        state=OrderState.PAID,
        currency="CNY",
        goods_minor=goods,
        discount_minor=goods - paid,
        payable_minor=paid,
        refunded_minor=0,
        claim_id=ClaimId(new_id()),
        placed_at=AT,
        expires_at=AT,
        paid_at=AT,
        ended_at=None,
        explanation=[],
        sub_orders=parts,
        lines=lines,
    )


def line(sub_order_id: SubOrderId, price: int, off: list[int], mall_share: int) -> LineRow:
    return LineRow(
        id=LineId(new_id()),
        sub_order_id=sub_order_id,
        variant_id=VariantId(new_id()),
        product_id=ProductId(new_id()),
        kind="physical",
        sku="S",
        name_zh="拿铁",
        name_en="Latte",
        option_zh="",
        option_en="",
        picture=None,
        quantity=len(off),
        unit_price_minor=price,
        unit_paid_minor=[price - one for one in off],
        unit_mall_funded_minor=[one * mall_share // 100 for one in off],
        refunded_units=[],
        fulfilled_units=[],
    )


def after(row: OrderRow, plan: Any) -> OrderRow:
    """Return the order as the database holds it once a plan is recorded."""
    units = {one.line_id: one.units for one in plan.lines}
    by_part: dict[SubOrderId, int] = {}
    for one in plan.lines:
        by_part[one.sub_order_id] = by_part.get(one.sub_order_id, 0) + one.amount_minor
    replace = msgspec.structs.replace
    return replace(
        row,
        refunded_minor=row.refunded_minor + plan.amount_minor,
        lines=[replace(x, refunded_units=[*x.refunded_units, *units.get(x.id, [])]) for x in row.lines],
        sub_orders=[replace(p, refunded_minor=p.refunded_minor + by_part.get(p.id, 0)) for p in row.sub_orders],
    )


def wanted(draw: st.DrawFn, view: OrderView) -> Wanted:
    """Some units that are still there, of some lines, by position or by count."""
    lines = []
    for one in rules.lines_of(view).values():
        free = rules.free_units(one, by_member=True)
        chosen = draw(st.lists(st.sampled_from(free), unique=True)) if free else []
        if chosen and draw(st.booleans()):
            lines.append(WantedLine(line_id=one.id, count=len(chosen)))
        elif chosen:
            lines.append(WantedLine(line_id=one.id, units=chosen))
    return Wanted(lines=lines) if lines else Wanted(everything=True)


@given(st.data())
def test_refunds_in_any_order_sum_to_what_was_paid(data: st.DataObject) -> None:
    row = data.draw(orders())
    order, given_back, funded, accounts = row, 0, 0, {}
    taken, bp = 0, 12_345
    earned = {p.id: points.points_for(p.payable_minor, bp) for p in row.sub_orders}
    kept = dict(earned)
    for _ in range(40):
        view = order_rules.view(order)
        if not any(rules.free_units(one, by_member=True) for one in rules.lines_of(view).values()):
            break
        chosen = rules.choose(view, wanted(data.draw, view), by_member=True)
        plan = order_rules.plan_refund(order, chosen, open_only=True)
        assert plan.amount_minor >= 0
        assert plan.mall_funded_minor >= 0
        assert all(minor >= 0 for minor in plan.remaining.values())
        entry = rules.entry(RefundId(new_id()), MALL, "CNY", plan.lines)
        for posting in entry.postings if entry else []:
            key = (posting.account.kind.value, posting.account.owner_id)
            accounts[key] = accounts.get(key, 0) + posting.amount
        order = after(order, plan)
        given_back, funded = given_back + plan.amount_minor, funded + plan.mall_funded_minor
        for sub_order_id, before in list(kept.items()):
            kept[sub_order_id] = min(before, points.points_for(plan.remaining[str(sub_order_id)], bp))
            taken += before - kept[sub_order_id]
        last = all(len(one.refunded_units) == one.quantity for one in order.lines)
        assert plan.everything is last
    assert given_back == row.payable_minor
    assert funded == sum(sum(one.unit_mall_funded_minor) for one in row.lines)
    assert taken == sum(earned.values())
    assert sum(accounts.values()) == 0
    for p in row.sub_orders:
        share = sum(sum(x.unit_mall_funded_minor) for x in row.lines if x.sub_order_id == p.id)
        assert accounts.get(("merchant_payable", p.merchant_id), 0) == -(p.payable_minor + share)


@given(orders())
def test_a_unit_that_went_back_does_not_go_back_again(row: OrderRow) -> None:
    view = order_rules.view(row)
    plan = order_rules.plan_refund(row, rules.choose(view, Wanted(everything=True), by_member=True), open_only=True)
    gone = order_rules.view(after(row, plan))
    assert {kept.code for kept in rules.kept(gone, by_member=True)} == {"unit_refunded"}
    assert plan.amount_minor == row.payable_minor
