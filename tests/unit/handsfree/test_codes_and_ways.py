"""Numbers on labels, codes people show, the way through the mall, and what waiting asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce import redemption
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import new_id
from galleria.onsite.handsfree.model import BagDeskKind, BagExceptionKind, BagPolicy, BagState, BagStorage
from galleria.onsite.handsfree.rules import (
    COLLECT_PREFIX,
    Place,
    Spot,
    best_by,
    due,
    good_step,
    is_phone,
    label_code,
    label_valid,
    moment_of_scan,
    proxy_code,
    proxy_hash,
    read_label,
    read_proxy,
    read_rotating,
    read_stand_in,
    stand_in,
    way_round,
    worth,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NUMBERS = st.integers(0, 10**10 - 1)


@given(NUMBERS, st.integers(0, 11), st.integers(1, 9))
def test_every_wrong_digit_on_a_label_is_found(number: int, place: int, by: int) -> None:
    code = label_code(number)
    assert label_valid(code)
    wrong = str((int(code[place]) + by) % 10)
    assert not label_valid(code[:place] + wrong + code[place + 1 :])


@given(NUMBERS, st.integers(0, 10))
def test_every_swap_of_neighbours_on_a_label_is_found(number: int, place: int) -> None:
    code = label_code(number)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or not label_valid(swapped)


@pytest.mark.parametrize(
    "text", ["", "12", "BAG:", "BAG:123456789012345", "GAL:123456781234", "１２３４５６７８９０１２"]
)
def test_what_is_no_label_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_label(text)


def test_a_label_is_read_as_people_and_scanners_give_it() -> None:
    code = label_code(7)
    assert {read_label(f"BAG:{code}"), read_label(f" {code[:4]} {code[4:8]}-{code[8:]}")} == {code}


def test_a_code_is_good_for_this_half_minute_and_the_one_before() -> None:
    secret = b"s" * 32
    digits = redemption.rotating(secret, redemption.step_at(NOW))
    assert good_step(secret, digits, NOW, late=False) == redemption.step_at(NOW)
    assert good_step(secret, digits, NOW + timedelta(seconds=30), late=False) == redemption.step_at(NOW)
    assert good_step(secret, digits, NOW + timedelta(seconds=90), late=False) is None
    assert good_step(secret, digits, NOW + timedelta(seconds=90), late=True) == redemption.step_at(NOW)
    assert good_step(secret, digits, NOW + timedelta(minutes=10), late=True) is None


def test_a_phone_is_no_card() -> None:
    assert is_phone("138 0013 8000")
    assert is_phone("+8613800138000")
    assert not is_phone("123456789012")
    assert not is_phone("MBR:123456789012")
    with pytest.raises(Invalid):
        read_rotating("PXY:ABC", prefix=COLLECT_PREFIX, field="code")


def test_a_late_scan_is_put_right_by_the_phones_own_clock_and_never_in_the_future() -> None:
    fast = timedelta(minutes=10)
    scanned = NOW - timedelta(minutes=5)
    assert moment_of_scan(scanned + fast, sent_at=NOW + fast, now=NOW) == scanned
    assert moment_of_scan(NOW + fast, sent_at=None, now=NOW) == NOW


def test_a_pass_is_good_until_its_end_and_for_its_mall_only() -> None:
    member = new_id()
    shown = stand_in(b"k" * 32, member, NOW)
    assert read_stand_in(b"k" * 32, shown, NOW) == member
    assert read_stand_in(b"k" * 32, shown, NOW + timedelta(seconds=2)) is None
    assert read_stand_in(b"other" * 6, shown, NOW) is None
    assert read_stand_in(b"k" * 32, "PAS:" + "é" * 40, NOW) is None


@given(st.binary(min_size=32, max_size=32))
def test_a_proxys_code_reads_back_and_is_kept_as_a_hash(key: bytes) -> None:
    code = proxy_code(key)
    assert read_proxy(f"pxy:{code[:5]}-{code[5:]}".lower()) == code
    assert code.encode() not in proxy_hash(code)


SPOTS = st.lists(
    st.builds(
        lambda ordinal, unit, point: (ordinal, f"{unit:03}", point),
        st.sampled_from([None, -1, 0, 1, 2]),
        st.integers(0, 999),
        st.none() | st.tuples(st.floats(121.4, 121.5), st.floats(31.2, 31.3)),
    ),
    max_size=12,
)


@given(SPOTS)
def test_the_way_visits_every_shop_once_and_no_floor_twice(
    found: list[tuple[int | None, str, tuple[float, float]]],
) -> None:
    spots = [Spot(i, Place(floor, f"F{floor}", unit, point)) for i, (floor, unit, point) in enumerate(found)]
    way = [spot for spot, _ in way_round(Place(0, "F0", "000"), spots)]
    assert sorted(spot.thing for spot in way) == list(range(len(spots)))
    floors = [spot.place.floor_code for spot in way]
    assert len(dict.fromkeys(floors)) == len([f for i, f in enumerate(floors) if i == 0 or floors[i - 1] != f])
    assert way_round(None, spots) == way_round(None, spots)


def test_the_nearest_shop_is_next_and_its_metres_are_told() -> None:
    def at(name: str, lon: float) -> Spot[str]:
        return Spot(name, Place(1, "F1", name, (lon, 31.2)))

    way = way_round(Place(1, "F1", "desk", (121.40, 31.2)), [at("c", 121.43), at("a", 121.41), at("b", 121.42)])
    assert [spot.thing for spot, _ in way] == ["a", "b", "c"]
    assert way[0][1] == pytest.approx(951, abs=2)


def test_floors_go_up_first_then_down_and_undrawn_ones_come_last() -> None:
    spots = [Spot(o, Place(o, f"F{o}", "1")) for o in (-1, 3, None, 0, 1)]
    assert [spot.thing for spot, _ in way_round(Place(0, "F0", ""), spots)] == [0, 1, 3, -1, None]
    by_unit = [Spot(u, Place(0, "F0", u)) for u in ("9", "1", "5")]
    assert [spot.thing for spot, _ in way_round(None, by_unit)] == ["1", "5", "9"]


def asked(
    state: BagState, *, hours: int, kind: BagDeskKind = BagDeskKind.DESK, cold: bool = False
) -> BagExceptionKind | None:
    return due(
        BagPolicy(),
        state=state,
        best_by=NOW - timedelta(minutes=1) if cold else None,
        shelved_at=NOW - timedelta(hours=hours),
        kind=kind,
        now=NOW,
    )


def test_waiting_asks_for_the_store_room_then_for_the_shop_and_cold_comes_first() -> None:
    assert asked(BagState.SHELVED, hours=1) is None
    assert asked(BagState.SHELVED, hours=24) is BagExceptionKind.TO_STORE
    assert asked(BagState.SHELVED, hours=24, kind=BagDeskKind.STORE_ROOM) is None
    assert asked(BagState.SHELVED, hours=168, kind=BagDeskKind.STORE_ROOM) is BagExceptionKind.TO_RETURN
    assert asked(BagState.CARRIED, hours=500) is None
    assert asked(BagState.AT_SHOP, hours=0, cold=True) is BagExceptionKind.TOO_LONG
    assert asked(BagState.COLLECTED, hours=0, cold=True) is None


def test_cold_bags_have_their_time_and_bags_their_worth() -> None:
    policy = BagPolicy()
    assert best_by(policy, BagStorage.AMBIENT, NOW) is None
    assert best_by(policy, BagStorage.FROZEN, NOW) == NOW + timedelta(hours=3)
    assert (worth(policy, None), worth(policy, 0), worth(policy, 990)) == (50_000, 0, 990)
