"""Choices, the board, and splitting a bill."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MemberId, ProductId, ShopId, VariantId, new_id
from galleria.onsite.dining import rules
from galleria.onsite.dining.model import (
    DishItem,
    DishSoldOut,
    GroupInput,
    ItemState,
    Option,
    OptionGroup,
    OptionInput,
    Relief,
    SeatingId,
    SplitKind,
)


def option(name: str, extra: int = 0, *, sold_out: bool = False) -> Option:
    return Option(id=new_id(), name_zh=name, name_en=name.upper(), extra_minor=extra, sold_out=sold_out)


def group(least: int, most: int, *options: Option) -> OptionGroup:
    return OptionGroup(id=new_id(), name_zh="辣度", name_en="Heat", least=least, most=most, options=list(options))


MILD, HOT = option("mild"), option("hot", 200)
EGG, RICE, TOFU = option("egg", 300), option("rice", 200), option("tofu", 500, sold_out=True)
HEAT, SIDES = group(1, 1, MILD, HOT), group(0, 2, EGG, RICE, TOFU)


def chosen(*options: Option) -> rules.Chosen:
    return rules.choose([HEAT, SIDES], [one.id for one in options], field="lines[0].option_ids")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], "option_too_few"),
        ([MILD, HOT], "option_too_many"),
        ([MILD, EGG, EGG], "option_twice"),
        ([MILD, option("stranger")], "option_unknown"),
        ([MILD, EGG, RICE, TOFU], "option_too_many"),
    ],
)
def test_what_cannot_be_chosen(options: list[Option], code: str) -> None:
    with pytest.raises(Invalid) as error:
        chosen(*options)
    assert (error.value.errors[0].field, error.value.errors[0].code) == ("lines[0].option_ids", code)


def test_a_choice_that_has_run_out_is_named() -> None:
    with pytest.raises(DishSoldOut) as error:
        chosen(MILD, TOFU)
    assert error.value.params["name_en"] == "TOFU"


def test_choices_cost_and_read_in_the_order_of_the_menu() -> None:
    assert chosen(RICE, EGG, HOT) == rules.Chosen(700, "hot、egg、rice", "HOT, EGG, RICE")
    assert rules.joined("大份", "辣") == "大份 · 辣"
    assert rules.joined("", "") == ""


@pytest.mark.parametrize(("least", "most", "code"), [(2, 1, "group_least_above_most"), (3, 3, "group_too_few_options")])
def test_groups_that_cannot_be(least: int, most: int, code: str) -> None:
    two = [OptionInput(name_zh="a", name_en="a"), OptionInput(name_zh="b", name_en="b")]
    with pytest.raises(Invalid) as error:
        rules.require_group(GroupInput(name_zh="a", name_en="a", least=least, most=most, options=two))
    assert error.value.errors[0].code == code


@pytest.mark.parametrize(
    ("to", "sources"),
    [
        (ItemState.COOKING, {"sent", "ready"}),
        (ItemState.READY, {"sent", "cooking", "served"}),
        (ItemState.SERVED, {"sent", "cooking", "ready"}),
        (ItemState.SENT, {"cooking"}),
    ],
)
def test_where_a_dish_may_come_from(to: ItemState, sources: set[str]) -> None:
    assert {state.value for state in rules.sources(to)} == sources


@pytest.mark.parametrize("to", [ItemState.DRAFT, ItemState.HELD, ItemState.CANCELLED])
def test_what_is_not_on_the_board(to: ItemState) -> None:
    with pytest.raises(Invalid):
        rules.sources(to)


HOST = MemberId(new_id())
OTHERS = [MemberId(new_id()) for _ in range(3)]


def dish(price: int = 1000, quantity: int = 1, **over: object) -> DishItem:
    fields = {
        "id": new_id(),
        "hold_id": new_id(),
        "seating_id": SeatingId(new_id()),
        "shop_id": ShopId(new_id()),
        "member_id": HOST,
        "product_id": ProductId(new_id()),
        "variant_id": VariantId(new_id()),
        "station_id": None,
        "course": 1,
        "name_zh": "面",
        "name_en": "Noodles",
        "option_zh": "",
        "option_en": "",
        "picture": None,
        "option_ids": [],
        "note": "",
        "quantity": quantity,
        "unit_price_minor": price,
        "state": ItemState.SENT,
        "relief": None,
        "reason": "",
        "bill_id": None,
        "paid": False,
        "added_at": datetime(2026, 1, 1, tzinfo=UTC),
        "sent_at": None,
        "ready_at": None,
        "served_at": None,
    }
    return DishItem(**{**fields, **over})  # type: ignore[arg-type]


def test_what_a_party_owes() -> None:
    bill = UUID(int=7)
    items = [
        dish(1000, 2),
        dish(500, state=ItemState.DRAFT),
        dish(400, state=ItemState.CANCELLED),
        dish(300, relief=Relief.COMP),
        dish(200, bill_id=bill),
        dish(100, bill_id=bill, paid=True),
        dish(50, state=ItemState.HELD),
    ]
    assert [item.unit_price_minor for item in rules.owed(items)] == [1000, 50]
    assert rules.unpaid(items) == 2000 + 200 + 50


@given(
    payable=st.integers(0, 10**7),
    parts=st.integers(1, 30),
    kind=st.sampled_from(list(SplitKind)),
    shares=st.dictionaries(st.sampled_from([HOST, *OTHERS]), st.integers(0, 10**6)),
)
def test_the_parts_of_a_bill_always_sum_to_it(
    payable: int, parts: int, kind: SplitKind, shares: dict[MemberId, int]
) -> None:
    shown = rules.split(kind, payable, parts, [HOST, *OTHERS], shares)
    assert sum(part.amount_minor for part in shown) == payable
    assert all(part.amount_minor > 0 for part in shown)


def test_even_parts_differ_by_a_cent_at_most() -> None:
    parts = rules.split(SplitKind.EVENLY, 10000, 3, [HOST, OTHERS[0]], {})
    assert [(part.member_id, part.amount_minor) for part in parts] == [(HOST, 3334), (OTHERS[0], 3333), (None, 3333)]


def test_by_dishes_what_staff_ordered_is_the_hosts() -> None:
    gone = MemberId(new_id())
    items = [dish(member_id=HOST), dish(member_id=OTHERS[0]), dish(member_id=None), dish(member_id=gone)]
    assert rules.shares(items, [10, 20, 30, 40], HOST, {HOST, OTHERS[0]}) == {HOST: 80, OTHERS[0]: 20}
