import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce import redemption
from galleria.commerce.redemption import rules
from galleria.kernel.errors import Invalid

SECRET = b"galleria rotating ticket secret!"
AT = datetime.fromtimestamp(1_767_225_600, tz=UTC)


def test_the_web_clients_vector() -> None:
    assert "40718265" + redemption.rotating(SECRET, redemption.step_at(AT)) == "407182653713"


@given(st.binary(min_size=16, max_size=64), st.integers(min_value=0, max_value=2**40))
def test_codes_are_those_of_an_independent_computation(secret: bytes, step: int) -> None:
    digest = hmac.new(secret, str(step).encode("ascii"), hashlib.sha256).digest()
    start = digest[31] % 16
    number = ((digest[start] & 0x7F) << 24) | (digest[start + 1] << 16) | (digest[start + 2] << 8) | digest[start + 3]
    assert redemption.rotating(secret, step) == str(number % 10000).zfill(4)


def test_a_code_is_good_for_its_half_minute_and_the_next() -> None:
    digits = rules.rotating(SECRET, rules.step_at(AT))
    seconds = {0: "good", 29: "good", 30: "good", 59: "good", 60: "stale", 570: "stale", 1200: "wrong"}
    found = {s: rules.standing(SECRET, digits, AT + timedelta(seconds=s)).value for s in seconds}
    assert found == seconds


def test_the_code_of_a_phone_that_runs_ahead_is_stale() -> None:
    digits = rules.rotating(SECRET, rules.step_at(AT) + 3)
    assert rules.standing(SECRET, digits, AT) is rules.CodeStanding.STALE


@pytest.mark.parametrize("shown", ["GAL:407182653713", "407182653713", "4071 8265 3713", "gal:40718265-3713"])
def test_a_code_is_read_as_people_and_scanners_give_it(shown: str) -> None:
    assert rules.split_code(shown) == ("40718265", "3713")


@pytest.mark.parametrize(
    "shown", ["", "GAL:", "40718265371", "4071826537133", "https://x.test/1", "４０７１８２６５３７１３"]
)
def test_anything_else_is_no_code(shown: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.split_code(shown)
    assert refused.value.errors[0].code == "ticket_code"


def test_a_week_is_the_end_of_reversal() -> None:
    rules.require_reversible(AT, AT + rules.REVERSE_WITHIN)
    with pytest.raises(redemption.ReversalTooLate):
        rules.require_reversible(AT, AT + rules.REVERSE_WITHIN + timedelta(seconds=1))
