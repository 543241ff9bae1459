"""What a process tells of who claims much."""

from hypothesis import given
from hypothesis import strategies as st

from galleria.engagement.festivals.model import SourceKind
from galleria.engagement.festivals.room.tally import TOLD_FROM, Tally
from galleria.kernel.ids import MemberId, new_id


def test_who_claims_once_is_never_told_of() -> None:
    tally = Tally()
    told = [tally.add(SourceKind.DEVICE, str(i), MemberId(new_id()), 20) for i in range(100)]
    assert not any(told)
    assert tally.take() == []


@given(st.lists(st.integers(0, 5), max_size=200), st.integers(1, 40), st.integers(1, 30))
def test_what_is_told_adds_up_to_what_was_counted(keys: list[int], allowed: int, every: int) -> None:
    tally, told = Tally(), dict.fromkeys(map(str, range(6)), 0)
    for i, key in enumerate(keys):
        tally.add(SourceKind.DEVICE, str(key), MemberId(new_id()), allowed)
        if i % every == 0:
            for one in tally.take():
                told[one.key] += one.claims
    for one in tally.take():
        told[one.key] += one.claims
    for name, claims in told.items():
        counted = keys.count(int(name))
        assert claims == (counted if counted >= max(1, allowed // TOLD_FROM) else 0)


def test_the_people_behind_are_named_twenty_of_them() -> None:
    tally, people = Tally(), [MemberId(new_id()) for _ in range(30)]
    for one in people:
        tally.add(SourceKind.ADDRESS, "203.0.113.9", one, 10)
    [told] = tally.take()
    assert (told.claims, len(told.member_ids)) == (30, 20)
    assert people[0] in told.member_ids
