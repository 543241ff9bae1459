"""Units go back once, at what they cost, in any order."""

from datetime import UTC, date, datetime
from itertools import pairwise
from random import Random
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.orders import rules
from galleria.commerce.orders.model import (
    AppliedRow,
    LineRow,
    NewApplied,
    NewLine,
    OrderRow,
    OrderState,
    RecordedRefund,
    Share,
    SubOrderRow,
    SubOrderState,
    Tender,
    TenderKind,
    UnitState,
)
from galleria.kernel.ids import (
    GroupId,
    LineId,
    MemberId,
    MerchantId,
    OrderId,
    ProductId,
    ShopId,
    SubOrderId,
    TenderId,
    VariantId,
    new_id,
)
from galleria.platform.actors import Reach
from galleria.value.promotions import Funder, Source

OFFER = UUID(int=77)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def by_mall(units: list[int]) -> Share:
    """Return what the mall bears of some units."""
    return Share(id=OFFER, offer_id=OFFER, version=1, funder=Funder.MALL, funder_id=None, units=units)


def order(units: list[list[int]], *, fulfilled: list[int] | None = None) -> OrderRow:
    """Return a paid order of one sub-order a line; each inner list is what its units cost."""
    parts, lines = [], []
    for paid in units:
        part = SubOrderId(new_id())
        parts.append(
            SubOrderRow(
                id=part, shop_id=ShopId(new_id()), merchant_id=MerchantId(new_id()), shop_zh="店", shop_en="Shop",
                state=SubOrderState.PREPARING, goods_minor=100 * len(paid), discount_minor=100 * len(paid) - sum(paid),
                payable_minor=sum(paid), refunded_minor=0, ready_at=None, fulfilled_at=None,
            )
        )  # fmt: skip
        lines.append(
            LineRow(
                id=LineId(new_id()), sub_order_id=part, variant_id=VariantId(new_id()), product_id=ProductId(new_id()),
                kind="voucher", sku="s", name_zh="券", name_en="Voucher", option_zh="", option_en="", picture=None,
                quantity=len(paid), unit_price_minor=100, unit_paid_minor=paid,
                shares=[by_mall([100 - p for p in paid])], granted_by=None, refunded_units=[],
                fulfilled_units=fulfilled or [],
            )
        )  # fmt: skip
    whole = sum(map(sum, units))
    goods = sum(100 * len(paid) for paid in units)
    return OrderRow(
        id=OrderId(new_id()), group_id=GroupId(new_id()), number="261121-7K3M9QXA", member_id=MemberId(new_id()),
        state=OrderState.PAID, currency="CNY", goods_minor=goods, discount_minor=goods - whole, payable_minor=whole,
        refunded_minor=0, claim_ids=[], applied=[], granted=[], placed_at=NOW, expires_at=NOW, paid_at=NOW,
        ended_at=None, explanation=[], sub_orders=parts, lines=lines,
        tenders=[Tender(id=TenderId(new_id()), kind=TenderKind.PROVIDER, amount_minor=whole)] if whole else [],
    )  # fmt: skip


def given_back(row: OrderRow, plan: RecordedRefund) -> OrderRow:
    """Return the order after a refund, as the statement leaves it."""
    by_line = {line.line_id: line for line in plan.lines}
    lines = [
        msgspec.structs.replace(ln, refunded_units=[*ln.refunded_units, *by_line[ln.id].units])
        if ln.id in by_line
        else ln
        for ln in row.lines
    ]
    parts = [
        msgspec.structs.replace(p, refunded_minor=p.payable_minor - plan.remaining[str(p.id)]) for p in row.sub_orders
    ]
    return msgspec.structs.replace(
        row, lines=lines, sub_orders=parts, refunded_minor=row.refunded_minor + plan.amount_minor
    )


UNITS = st.lists(st.lists(st.integers(0, 100), min_size=1, max_size=5), min_size=1, max_size=4)


@given(UNITS, st.integers())
def test_any_order_of_partial_refunds_gives_back_exactly_what_was_paid(units: list[list[int]], seed: int) -> None:
    row = order(units)
    left = [(line.id, unit) for line in row.lines for unit in range(line.quantity)]
    Random(seed).shuffle(left)
    total = 0
    for done, (line_id, unit) in enumerate(left, 1):
        plan = rules.plan_refund(row, {line_id: [unit]}, open_only=False)
        assert plan.everything == (done == len(left))
        total += plan.amount_minor
        row = given_back(row, plan)
        assert row.refunded_minor == total <= row.payable_minor
    assert total == row.payable_minor
    assert set(plan.remaining.values()) == {0}
    with pytest.raises(rules.UnitsNotRefundable):
        rules.plan_refund(row, None, open_only=False)


@given(UNITS)
def test_everything_is_every_unit(units: list[list[int]]) -> None:
    plan = rules.plan_refund(order(units), None, open_only=False)
    assert plan.everything
    assert plan.amount_minor == sum(map(sum, units))
    assert plan.mall_funded_minor == sum(100 - p for line in units for p in line)


def test_a_count_takes_units_not_yet_used_first() -> None:
    row = order([[10, 20, 30]], fulfilled=[0])
    line = row.lines[0].id
    assert rules.plan_refund(row, {line: 1}, open_only=False).lines[0].units == [1]
    assert rules.plan_refund(row, {line: 3}, open_only=False).lines[0].units == [0, 1, 2]
    assert rules.plan_refund(row, None, open_only=True).amount_minor == 50


@pytest.mark.parametrize("which", [[3], [-1], [0, 0], [], 0, 4, -1])
def test_units_that_are_not_there_are_refused(which: list[int] | int) -> None:
    row = order([[10, 20, 30]])
    with pytest.raises(rules.UnitsNotRefundable):
        rules.plan_refund(row, {row.lines[0].id: which}, open_only=False)
    with pytest.raises(rules.UnitsNotRefundable):
        rules.plan_refund(row, {LineId(new_id()): 1}, open_only=False)


def test_used_units_are_refused_to_the_member() -> None:
    row = order([[10, 20]], fulfilled=[1])
    with pytest.raises(rules.UnitsNotRefundable):
        rules.plan_refund(row, {row.lines[0].id: [1]}, open_only=True)


def test_a_screen_of_one_shop_shows_only_its_part() -> None:
    row = order([[10, 20], [40]])
    seen = rules.view(row, Reach(everything=False, merchant_ids=[], shop_ids=[row.sub_orders[1].shop_id]))
    assert (seen.payable_minor, len(seen.sub_orders)) == (40, 1)
    assert rules.view(row).payable_minor == 70
    assert rules.view(order([[1]], fulfilled=[0])).sub_orders[0].lines[0].units[0].state is UnitState.FULFILLED


def test_numbers_name_the_day_and_are_easy_to_read() -> None:
    numbers = {rules.new_number(date(2026, 11, 21)) for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(n.startswith("261121-") and len(n) == 15 and not set(n) & set("ILOU") for n in numbers)


def new_line(shop: ShopId, paid: list[int], shares: list[Share]) -> NewLine:
    return NewLine(
        variant_id=VariantId(new_id()), product_id=ProductId(new_id()), shop_id=shop,
        merchant_id=MerchantId(new_id()), shop_zh="店", shop_en="Shop", kind="physical", sku="s",
        name_zh="物", name_en="Thing", option_zh="", option_en="", picture=None, valid_days=None,
        unit_price_minor=100, unit_paid_minor=paid, shares=shares,
    )  # fmt: skip


def test_parts_follow_the_lines() -> None:
    shops = [ShopId(new_id()) for _ in range(3)]
    merchant = Share(id=OFFER, offer_id=OFFER, version=1, funder=Funder.MERCHANT, funder_id=OFFER, units=[0, 20])
    shares = [by_mall([10, 0]), merchant]
    lines = [new_line(shop, [90, 80], shares) for shop in (shops[1], shops[0], shops[1], shops[2])]
    parts, rows = rules.split(lines)
    assert [part.shop_id for part in parts] == [shops[1], shops[0], shops[2]]
    assert all(a.id < b.id for a, b in pairwise(parts))
    assert (parts[0].goods_minor, parts[0].payable_minor, parts[0].mall_funded_minor) == (400, 340, 20)
    assert [row["position"] for row in rows] == [0, 1, 2, 3]
    assert [row["unit_mall_funded_minor"] for row in rows] == [[10, 0]] * 4


def test_what_a_gift_was_earned_with_is_kept_by_line() -> None:
    _, rows = rules.split([new_line(ShopId(new_id()), [100], []) for _ in range(3)])
    gift = NewApplied(
        id=OFFER, offer_id=OFFER, version=3, source=Source.AUTOMATIC, kind="gift", title_zh="赠", title_en="Gift",
        discount_minor=100, earned_by=[0, 2],
    )  # fmt: skip
    assert rules.applied_rows([gift], rows)[0]["earned_by"] == [rows[0]["id"], rows[2]["id"]]


def with_gift(units: list[list[int]], *, fulfilled: list[int] | None = None) -> OrderRow:
    """Return an order whose last line is a gift of one unit, earned with the first line."""
    row = order([*units, [0]])
    gift = msgspec.structs.replace(row.lines[-1], granted_by=OFFER, fulfilled_units=fulfilled or [])
    earned = AppliedRow(
        id=OFFER, offer_id=OFFER, version=1, source=Source.AUTOMATIC, kind="gift", title_zh="赠", title_en="Gift",
        discount_minor=100, earned_by=[row.lines[0].id],
    )  # fmt: skip
    return msgspec.structs.replace(row, lines=[*row.lines[:-1], gift], applied=[earned])


def test_a_gift_goes_back_with_the_last_unit_it_was_earned_with() -> None:
    row = with_gift([[50, 60], [70]])
    bought, other, gift = (line.id for line in row.lines)
    first = rules.plan_refund(row, {bought: [0]}, open_only=True)
    assert [line.line_id for line in first.lines] == [bought]
    assert [line.line_id for line in rules.plan_refund(row, {other: 1}, open_only=True).lines] == [other]
    last = rules.plan_refund(given_back(row, first), {bought: [1]}, open_only=True)
    assert [(line.line_id, line.units, line.amount_minor) for line in last.lines] == [(bought, [1], 60), (gift, [0], 0)]
    assert last.mall_funded_minor == 40 + 100
    assert not last.everything
    assert rules.plan_refund(given_back(given_back(row, first), last), None, open_only=True).everything


def test_a_gift_handed_over_stays() -> None:
    row = with_gift([[50]], fulfilled=[0])
    plan = rules.plan_refund(row, {row.lines[0].id: 1}, open_only=False)
    assert [line.line_id for line in plan.lines] == [row.lines[0].id]


def test_a_gift_asked_back_with_its_goods_goes_back_once() -> None:
    row = with_gift([[50]])
    plan = rules.plan_refund(row, {row.lines[1].id: 1, row.lines[0].id: 1}, open_only=False)
    assert sorted(line.units for line in plan.lines) == [[0], [0]]
    assert plan.everything
