"""Goods files: read in any usual encoding, written so that they come back the same, all problems told."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.merchandising import rules
from galleria.foundation import catalog
from galleria.kernel.ids import CategoryId, ProductId, ShopId, VariantId

COFFEE = CategoryId(uuid4())
PICTURE = "a" * 64 + ".webp"
WHOLE = (
    "code,kind,name_zh,name_en,text_zh,text_en,category,state,valid_days,pictures,sku,barcode,option_zh,option_en,"
    "price,stock\n"
)
LATTE = "latte,physical,拿铁,Latte,浓郁,Rich,coffee,published,,,L-1,,大杯,Large,28.00,5\n"


def context(*products: catalog.Stored, reserved: dict[str, int] | None = None) -> rules.Context:
    return rules.Context(
        stored={p.code: p for p in products},
        owners={v.sku: p.code for p in products for v in p.variants},
        categories={"coffee": COFFEE},
        pictures=frozenset({PICTURE}),
        reserved=reserved or {},
        currency="CNY",
    )


def stored(**over: Any) -> catalog.Stored:
    variant = catalog.Variant(
        VariantId(uuid4()), "L-1", None, "大杯", "Large", 2800, 2800, 0, catalog.VariantState.ACTIVE
    )
    fields: dict[str, Any] = {
        "id": ProductId(uuid4()), "shop_id": ShopId(uuid4()), "category_id": COFFEE, "code": "latte",
        "kind": catalog.Kind.PHYSICAL, "state": catalog.ProductState.PUBLISHED, "name_zh": "拿铁", "name_en": "Latte",
        "text_zh": "浓郁", "text_en": "Rich", "pictures": [], "valid_days": None, "weight": 7, "variants": [variant],
    }  # fmt: skip
    return catalog.Stored(**{**fields, **over})


def planned(text: str, *products: catalog.Stored, reserved: dict[str, int] | None = None) -> rules.Plan:
    return rules.plan(rules.read(text.encode()), context(*products, reserved=reserved))


def told(plan: rules.Plan) -> list[tuple[int, str, str]]:
    return [(p.line, p.field, p.code) for p in plan.problems]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    sheet = rules.read(content)
    assert sheet.rows or sheet.problems


@given(st.text(max_size=300))
def test_no_text_breaks_the_plan(text: str) -> None:
    rules.plan(rules.read((WHOLE + text).encode("utf-8", "surrogatepass")), context(stored()))


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_what_is_written_is_read_again_to_the_letter(pairs: list[tuple[str, str]]) -> None:
    lines = [["x", "", zh, en, *([""] * 6), f"s{i}", *([""] * 5)] for i, (zh, en) in enumerate(pairs)]
    sheet = rules.read(b"".join(rules.write(lines)))
    assert sheet.problems == []
    assert [(r.cells["name_zh"], r.cells["name_en"]) for r in sheet.rows] == [
        (zh if zh.strip() else "", en if en.strip() else "") for zh, en in pairs
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-1", "@SUM(A1)", "'=1", "\tx", "''-"])
def test_a_formula_is_written_dead_and_comes_back_whole(cell: str) -> None:
    written = b"".join(rules.write([[cell] + ["x"] * 15])).decode("utf-8-sig").splitlines()
    body = written[1].strip('"')
    assert body.startswith("'")
    sheet = rules.read(b"".join(rules.write([["x", "", cell, *([""] * 7), "s", *([""] * 5)]])))
    assert sheet.rows[0].cells["name_zh"] == cell


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_of_spreadsheets_are_read(encoding: str) -> None:
    sheet = rules.read((WHOLE + LATTE).encode(encoding))
    assert (sheet.problems, sheet.rows[0].cells["name_zh"]) == ([], "拿铁")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_and_chinese_headings_are_read(mark: str) -> None:
    sheet = rules.read(f"商品编码{mark}sku{mark}价格\nlatte{mark}L-1{mark}30\n".encode())
    assert sheet.rows[0].cells == {"code": "latte", "sku": "L-1", "price": "30"}


@given(st.integers(1, 10**11), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_prices_come_back(minor: int, currency: str) -> None:
    assert rules.price_minor(rules.price_text(minor, currency), currency) == (
        minor if minor < 10 ** (9 + {"CNY": 2, "JPY": 0, "KWD": 3}[currency]) else None
    )


@pytest.mark.parametrize("text", ["", "0", "0.00", "-1", "1.005", "1e3", "1,000", "二十", "NaN"])
def test_what_is_no_price_is_refused(text: str) -> None:
    assert rules.price_minor(text, "CNY") is None


def test_a_new_product_is_planned_whole() -> None:
    plan = planned(WHOLE + LATTE + "latte,,,,,,,,,,L-2,,小杯,Small,24,\n")
    assert plan.problems == []
    saved = plan.products[0]
    assert (saved.state, [v.sku for v in saved.product.variants]) == (catalog.ProductState.PUBLISHED, ["L-1", "L-2"])
    assert plan.stock == {"L-1": 5}


def test_a_file_that_changes_nothing_plans_nothing() -> None:
    plan = planned(WHOLE + LATTE, stored())
    assert (plan.products, plan.problems, plan.stock) == ([], [], {"L-1": 5})


def test_columns_left_out_change_nothing() -> None:
    plan = planned("sku,price\nL-1,30\n", stored())
    product = plan.products[0].product
    assert (product.variants[0].price_minor, product.name_zh, product.weight) == (3000, "拿铁", 7)
    assert plan.stock == {}


def test_everything_wrong_is_told_at_once() -> None:
    plan = planned(
        WHOLE
        + "latte,robot,,Latte,浓郁,,tea,published,,x.webp,L-1,,大杯,Large,free,-1\n"
        + "latte,,别名,,,,,,,,L-1,,,,2,\n"
        + ",,,,,,,,,,NEW,,,,2,\n"
        + "mocha,voucher,摩卡,Mocha,a,b,coffee,published,,,M-1,,,,30,1\n"
        + "a,b\n"
    )
    assert told(plan) == [
        (2, "kind", "kind_unknown"),
        (2, "category", "category_unknown"),
        (2, "pictures", "picture_unknown"),
        (2, "name_zh", "required"),
        (2, "price", "price"),
        (2, "stock", "stock_number"),
        (3, "sku", "sku_twice"),
        (3, "name_zh", "differs"),
        (4, "code", "code_needed"),
        (5, "valid_days", "required_to_publish"),
        (6, "kind", "kind_unknown"),
        (6, "name_zh", "required"),
        (6, "name_en", "required"),
        (6, "category", "required"),
    ]


def test_promised_stock_and_foreign_skus_are_refused() -> None:
    plan = planned(WHOLE + LATTE.replace("latte,", "mocha,"), stored(), reserved={"L-1": 6})
    assert (2, "sku", "sku_elsewhere") in told(plan)
    assert (2, "stock", "stock_promised") in told(planned(WHOLE + LATTE, stored(), reserved={"L-1": 6}))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", (1, "sku", "column_missing")),
        ("code,price\n", (1, "sku", "column_missing")),
        ("sku,colour\n", (1, "colour", "column_unknown")),
        ("sku,sku\n", (1, "sku", "column_twice")),
        ("sku,price\n", (0, "", "no_rows")),
        ('sku,price\n"L-1,3\nL-2,4\n', (2, "", "line_malformed")),
        ("sku,price\nL-1,3,4\n", (2, "", "cells_too_many")),
    ],
)
def test_a_file_of_another_form_is_refused(text: str, problem: tuple[int, str, str]) -> None:
    sheet = rules.read(text.encode())
    assert problem in [(p.line, p.field, p.code) for p in sheet.problems]
    assert sheet.rows == []


def test_lines_are_counted_through_cells_of_many_lines() -> None:
    sheet = rules.read(b'sku,text_en\nA,"one\ntwo\nthree"\nB,x\n')
    assert [(r.line, r.cells["sku"]) for r in sheet.rows] == [(2, "A"), (5, "B")]
