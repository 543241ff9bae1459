"""Any split of any refunds, in any order, gives back exactly what was paid."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.checkout.rules import books
from galleria.commerce.orders import (
    DeliveryOwner,
    OrderState,
    OrderView,
    PaidLine,
    PaidOrder,
    PaidSubOrder,
    RecordedRefund,
    Share,
    SubOrderState,
    Tender,
    TenderKind,
    Way,
)
from galleria.commerce.orders import rules as order_rules
from galleria.commerce.orders.model import AppliedRow, LineRow, OrderRow, SubOrderRow
from galleria.commerce.returns import Wanted, WantedLine, rules
from galleria.foundation import ledger
from galleria.kernel.allocation import allocate
from galleria.kernel.ids import (
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
    TenderId,
    VariantId,
    new_id,
)
from galleria.value import points
from galleria.value.promotions import Funder, Source

AT = datetime(2026, 3, 9, tzinfo=UTC)
MALL = MallId(new_id())
SPONSOR, NEIGHBOUR, GIFT, OFF = (UUID(int=n) for n in (1, 2, 3, 4))
WAITED_FOR = {TenderKind.PROVIDER, TenderKind.CASH}


def part(lines: list[LineRow], merchant_id: MerchantId) -> SubOrderRow:
    paid = sum(sum(line.unit_paid_minor) for line in lines)
    return SubOrderRow(
        id=lines[0].sub_order_id,
        shop_id=ShopId(new_id()),
        merchant_id=merchant_id,
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
    """An order of one to three shops, its discount frozen per unit and shared by everyone; perhaps with a gift."""
    shops = [
        draw(st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 5)), min_size=1, max_size=3))
        for _ in range(draw(st.integers(1, 3)))
    ]
    prices = [price for shop in shops for price, count in shop for _ in range(count)]
    off = allocate(draw(st.integers(0, sum(prices))), prices)
    weights = draw(st.lists(st.integers(0, 100), min_size=4, max_size=4).filter(any))
    lines: list[LineRow] = []
    merchants: dict[SubOrderId, MerchantId] = {}
    for shop in shops:
        sub_order_id = SubOrderId(new_id())
        merchants[sub_order_id] = MerchantId(draw(st.sampled_from([UUID(int=2), UUID(int=9)])))
        for price, count in shop:
            mine, off = off[:count], off[count:]
            lines.append(line(sub_order_id, merchants[sub_order_id], price, mine, weights))
    applied = []
    if draw(st.booleans()):
        lines.append(gift(lines, merchants))
        applied = [earned(lines)]
    parts = [
        brought(draw, part([one for one in lines if one.sub_order_id == key], merchants[key])) for key in merchants
    ]
    paid = sum(p.payable_minor + p.delivery_paid_minor for p in parts)
    goods = sum(p.goods_minor for p in parts)
    order_id = OrderId(new_id())
    return OrderRow(
        id=order_id,
        group_id=GroupId(new_id()),
        number="261121-7K3M9QXA",
        member_id=MemberId(new_id()),
        state=OrderState.PAID,
        currency="CNY",
        goods_minor=goods,
        discount_minor=sum(p.discount_minor for p in parts),
        payable_minor=paid,
        refunded_minor=0,
        claim_ids=[],
        applied=applied,
        granted=[],
        placed_at=AT,
        expires_at=AT,
        paid_at=AT,
        ended_at=None,
        explanation=[],
        sub_orders=parts,
        lines=lines,
        tenders=tendered(draw, order_id, paid),
    )


def brought(draw: st.DrawFn, row: SubOrderRow) -> SubOrderRow:
    """Return a part brought to the door, or not; what is off its fee is borne by its merchant and the mall."""
    fee = draw(st.sampled_from([0, 0, 600, 1201]))
    off = draw(st.integers(0, fee))
    mine = draw(st.integers(0, off))
    shares = [(Funder.MERCHANT, row.merchant_id, mine), (Funder.MALL, None, off - mine)]
    return msgspec.structs.replace(
        row,
        way=Way.DELIVERY if fee else Way.COLLECT,
        delivery_minor=fee,
        delivery_discount_minor=off,
        delivery_owner=draw(st.sampled_from(DeliveryOwner)),
        delivery_shares=[
            Share(id=OFF, offer_id=OFF, version=1, funder=who, funder_id=whose, units=[minor])
            for who, whose, minor in shares
            if minor
        ],
    )


def tendered(draw: st.DrawFn, order_id: OrderId, paid: int) -> list[Tender]:
    """Return what pays for it all: points, stored value, cash, one provider or several."""
    several = draw(st.integers(1, 3))
    kinds = [TenderKind.POINTS, TenderKind.STORED_VALUE, TenderKind.CASH, *[TenderKind.PROVIDER] * several]
    weights = draw(st.lists(st.integers(0, 50), min_size=len(kinds), max_size=len(kinds)).filter(any))
    return [
        Tender(
            id=TenderId(order_id if kind is TenderKind.PROVIDER and several == 1 else new_id()),
            kind=kind,
            amount_minor=minor,
            points=draw(st.integers(1, 10**5)) if kind is TenderKind.POINTS else 0,
            holder_id=MerchantId(NEIGHBOUR) if kind is TenderKind.CASH else None,
        )
        for kind, minor in zip(kinds, allocate(paid, weights), strict=True)
        if minor
    ]


def line(sub_order_id: SubOrderId, merchant: MerchantId, price: int, off: list[int], weights: list[int]) -> LineRow:
    """Return a line; each unit's discount is split among its merchant, the mall, a sponsor and a neighbour."""
    split = [allocate(one, weights) for one in off]
    funders = [
        (Funder.MERCHANT, merchant),
        (Funder.MALL, None),
        (Funder.SPONSOR, SPONSOR),
        (Funder.MERCHANT, NEIGHBOUR),
    ]
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
        unit_fee_minor=[price * 77 // 1000 for _ in off],
        unit_reduced_minor=[0 for _ in off],
        shares=[
            Share(id=OFF, offer_id=OFF, version=1, funder=who, funder_id=whose, units=[parts[n] for parts in split])
            for n, (who, whose) in enumerate(funders)
        ],
        granted_by=None,
        refunded_units=[],
        fulfilled_units=[],
    )


def gift(lines: list[LineRow], merchants: dict[SubOrderId, MerchantId]) -> LineRow:
    """Return a gift of two units from the first shop, paid for by all."""
    first = lines[0].sub_order_id
    given = line(first, merchants[first], 500, [500, 500], [1, 2, 3, 4])
    return msgspec.structs.replace(given, granted_by=GIFT)


def earned(lines: list[LineRow]) -> AppliedRow:
    return AppliedRow(
        id=GIFT,
        offer_id=GIFT,
        version=1,
        source=Source.AUTOMATIC,
        kind="gift",
        title_zh="赠",
        title_en="Gift",
        discount_minor=1000,
        earned_by=[lines[0].id],
    )


def paid_for(row: OrderRow) -> PaidOrder:
    """Return the order as checkout completes it."""
    subs = [
        PaidSubOrder(
            id=p.id,
            shop_id=p.shop_id,
            merchant_id=p.merchant_id,
            shop_zh="",
            shop_en="",
            payable_minor=p.payable_minor,
            delivery_minor=p.delivery_minor,
            delivery_discount_minor=p.delivery_discount_minor,
            delivery_shares=p.delivery_shares,
            delivery_owner=p.delivery_owner,
            lines=[
                msgspec.convert(msgspec.structs.asdict(x) | {"valid_days": None}, PaidLine)
                for x in row.lines
                if x.sub_order_id == p.id
            ],
        )
        for p in row.sub_orders
    ]
    return PaidOrder(
        id=row.id,
        mall_id=MALL,
        group_id=row.group_id,
        member_id=row.member_id,
        number=row.number,
        currency="CNY",
        payable_minor=row.payable_minor,
        claim_ids=[],
        offers=True,
        granted=[],
        tenders=row.tenders,
        sub_orders=subs,
    )


def book(accounts: dict[tuple[str, UUID], int], entry: ledger.Entry | None) -> None:
    """Add an entry to the balances; every entry sums to zero."""
    postings = entry.postings if entry else []
    assert sum(posting.amount for posting in postings) == 0
    for posting in postings:
        key = (posting.account.kind.value, posting.account.owner_id)
        accounts[key] = accounts.get(key, 0) + posting.amount


def after(row: OrderRow, plan: RecordedRefund) -> OrderRow:
    """Return the order as the database holds it once a plan is recorded."""
    units = {one.line_id: one.units for one in plan.lines}
    fees = {one.sub_order_id for one in plan.deliveries}
    by_part: dict[SubOrderId, int] = {}
    for one in plan.lines:
        by_part[one.sub_order_id] = by_part.get(one.sub_order_id, 0) + one.amount_minor
    replace = msgspec.structs.replace
    return replace(
        row,
        refunded_minor=row.refunded_minor + plan.amount_minor,
        lines=[replace(x, refunded_units=[*x.refunded_units, *units.get(x.id, [])]) for x in row.lines],
        sub_orders=[
            replace(
                p,
                refunded_minor=p.refunded_minor + by_part.get(p.id, 0),
                delivery_refunded=p.delivery_refunded or p.id in fees,
            )
            for p in row.sub_orders
        ],
    )


def cheaper(draw: st.DrawFn, row: OrderRow) -> tuple[RecordedRefund, OrderRow] | None:
    """Take something off the price of a unit that is kept; return the plan and the order after it."""
    kept = [
        (x, n) for x in row.lines for n in range(x.quantity)
        if n not in x.refunded_units and x.unit_paid_minor[n] > x.unit_reduced_minor[n]
    ]  # fmt: skip
    if not kept:
        return None
    chosen, unit = draw(st.sampled_from(kept))
    minor = draw(st.integers(1, chosen.unit_paid_minor[unit] - chosen.unit_reduced_minor[unit]))
    plan = order_rules.plan_reduction(row, {(chosen.id, unit): minor})
    replace, reduced = msgspec.structs.replace, list(chosen.unit_reduced_minor)
    reduced[unit] += minor
    return plan, replace(
        row,
        refunded_minor=row.refunded_minor + minor,
        lines=[replace(x, unit_reduced_minor=reduced) if x.id == chosen.id else x for x in row.lines],
        sub_orders=[
            replace(p, refunded_minor=p.refunded_minor + minor) if p.id == chosen.sub_order_id else p
            for p in row.sub_orders
        ],
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
    order, given_back, funded = row, 0, 0
    accounts: dict[tuple[str, UUID], int] = {}
    book(accounts, books.paid_entry(paid_for(row)))
    taken, bp = 0, 12_345
    promised = {one.sub_order_id: points.points_for(one.paid_minor, bp) for one in books.awarded_for(paid_for(row))}
    kept = dict(promised)
    back = {one.id: [0, 0] for one in row.tenders}
    for _ in range(40):
        view = order_rules.view(order)
        if not any(rules.free_units(one, by_member=True) for one in rules.lines_of(view).values()):
            break
        made = cheaper(data.draw, order) if data.draw(st.integers(0, 3)) == 0 else None
        if made is None:
            chosen = rules.choose(view, wanted(data.draw, view), by_member=True)
            plan = order_rules.plan_refund(order, chosen, open_only=True)
            order = after(order, plan)
            assert plan.everything is all(len(one.refunded_units) == one.quantity for one in order.lines)
        else:
            plan, order = made
            assert not plan.everything
        assert plan.amount_minor >= 0
        assert plan.mall_funded_minor >= 0
        assert all(minor >= 0 for minor in plan.remaining.values())
        assert all(one.amount_minor > 0 and one.points >= 0 for one in plan.backs)
        assert sum(one.amount_minor for one in plan.backs) == plan.amount_minor
        for one in plan.backs:
            back[one.tender_id][0] += one.amount_minor
            back[one.tender_id][1] += one.points
        shown = {one.id: one for one in order_rules.view(order).tenders}
        assert all([shown[key].refunded_minor, shown[key].refunded_points] == gone for key, gone in back.items())
        book(accounts, rules.entry(RefundId(new_id()), MALL, plan))
        given_back, funded = given_back + plan.amount_minor, funded + plan.mall_funded_minor
        for sub_order_id, before in list(kept.items()):
            kept[sub_order_id] = min(before, points.points_for(plan.remaining[str(sub_order_id)], bp))
            taken += before - kept[sub_order_id]
    assert given_back == row.payable_minor == order.refunded_minor
    assert funded == sum(sum(x.units) for one in row.lines for x in one.shares if x.funder is Funder.MALL)
    assert taken == sum(promised.values())
    assert back == {one.id: [one.amount_minor, one.points] for one in row.tenders}
    alone = sum(one.amount_minor for one in row.tenders if one.id == row.id)
    waited = sum(one.amount_minor for one in row.tenders if one.kind in WAITED_FOR and one.id != row.id)
    left = {
        ("provider_clearing", MALL): -alone,
        ("order_deposits", MALL): -waited,
        ("refunds_payable", MALL): alone + waited,
    }
    assert {key: amount for key, amount in accounts.items() if amount} == {k: a for k, a in left.items() if a}


@given(orders())
def test_what_is_sold_is_settled_to_the_last_cent(row: OrderRow) -> None:
    accounts: dict[tuple[str, UUID], int] = {}
    book(accounts, books.paid_entry(paid_for(row)))
    borne = {(x.funder, x.funder_id): 0 for one in row.lines for x in one.shares}
    shares = [x for one in row.lines for x in one.shares] + [x for p in row.sub_orders for x in p.delivery_shares]
    for x in shares:
        borne[x.funder, x.funder_id] = borne.get((x.funder, x.funder_id), 0) + sum(x.units)
    assert -accounts.get(("mall_marketing", MALL), 0) == borne[Funder.MALL, None]
    assert -accounts.get(("sponsor_funding", SPONSOR), 0) == borne[Funder.SPONSOR, SPONSOR]
    fees = {p.id: sum(sum(x.unit_fee_minor) for x in row.lines if x.sub_order_id == p.id) for p in row.sub_orders}
    assert accounts.get(("platform_fees", MALL), 0) == sum(fees.values())
    own = [p for p in row.sub_orders if p.delivery_owner is DeliveryOwner.MERCHANT]
    malls_own = sum(p.delivery_minor for p in row.sub_orders if p not in own)
    assert accounts.get(("delivery_income", MALL), 0) == malls_own
    for merchant in {p.merchant_id for p in row.sub_orders} | {MerchantId(NEIGHBOUR)}:
        mine = [p for p in row.sub_orders if p.merchant_id == merchant]
        earned_there = sum(p.goods_minor - fees[p.id] + (p.delivery_minor if p in own else 0) for p in mine)
        assert accounts.get(("merchant_payable", merchant), 0) == earned_there - borne.get(
            (Funder.MERCHANT, merchant), 0
        )


@given(orders())
def test_a_unit_that_went_back_does_not_go_back_again(row: OrderRow) -> None:
    view = order_rules.view(row)
    plan = order_rules.plan_refund(row, rules.choose(view, Wanted(everything=True), by_member=True), open_only=True)
    gone = order_rules.view(after(row, plan))
    assert {kept.code for kept in rules.kept(gone, by_member=True)} == {"unit_refunded"}
    assert plan.amount_minor == row.payable_minor
