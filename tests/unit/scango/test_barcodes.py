"""Barcodes are read as the GS1 General Specifications say, misread ones never."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kernel.errors import Invalid
from galleria.kernel.ids import VariantId, new_id
from galleria.onsite.scango import rules
from galleria.onsite.scango.model import Item, LabelFormat, LabelMeasure, TermsInput

PRICE = LabelFormat(prefix="21", measure=LabelMeasure.PRICE, item_digits=5, value_digits=5)
WEIGHT = LabelFormat(prefix="22", measure=LabelMeasure.WEIGHT, item_digits=5, value_digits=5)
VERIFIED = LabelFormat(prefix="23", measure=LabelMeasure.PRICE, item_digits=5, value_digits=4, verifier=True)
FIVE = LabelFormat(prefix="24", measure=LabelMeasure.PRICE, item_digits=4, value_digits=5, verifier=True)
ALL = [PRICE, WEIGHT, VERIFIED, FIVE]

digits = st.text("0123456789", min_size=12, max_size=12)


def whole(body: str) -> str:
    return body + str(rules.check_digit(body))


def code_of(error: pytest.ExceptionInfo[Invalid]) -> str:
    return error.value.errors[0].code


@pytest.mark.parametrize("code", ["", "123", "12345678901234567", "690123456789X", "６９０１２３４５", "69012345678"])
def test_what_is_no_barcode_is_refused(code: str) -> None:
    with pytest.raises(Invalid) as error:
        rules.read(code, [])
    assert code_of(error) == "barcode_digits"


@given(body=digits, wrong=st.integers(1, 9))
def test_a_wrong_check_digit_is_refused(body: str, wrong: int) -> None:
    code = body + str((rules.check_digit(body) + wrong) % 10)
    with pytest.raises(Invalid) as error:
        rules.read(code, [])
    assert code_of(error) == "barcode_check_digit"


@given(body=digits, place=st.integers(0, 12), other=st.integers(1, 9))
def test_one_misread_digit_is_always_seen(body: str, place: int, other: int) -> None:
    code = whole(body)
    misread = code[:place] + str((int(code[place]) + other) % 10) + code[place + 1 :]
    with pytest.raises(Invalid):
        rules.gtin(misread)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("6901234567892", "06901234567892"),
        ("690-1234 567892", "06901234567892"),
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("04252614", "00042100005264"),
        ("00012345600012", "00012345600012"),
    ],
)
def test_every_length_of_gtin_is_known_by_fourteen_digits(code: str, key: str) -> None:
    assert rules.read(code, []).key == key


@pytest.mark.parametrize(("value", "digit"), [("2875", 9), ("14685", 6)])
def test_verifier_digits_are_those_of_the_specification(value: str, digit: int) -> None:
    assert rules.verifier_digit(value) == digit


@pytest.mark.parametrize("length", [4, 5])
@given(data=st.data())
def test_a_verifier_sees_one_wrong_digit(length: int, data: st.DataObject) -> None:
    value = data.draw(st.text("0123456789", min_size=length, max_size=length))
    place, other = data.draw(st.integers(0, length - 1)), data.draw(st.integers(1, 9))
    wrong = value[:place] + str((int(value[place]) + other) % 10) + value[place + 1 :]
    assert rules.verifier_digit(value) != rules.verifier_digit(wrong)


@given(item=st.integers(0, 99999), value=st.integers(1, 99999))
def test_a_label_says_item_and_price(item: int, value: int) -> None:
    read = rules.read(whole(f"21{item:05}{value:05}"), ALL)
    assert (read.key, read.label_minor, read.weight_g, read.measured) == (f"21/{item:05}", value, None, True)


def test_a_label_says_item_and_weight() -> None:
    read = rules.read(whole("221234500485"), ALL)
    assert (read.key, read.label_minor, read.weight_g) == ("22/12345", None, 485)


def test_a_label_with_a_wrong_verifier_is_refused() -> None:
    assert rules.read(whole("231234592875"), ALL).label_minor == 2875
    with pytest.raises(Invalid) as error:
        rules.read(whole("231234582875"), ALL)
    assert code_of(error) == "barcode_verifier"
    assert rules.read(whole("241234614685"), ALL).label_minor == 14685


def test_a_label_of_nothing_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        rules.read(whole("211234500000"), ALL)
    assert code_of(error) == "barcode_value"


def test_a_number_of_the_shop_without_a_label_format_is_one_like_any_other() -> None:
    code = whole("291234500485")
    read = rules.read(code, ALL)
    assert (read.key, read.measured) == (code.zfill(14), False)


def test_a_gtin_fourteen_is_never_a_label() -> None:
    code = "1" + "211234528759"[:12]
    assert not rules.read(whole(code), ALL).measured


def test_items_of_scales_are_kept_by_prefix_and_reference() -> None:
    assert rules.barcode_key("21/12345", ALL) == "21/12345"
    assert rules.barcode_key(whole("211234528759"[:12]), ALL) == "21/12345"
    for unknown in ("21/1234", "28/12345"):
        with pytest.raises(Invalid) as error:
            rules.barcode_key(unknown, ALL)
        assert code_of(error) == "barcode_no_format"


@pytest.mark.parametrize(
    ("formats", "field", "code"),
    [
        ([LabelFormat(prefix="21", measure=LabelMeasure.PRICE, item_digits=5, value_digits=4)],
         "formats[0].value_digits", "label_ten_digits"),
        ([LabelFormat(prefix="21", measure=LabelMeasure.PRICE, item_digits=4, value_digits=6, verifier=True)],
         "formats[0].value_digits", "label_ten_digits"),
        ([PRICE, PRICE], "formats[1].prefix", "label_prefix_twice"),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_are_refused(formats: list[LabelFormat], field: str, code: str) -> None:
    with pytest.raises(Invalid) as error:
        rules.require_formats(TermsInput(active=True, formats=formats))
    assert (error.value.errors[0].field, code_of(error)) == (field, code)


def item(**over: object) -> Item:
    fields = {
        "id": new_id(),
        "variant_id": VariantId(new_id()),
        "code": "x",
        "quantity": 1,
        "label_minor": None,
        "weight_g": None,
        "min_age": None,
        "added_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Item(**{**fields, **over})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("piece", "price_minor", "cost"),
    [
        (item(), 2800, 2800),
        (item(label_minor=1234), 2800, 1234),
        (item(weight_g=500), 2800, 1400),
        (item(weight_g=485), 3999, 1940),  # 19.39515 yuan
        (item(weight_g=1), 1, 1),
    ],
)
def test_what_a_piece_costs(piece: Item, price_minor: int, cost: int) -> None:
    assert rules.unit_price(piece, price_minor) == cost


def test_a_basket_needs_the_age_of_its_strictest_good() -> None:
    assert rules.needed_age([]) == 0
    assert rules.needed_age([item(), item(min_age=18), item(min_age=16)]) == 18
