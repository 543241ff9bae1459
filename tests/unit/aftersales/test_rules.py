"""Who may move a case where, and how money falls on its units."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.aftersales import rules
from galleria.commerce.aftersales.model import (
    BY_COUNTER,
    BY_MALL,
    BY_MEMBER,
    BY_SHOP,
    ENDED,
    MOVES,
    CaseGoods,
    CaseHanding,
    CaseKind,
    CaseMove,
    CasePolicy,
    CaseReason,
    CaseRemedy,
    CaseRow,
    CaseState,
    CaseTerms,
    GoodsNotHere,
)
from galleria.kernel.ids import CaseId, MallId, MemberId, MerchantId, OrderId, ShopId, SubOrderId, new_id

AT = datetime(2026, 3, 9, tzinfo=UTC)
OPEN = sorted(set(CaseState) - ENDED)
SHOP, FOOD, COFFEE = (UUID(int=n) for n in (1, 2, 3))


def case(**over: Any) -> CaseRow:
    fields: dict[str, Any] = {
        "mall_id": MallId(new_id()), "id": CaseId(new_id()), "number": "S1", "code": "ABCDEFGHJK",
        "order_id": OrderId(new_id()), "order_number": "1", "sub_order_id": SubOrderId(new_id()),
        "shop_id": ShopId(SHOP), "merchant_id": MerchantId(new_id()), "shop_zh": "店", "shop_en": "Shop",
        "member_id": MemberId(new_id()), "currency": "CNY", "kind": CaseKind.RETURN_REFUND,
        "reason": CaseReason.DAMAGED,
        "words": "", "pictures": [], "items": [], "terms": CaseTerms(), "most_minor": 100, "asked_minor": 80,
        "state": CaseState.REQUESTED, "goods": CaseGoods.MEMBER, "offered_kind": None, "offered_minor": 0,
        "with_delivery": False, "replacement_variant_id": None, "reservation_id": None, "handing": None,
        "carrier": "", "tracking": "", "place": "", "final": False, "refund_id": None, "settled_minor": 0,
        "due_at": None, "opened_at": AT, "ended_at": None,
    }  # fmt: skip
    return CaseRow(**fields | over)


def test_nothing_moves_from_an_end_and_every_open_state_has_a_way_out() -> None:
    assert all(not begins & ENDED for begins in MOVES.values())
    for state in OPEN:
        assert any(state in MOVES[move] for move in set(CaseMove) - {CaseMove.NOTE, CaseMove.SETTLED}), state


def test_somebody_is_held_to_a_time_wherever_goods_or_answers_are_waited_for() -> None:
    waits = [state for state in OPEN if rules.due(state, CaseTerms(), AT) is not None]
    assert set(OPEN) - set(waits) == {CaseState.READY}
    assert {*MOVES[CaseMove.OVERDUE], *MOVES[CaseMove.LAPSE], CaseState.ESCALATED} == set(waits)


def test_every_move_is_somebodys() -> None:
    by_itself = {CaseMove.OPEN, CaseMove.OVERDUE, CaseMove.LAPSE, CaseMove.SETTLED}
    assert set(CaseMove) - by_itself == BY_MEMBER | BY_SHOP | BY_COUNTER | BY_MALL


@pytest.mark.parametrize("goods", list(CaseGoods))
@pytest.mark.parametrize("state", OPEN)
def test_what_lapses_always_ends_or_goes_to_the_mall(state: CaseState, goods: CaseGoods) -> None:
    if state in {CaseState.READY, CaseState.ESCALATED}:
        return
    handing = CaseHanding.REPAIRED if state is CaseState.SENT else None
    _, after, over = rules.lapsed(case(state=state, goods=goods, handing=handing))
    assert after in ENDED | {CaseState.ESCALATED, CaseState.READY}
    assert after is not CaseState.READY or over is CaseHanding.OWN


@pytest.mark.parametrize("goods", [CaseGoods.ON_THE_WAY, CaseGoods.POINT, CaseGoods.SHOP])
def test_goods_given_away_are_never_given_up(goods: CaseGoods) -> None:
    for state in MOVES[CaseMove.WITHDRAW]:
        assert not rules.may(case(state=state, goods=goods), CaseMove.WITHDRAW)


def test_a_grant_leads_where_the_goods_allow() -> None:
    assert rules.granted(CaseGoods.MEMBER, CaseRemedy.REFUND_ONLY) == (CaseState.REFUNDED, None)
    assert {rules.granted(CaseGoods.MEMBER, r)[0] for r in set(CaseRemedy) - {CaseRemedy.REFUND_ONLY}} == {
        CaseState.APPROVED
    }
    assert rules.granted(CaseGoods.POINT, CaseRemedy.EXCHANGE) == (CaseState.READY, CaseHanding.REPLACEMENT)
    for goods, remedy in [(CaseGoods.SHOP, CaseRemedy.REFUND_ONLY), (CaseGoods.POINT, CaseRemedy.REPAIR)]:
        with pytest.raises(GoodsNotHere):
            rules.granted(goods, remedy)


def test_a_yes_gives_no_less_than_was_asked() -> None:
    asked = case()
    assert rules.honours(asked, CaseRemedy.RETURN_REFUND, 80)
    assert rules.honours(asked, CaseRemedy.REFUND_ONLY, 100)
    assert not rules.honours(asked, CaseRemedy.RETURN_REFUND, 79)
    assert not rules.honours(asked, CaseRemedy.REPAIR, 0)
    granted = msgspec.structs.replace(asked, offered_kind=CaseRemedy.RETURN_REFUND, offered_minor=60)
    assert rules.honours(granted, CaseRemedy.RETURN_REFUND, 60)
    assert not rules.honours(granted, CaseRemedy.EXCHANGE, 0)
    warranty = case(kind=CaseKind.WARRANTY, asked_minor=0)
    assert rules.honours(warranty, CaseRemedy.REPAIR, 0)
    assert not rules.honours(warranty, CaseRemedy.RETURN_REFUND, 99)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12), st.data())
def test_money_falls_on_units_to_the_cent_and_never_beyond_what_is_left(lefts: list[int], data: st.DataObject) -> None:
    """However often some of the price goes back, the parts sum to it and no unit gives more than it has."""
    while sum(lefts):
        amount = data.draw(st.integers(1, sum(lefts)))
        parts = rules.spread_over(lefts, amount)
        assert sum(parts) == amount
        assert all(0 <= part <= left for part, left in zip(parts, lefts, strict=True))
        lefts = [left - part for part, left in zip(parts, lefts, strict=True)]
    with pytest.raises(ValueError, match="more than is left"):
        rules.spread_over(lefts, 1)


def test_the_nearest_terms_hold() -> None:
    def policy(days: int, shop_id: UUID | None = None, category_id: UUID | None = None) -> CasePolicy:
        terms = CaseTerms(warranty_days=days)
        return CasePolicy(id=new_id(), shop_id=shop_id, category_id=category_id, terms=terms, changed_at=AT)

    rows = [policy(1), policy(2, None, FOOD), policy(3, SHOP), policy(4, SHOP, FOOD), policy(9, UUID(int=8))]
    assert rules.terms_for([], SHOP, []) == CaseTerms()
    assert rules.terms_for(rows, UUID(int=7), []).warranty_days == 1
    assert rules.terms_for(rows, UUID(int=7), [FOOD, COFFEE]).warranty_days == 2
    assert rules.terms_for(rows, SHOP, [COFFEE]).warranty_days == 3
    assert rules.terms_for(rows, SHOP, [FOOD, COFFEE]).warranty_days == 4
    deeper = [*rows, policy(5, SHOP, COFFEE)]
    assert rules.terms_for(deeper, SHOP, [FOOD, COFFEE]).warranty_days == 5


def test_codes_are_read_however_they_are_typed() -> None:
    made = rules.new_code()
    assert rules.read_code(f"GAC:{made}") == rules.read_code(f" {made[:5].lower()}-{made[5:]} ") == made
    codes = sorted(rules.new_code() for _ in range(200))
    assert all(one != other for one, other in pairwise(codes))


def test_the_malls_word_about_money_leaves_a_repair_open() -> None:
    assert rules.blocked(CaseKind.RETURN_REFUND, CaseKind.EXCHANGE)
    assert not rules.blocked(CaseKind.RETURN_REFUND, CaseKind.WARRANTY)
    assert rules.blocked(CaseKind.REPAIR, CaseKind.WARRANTY)


def test_due_times_follow_the_terms() -> None:
    terms = CaseTerms(answer_hours=1, reply_hours=2, return_days=3)
    assert rules.due(CaseState.REQUESTED, terms, AT) == AT + timedelta(hours=1)
    assert rules.due(CaseState.COUNTERED, terms, AT) == AT + timedelta(hours=2)
    assert rules.due(CaseState.APPROVED, terms, AT) == AT + timedelta(days=3)
    assert rules.due(CaseState.CLOSED, terms, AT) is None
