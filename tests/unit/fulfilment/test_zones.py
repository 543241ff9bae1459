"""Which zone holds an address, and what bringing goods there costs."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.fulfilment.model import Place, Policy, Polygon, Zone, ZoneInput, ZoneKind
from galleria.commerce.fulfilment.rules import zones
from galleria.kernel.errors import Invalid

MALL = Policy(lat=31.2, lon=121.4)
SQUARE = [[[121.3, 31.1], [121.5, 31.1], [121.5, 31.3], [121.3, 31.3], [121.3, 31.1]]]


def zone(kind: ZoneKind = ZoneKind.DISTANCE, **over: Any) -> Zone:
    fields: dict[str, Any] = {
        "id": UUID(int=1), "name_zh": "近", "name_en": "Near", "kind": kind, "polygon": None, "reach_m": 3000,
        "districts": [], "fee_minor": 500, "per_km_minor": 0, "free_km": 0, "free_from_minor": None,
        "minimum_minor": 0, "travel_minutes": 30, "position": 0, "active": True,
    }  # fmt: skip
    return Zone(**fields | over)


def place(**over: Any) -> Place:
    return Place(**{"person": "林", "phone": "13800000000", "street": "云杉路1号", **over})


def test_a_place_without_position_is_in_no_zone_by_distance_but_might_be() -> None:
    assert zones.zone_of([zone()], MALL, place()) is None
    assert zones.needs_position([zone()], place())
    assert not zones.needs_position([zone(ZoneKind.DISTRICT, districts=["徐汇区"])], place())


def test_a_mall_without_position_measures_nothing() -> None:
    assert zones.zone_of([zone()], Policy(), place(lat=31.2, lon=121.4)) is None


def test_a_zone_not_in_use_holds_nothing() -> None:
    assert zones.zone_of([zone(active=False)], MALL, place(lat=31.2, lon=121.4)) is None


def test_each_kind_holds_what_it_should() -> None:
    by_border = zone(ZoneKind.POLYGON, polygon=Polygon(type="Polygon", coordinates=SQUARE))
    by_name = zone(ZoneKind.DISTRICT, districts=["徐汇区"])
    inside, outside = place(lat=31.2, lon=121.45), place(lat=31.2, lon=121.6)
    assert zones.zone_of([by_border], MALL, inside) == by_border
    assert zones.zone_of([by_border], MALL, outside) is None
    assert zones.zone_of([zone()], MALL, place(lat=31.21, lon=121.4)) == zone()
    assert zones.zone_of([zone()], MALL, place(lat=31.24, lon=121.4)) is None
    assert zones.zone_of([by_name], MALL, place(district=" 徐汇区 ")) == by_name


def test_the_lowest_position_counts() -> None:
    near, far = zone(position=2, fee_minor=1), zone(position=1, fee_minor=2)
    found = zones.zone_of([near, far], MALL, place(lat=31.2, lon=121.4))
    assert found is not None
    assert found.fee_minor == 2


def test_shanghai_to_beijing_is_about_a_thousand_kilometres() -> None:
    assert zones.distance_m((31.2304, 121.4737), (39.9042, 116.4074)) == pytest.approx(1_067_000, rel=0.01)


@given(st.integers(0, 10**7), st.floats(0, 60_000))
def test_a_fee_never_falls_with_distance_and_is_nothing_from_free_from(goods: int, away: float) -> None:
    far = zone(per_km_minor=200, free_km=3, free_from_minor=9900)
    fee = zones.fee_of(far, goods, away)
    assert fee <= zones.fee_of(far, goods, away + 1000)
    assert (fee == 0) == (goods >= 9900)


def test_a_begun_kilometre_counts() -> None:
    far = zone(per_km_minor=200, free_km=3)
    assert [zones.fee_of(far, 0, away) for away in (2999, 3000, 3001, 4001)] == [500, 500, 700, 900]


@pytest.mark.parametrize(
    "polygon",
    [
        None,
        Polygon(type="Point", coordinates=[121.3, 31.1]),
        Polygon(type="Polygon", coordinates=[]),
        Polygon(type="Polygon", coordinates=[[["a", "b"]]]),
        Polygon(type="Polygon", coordinates=[[[0, 0], [1, 1]]]),
        Polygon(type="Polygon", coordinates=[[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]),
        Polygon(type="Polygon", coordinates=[[[300, 0], [301, 0], [301, 1], [300, 0]]]),
    ],
)
def test_a_border_that_is_none_is_refused(polygon: Polygon | None) -> None:
    new = ZoneInput(name_zh="近", name_en="Near", kind=ZoneKind.POLYGON, fee_minor=0, polygon=polygon)
    with pytest.raises(Invalid):
        zones.require_border(new)


def test_each_kind_wants_its_own_border() -> None:
    for kind in (ZoneKind.DISTANCE, ZoneKind.DISTRICT):
        with pytest.raises(Invalid):
            zones.require_border(ZoneInput(name_zh="近", name_en="Near", kind=kind, fee_minor=0))
    whole = Polygon(type="Polygon", coordinates=SQUARE)
    zones.require_border(ZoneInput(name_zh="近", name_en="N", kind=ZoneKind.POLYGON, fee_minor=0, polygon=whole))
