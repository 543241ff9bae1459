"""Every way a decoder refuses input has a field, a code and words in both languages."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from galleria.platform import i18n
from galleria.platform.http.malformed import field_error


class Colour(StrEnum):
    RED = "red"


class Line(msgspec.Struct):
    quantity: Annotated[int, Meta(ge=1, le=99)]


class Request(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, Meta(min_length=3, max_length=5)] = "abc"
    code: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    lines: Annotated[list[Line], Meta(min_length=1, max_length=2)] = []
    shop_id: UUID | None = None
    colour: Colour = Colour.RED
    at: Annotated[datetime, Meta(tz=True)] | None = None
    big: int = 0


CASES: list[tuple[Any, str, str]] = [
    ({"name": "ab"}, "name", "too_short"),
    ({"name": "abcdef"}, "name", "too_long"),
    ({"code": "A1"}, "code", "wrong_form"),
    ({"lines": []}, "lines", "too_few"),
    ({"lines": [{"quantity": 1}] * 3}, "lines", "too_many_items"),
    ({"lines": [{"quantity": 0}]}, "lines[0].quantity", "too_small"),
    ({"lines": [{"quantity": 100}]}, "lines[0].quantity", "too_large_number"),
    ({"lines": [{}]}, "lines[0].quantity", "required"),
    ({"shop_id": "nonsense"}, "shop_id", "wrong_id"),
    ({"colour": "blue"}, "colour", "wrong_choice"),
    ({"at": "yesterday"}, "at", "wrong_time"),
    ({"at": "2026-05-01T10:00:00"}, "at", "wrong_time"),
    ({"name": 7}, "name", "wrong_type"),
    ({"wrong": 1}, "wrong", "unknown_field"),
]


@pytest.mark.parametrize(("body", "field", "code"), CASES)
def test_a_refusal_names_field_and_reason_in_both_languages(body: Any, field: str, code: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode(body), type=Request)
    found = field_error(str(refused.value))
    assert (found.field, found.code) == (field, code)
    for locale in i18n.LOCALES:
        said = i18n.text(f"fields.{found.code}", locale, **found.params)
        assert "{" not in said
        assert said != f"fields.{found.code}"


@pytest.mark.parametrize("raw", [b"{", b"nonsense", b""])
def test_what_is_no_json_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError) as refused:
        msgspec.json.decode(raw, type=Request)
    assert field_error(str(refused.value)).code == "not_json"


def test_the_frameworks_own_place_counts_and_unknown_words_are_kept() -> None:
    assert field_error("Expected `int` >= 1", "limit").field == "limit"
    assert field_error("Object missing required field `action`", "data").field == "action"
    odd = field_error("Something new", "data.lines")
    assert (odd.field, odd.code, odd.params) == ("lines", "malformed", {"reason": "Something new"})
