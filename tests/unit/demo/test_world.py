"""The demo mall is complete, bilingual, consistent and the same every time."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec
import phonenumbers
import pytest
from shapely.geometry import Point, shape

from galleria.demo.world import World, build_world, in_scope, members, order_plans
from galleria.demo.world.model import Member, OrderPlan, Text
from galleria.demo.world.offers import ZONE

TODAY = date(2026, 3, 14)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(20, today=TODAY)


@pytest.fixture(scope="module")
def people() -> list[Member]:
    return list(members(20_000, today=TODAY))


@pytest.fixture(scope="module")
def plans(world: World, people: list[Member]) -> list[OrderPlan]:
    return list(order_plans(world, people))


def texts(value: object) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from texts(getattr(value, field))
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)


def valid(phone: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(phone))


def test_the_same_arguments_make_the_same_world(world: World) -> None:
    assert build_world(20, today=TODAY) == world
    assert build_world(21, today=TODAY) != world


def test_there_is_enough_of_everything(world: World, people: list[Member], plans: list[OrderPlan]) -> None:
    big, small = ([shop for shop in world.shops if shop.mall == mall] for mall in (0, 1))
    assert len(big) >= 126
    assert len(small) == 12
    assert len(world.goods) >= 1_500
    assert sum(world.shops[good.shop].mall == 1 for good in world.goods) >= 60
    assert len([floor for floor in world.floors if floor.mall == 0]) == 6
    assert len(world.coupons) >= 24
    assert len(world.happenings) >= 14
    assert len(people) == 20_000
    assert len(plans) == pytest.approx(25_000, rel=0.02)
    assert sum(picture.kind == "good" for picture in world.pictures) >= 500


def test_every_text_speaks_both_languages(world: World) -> None:
    found = list(texts(world))
    assert len(found) > 10_000
    assert [text for text in found if not text.zh.strip() or not text.en.strip()] == []
    assert [text for text in found if any(ord(letter) > 0x2E7F for letter in text.en)] == []
    assert [text for text in found if text.zh.isascii() and len(text.zh) > 6] == []
    assert [text for text in found if "{" in text.zh + text.en] == []


def test_names_are_varied(world: World) -> None:
    physical = [good.name.zh for good in world.goods if good.kind == "physical"]
    assert len(set(physical)) > 0.9 * len(physical)
    for index in range(len(world.shops)):
        names = [good.name.zh for good in world.goods if good.shop == index]
        assert len(names) == len(set(names)), world.shops[index].name.zh
        assert len(names) >= 5, world.shops[index].name.zh
    assert len({shop.name.zh for shop in world.shops}) == len(world.shops)


def test_every_variant_has_a_price_and_its_own_sku(world: World) -> None:
    variants = [variant for good in world.goods for variant in good.variants]
    assert all(variant.price_fen > 0 and variant.price_fen % 100 == 0 for variant in variants)
    assert all(variant.stock >= 0 for variant in variants)
    assert len({variant.sku for variant in variants}) == len(variants)
    assert all(1 <= len(good.variants) <= 4 for good in world.goods)
    assert [(world.goods[good].variants[position]) for good, position in world.variants] == variants
    assert all(world.variants[good.first_variant] == (index, 0) for index, good in enumerate(world.goods))


def test_every_shop_has_a_unit_of_its_own(world: World) -> None:
    units = {(floor.mall, floor.code, unit.code) for floor in world.floors for unit in floor.units}
    taken = [(shop.mall, shop.floor, shop.unit) for shop in world.shops]
    assert set(taken) <= units
    assert len(set(taken)) == len(taken)


def test_floors_are_sound(world: World) -> None:
    for floor in world.floors:
        outline, corridor = shape(floor.outline), shape(floor.corridor)
        drawn = [shape(unit.shape) for unit in floor.units]
        rooms = [
            shape(facility.shape)
            for facility in floor.facilities
            if facility.kind in {"toilet", "nursing_room", "entrance"}
        ]
        solids = [*drawn, *rooms]
        assert all(solid.is_valid and solid.geom_type == "Polygon" for solid in solids)
        for number, one in enumerate(solids):
            assert outline.buffer(1e-7).contains(one)
            assert one.intersection(corridor).area < 1e-13
            assert all(one.intersection(other).area < 1e-13 for other in solids[number + 1 :])
        assert all(Point(unit.door).distance(corridor) < 1e-6 for unit in floor.units), floor.code
        assert corridor.geom_type == "Polygon", floor.code
        assert all(unit.area_m2 > 25 for unit in floor.units)


def test_categories_form_a_tree_and_are_used(world: World) -> None:
    codes = {category.code for category in world.categories}
    assert {category.parent for category in world.categories} - {None} <= codes
    assert {shop.category for shop in world.shops} | {good.category for good in world.goods} <= codes


def test_the_week_holds_every_happening(world: World) -> None:
    for happening in world.happenings:
        assert TODAY <= happening.starts_at.astimezone(ZONE).date() < TODAY + timedelta(days=7)
        assert happening.starts_at < happening.ends_at


def test_coupons_make_sense(world: World) -> None:
    for coupon in world.coupons:
        assert (coupon.amount_fen is None) != (coupon.percent_off is None)
        assert (coupon.cap_fen is None) == (coupon.percent_off is None)
        assert coupon.amount_fen is None or coupon.amount_fen < coupon.threshold_fen
        assert coupon.starts_at < coupon.ends_at
        assert all(world.shops[shop].mall == coupon.mall or coupon.funded_by is not None for shop in coupon.shops)
        assert any(in_scope(world, coupon, good) for good in world.goods)


def test_phone_numbers_are_possible_and_unique(world: World, people: list[Member]) -> None:
    mobiles = [person.phone for person in [*people, *world.staff]]
    assert len(set(mobiles)) == len(mobiles)
    assert all(valid(phone) for phone in mobiles[::97])
    assert all(valid(shop.phone) for shop in world.shops)
    assert all(valid(person.phone) for person in world.staff)


def test_members_are_plausible(people: list[Member]) -> None:
    assert list(members(50, today=TODAY)) == people[:50]
    assert all(TODAY - timedelta(days=550) <= person.joined <= TODAY for person in people)
    assert all(sum(person.taste.values()) == pytest.approx(1, abs=0.01) for person in people[::50])
    top = sorted((person.activity for person in people), reverse=True)
    assert sum(top[:2_000]) > 0.3 * sum(top)


def test_orders_tell_consistent_stories(world: World, people: list[Member], plans: list[OrderPlan]) -> None:
    assert {plan.outcome for plan in plans} >= {
        "collected",
        "waiting",
        "redeemed",
        "unused",
        "expired",
        "refunded",
    }
    for plan in plans:
        assert 1 <= len(plan.lines) <= 5
        goods = [world.goods[world.variants[variant][0]] for variant, _ in plan.lines]
        assert len({good.shop for good in goods}) <= 3
        assert {world.shops[good.shop].mall for good in goods} == {plan.mall}
        assert people[plan.member].joined <= plan.placed_at.date() < TODAY
        assert (plan.paid_at is None) == (plan.outcome in {"expired", "cancelled"})
        later = plan.redeemed_at or plan.refunded_at
        assert later is None or (plan.paid_at is not None and later > plan.paid_at)
    first = list(order_plans(world, people, days=90, count=300))
    assert first == list(order_plans(world, people, days=90, count=300))


def test_weekends_and_evenings_are_busier(plans: list[OrderPlan]) -> None:
    weekend = sum(plan.placed_at.weekday() >= 5 for plan in plans) / len(plans)
    night = sum(plan.placed_at.hour < 8 for plan in plans)
    assert weekend > 0.33
    assert night < len(plans) * 0.06


def test_every_picture_that_is_named_is_defined(world: World) -> None:
    keys = {picture.key for picture in world.pictures}
    assert len(keys) == len(world.pictures)
    named = {good.picture for good in world.goods} | {happening.picture for happening in world.happenings}
    assert named | {shop.logo for shop in world.shops} | {shop.hero for shop in world.shops} == keys
