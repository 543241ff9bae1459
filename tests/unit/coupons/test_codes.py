"""Codes: nobody mistypes one into another, and nothing but the key makes them."""

from hypothesis import assume, given
from hypothesis import strategies as st

from galleria.value.coupons.rules import code

KEY = b"k" * 32
numbers = st.integers(0, 2**31)
prefixes = st.text(code.ALPHABET, max_size=6)


@given(prefix=prefixes, number=numbers)
def test_a_code_survives_how_people_write_it(prefix: str, number: int) -> None:
    made = code.code_of(KEY, prefix, number)
    assert len(made) == len(prefix) + code.SYMBOLS + 1
    assert code.normalised(f" {code.printed(made).lower()} ") == made
    assert code.is_well_formed(made)


@given(prefix=prefixes, number=numbers, place=st.integers(0, 21), symbol=st.sampled_from(code.ALPHABET))
def test_one_wrong_symbol_is_always_found(prefix: str, number: int, place: int, symbol: str) -> None:
    made = code.code_of(KEY, prefix, number)
    place %= len(made)
    assume(made[place] != symbol)
    assert not code.is_well_formed(made[:place] + symbol + made[place + 1 :])


@given(prefix=prefixes, number=numbers, place=st.integers(0, 20))
def test_two_neighbours_swapped_are_always_found(prefix: str, number: int, place: int) -> None:
    made = code.code_of(KEY, prefix, number)
    place %= len(made) - 2
    assume(made[place] != made[place + 1])
    assert not code.is_well_formed(made[:place] + made[place + 1] + made[place] + made[place + 2 :])


def test_ambiguous_letters_and_other_rubbish_are_no_codes() -> None:
    for wrong in ("", "O" * 16, "0" * 16, "x", "\N{FULLWIDTH DIGIT TWO}" * 16, "2" * 15):
        assert not code.is_well_formed(code.normalised(wrong))


def test_codes_differ_by_key_and_by_number() -> None:
    made = {code.code_of(key, "", number) for key in (KEY, b"x" * 32) for number in range(5000)}
    assert len(made) == 10_000


def test_what_is_kept_needs_the_key() -> None:
    made = code.code_of(KEY, "", 1)
    assert code.digest_of(KEY, made) != code.digest_of(b"x" * 32, made)
    assert len(code.digest_of(KEY, made)) == 16
