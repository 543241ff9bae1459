"""A unified social credit code checks itself (GB 32100-2015)."""

from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.invoices.rules import LETTERS, is_tax_number
from galleria.kernel.paper import wrapped

KNOWN = "91350100M000100Y43"
"""The example of the standard."""


def test_the_standards_example_is_one() -> None:
    assert is_tax_number(KNOWN)


@given(place=st.integers(0, 17), letter=st.sampled_from(LETTERS))
def test_any_one_character_changed_is_noticed(place: int, letter: str) -> None:
    changed = KNOWN[:place] + letter + KNOWN[place + 1 :]
    assert is_tax_number(changed) == (changed == KNOWN)


def test_other_lengths_and_letters_are_none() -> None:
    assert not any(is_tax_number(text) for text in ("", KNOWN[:17], KNOWN + "0", KNOWN.replace("Y", "O")))


def test_chinese_wraps_between_any_two_characters_and_latin_between_words() -> None:
    assert "".join(wrapped("云杉里购物中心" * 5, 10, 80)) == "云杉里购物中心" * 5
    assert wrapped("one two three", 10, 45) == ["one two", "three"]
