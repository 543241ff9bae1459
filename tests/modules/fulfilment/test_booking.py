"""Ways are told with their fee, promise or why not; what is booked is taken once and given back once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.factories.catalog import make_product
from tests.factories.checkout import counted
from tests.factories.fulfilment import Bringing, make_address, make_bringing, room, tomorrow, write
from tests.factories.members import make_member

from galleria.commerce import fulfilment
from galleria.commerce.fulfilment import model
from galleria.commerce.fulfilment.model import BelongsTo, Carrier, Storage, WhyNot
from galleria.commerce.fulfilment.operations import settings
from galleria.commerce.orders import Way
from galleria.kernel.ids import OrderId, new_id
from galleria.platform.runtime import Runtime


@pytest.fixture
async def bringing(runtime: Runtime) -> Bringing:
    return await make_bringing(runtime)


async def booked_of(b: Bringing) -> int:
    found: int = await b.runtime.db.pool.fetchval(
        "SELECT coalesce(sum(booked), 0) FROM fulfilment.slot WHERE mall_id = $1", b.mall.mall_id
    )
    return found


async def held(b: Bringing) -> dict[str, int]:
    rows = await b.runtime.db.pool.fetch(
        "SELECT storage, held FROM fulfilment.compartment WHERE mall_id = $1 AND held > 0", b.mall.mall_id
    )
    return {row["storage"]: row["held"] for row in rows}


async def bookings(b: Bringing) -> int:
    found: int = await b.runtime.db.pool.fetchval(
        "SELECT count(*) FROM fulfilment.booking WHERE mall_id = $1", b.mall.mall_id
    )
    return found


async def test_without_an_address_nothing_is_brought(runtime: Runtime, bringing: Bringing) -> None:
    stranger = await make_member(runtime, bringing.mall.group_id)
    async with runtime.db.read() as tx:
        (offer,) = await fulfilment.quote_ways(
            tx, mall_id=bringing.mall.mall_id, parts=[bringing.part()], member_id=stranger.id, choices=[],
            now=datetime.now(UTC),
        )  # fmt: skip
    why = {option.way: option.why_not for option in offer.ways}
    assert why == {
        Way.COLLECT: None, Way.POINT: None, Way.DELIVERY: WhyNot.ADDRESS_MISSING, Way.EXPRESS: WhyNot.ADDRESS_MISSING,
    }  # fmt: skip


async def test_somebody_elses_address_is_none(runtime: Runtime, bringing: Bringing) -> None:
    other = await make_address(runtime, await make_member(runtime, bringing.mall.group_id))
    choice = bringing.choice(Way.DELIVERY, address_id=other.id)
    assert (await bringing.quote(choice))[Way.DELIVERY].why_not is WhyNot.ADDRESS_MISSING
    with pytest.raises(fulfilment.WayNotOffered):
        await bringing.book(choice)
    assert await bookings(bringing) == 0


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ({"lat": None, "lon": None}, WhyNot.ADDRESS_UNLOCATED),
        ({"lat": 32.0}, WhyNot.OUT_OF_ZONE),
    ],
)
async def test_far_away_nothing_is_brought_but_a_parcel(
    runtime: Runtime, bringing: Bringing, address: dict[str, Any], why: WhyNot
) -> None:
    far = await make_address(runtime, bringing.member, **address)
    found = await bringing.quote(bringing.choice(Way.DELIVERY, address_id=far.id))
    assert found[Way.DELIVERY].why_not is why
    parcel = await bringing.quote(bringing.choice(Way.EXPRESS, address_id=far.id))
    assert parcel[Way.EXPRESS].why_not is None


async def test_a_way_the_shop_does_not_offer_cannot_be_booked(bringing: Bringing) -> None:
    other = bringing.choice(Way.DELIVERY, shop_id=bringing.mall.shop_ids[2])
    with pytest.raises(fulfilment.WayNotOffered):
        await bringing.book(other, shop_id=bringing.mall.shop_ids[2])
    assert await bookings(bringing) == 0


async def test_too_little_goods_tell_what_is_missing_to_the_minimum_and_to_free_delivery(bringing: Bringing) -> None:
    few, some, many = [(await bringing.quote(goods_minor=goods))[Way.DELIVERY] for goods in (1500, 8000, 9900)]
    assert (few.why_not, few.missing_minor) == (WhyNot.BELOW_MINIMUM, 500)
    assert (some.why_not, some.fee_minor, some.missing_minor) == (None, 600, 1900)
    assert (many.fee_minor, many.missing_minor) == (0, 0)


async def test_whose_the_fee_is_follows_who_carries(runtime: Runtime, bringing: Bringing) -> None:
    before = await bringing.quote()
    assert {way: option.belongs_to for way, option in before.items()} == {
        Way.COLLECT: BelongsTo.MERCHANT, Way.POINT: BelongsTo.MALL, Way.DELIVERY: BelongsTo.MERCHANT,
        Way.EXPRESS: BelongsTo.MERCHANT,
    }  # fmt: skip
    terms = model.ShopWayInput(carrier=Carrier.RIDERS)
    await write(
        runtime,
        lambda tx: settings.save_way(
            tx, mall_id=bringing.mall.mall_id, shop_id=bringing.shop_id, way=Way.DELIVERY, new=terms,
            now=datetime.now(UTC),
        ),
        returns=list[model.ShopWay],
    )  # fmt: skip
    assert (await bringing.quote())[Way.DELIVERY].belongs_to is BelongsTo.MALL


async def test_a_plain_cart_costs_no_statement(runtime: Runtime, bringing: Bringing) -> None:
    async with counted(runtime) as seen:
        assert await bringing.book(bringing.choice(Way.COLLECT)) == []
    assert [sql for sql in seen if "fulfilment" in sql and "journal" not in sql] == []


async def test_a_booking_has_the_promise_that_was_shown(bringing: Bringing) -> None:
    await bringing.rule(Way.DELIVERY)
    shown = (await bringing.quote(bringing.choice(Way.DELIVERY)))[Way.DELIVERY]
    (booked,) = await bringing.book(bringing.choice(Way.DELIVERY, slot_id=shown.slot_id))
    assert (booked.promise, booked.fee_minor, booked.slot_id) == (shown.promise, 600, shown.slot_id)
    assert booked.prepare_by <= booked.promise.earliest - timedelta(minutes=30)


async def test_without_slots_the_promise_runs_from_now(bringing: Bringing) -> None:
    now = datetime.now(UTC)
    found = await bringing.quote(now=now)
    promise = found[Way.DELIVERY].promise
    assert promise is not None
    assert (promise.earliest, promise.latest) == (now + timedelta(minutes=30), now + timedelta(minutes=60))
    point = found[Way.POINT].promise
    assert point is not None
    assert point.latest == now + timedelta(minutes=60)


async def test_a_full_slot_is_not_offered_and_cannot_be_booked(bringing: Bringing) -> None:
    await bringing.rule(Way.DELIVERY, capacity=1)
    first = (await bringing.quote())[Way.DELIVERY].slots[0]
    choice = bringing.choice(Way.DELIVERY, slot_id=first.id)
    await bringing.book(choice)
    assert first.id not in [slot.id for slot in (await bringing.quote())[Way.DELIVERY].slots]
    with pytest.raises(fulfilment.SlotFull):
        await bringing.book(choice)
    assert (await booked_of(bringing), await bookings(bringing)) == (1, 1)


async def test_when_every_slot_is_gone_the_way_is(bringing: Bringing) -> None:
    await bringing.rule(Way.DELIVERY, capacity=0)
    assert (await bringing.quote())[Way.DELIVERY].why_not is WhyNot.NO_SLOT
    with pytest.raises(fulfilment.WayNotOffered):
        await bringing.book(bringing.choice(Way.DELIVERY))


async def test_a_holiday_takes_its_slots_away(runtime: Runtime, bringing: Bringing) -> None:
    await bringing.rule(Way.DELIVERY)
    day = (tomorrow(0) + timedelta(hours=8)).date()
    before = (await bringing.quote())[Way.DELIVERY].slots
    closed = model.HolidayInput(name_zh="盘点", name_en="Stocktaking")
    await write(
        runtime,
        lambda tx: settings.save_holiday(tx, mall_id=bringing.mall.mall_id, day=day, new=closed),
        returns=model.Holiday,
    )
    after = (await bringing.quote())[Way.DELIVERY].slots
    gone = {slot.starts_at for slot in before} - {slot.starts_at for slot in after}
    assert gone == {tomorrow(10)}


async def test_collecting_in_a_slot_books_it(bringing: Bringing) -> None:
    await bringing.rule(Way.COLLECT)
    slot = (await bringing.quote())[Way.COLLECT].slots[0]
    (booked,) = await bringing.book(bringing.choice(Way.COLLECT, slot_id=slot.id))
    assert (booked.fee_minor, booked.promise.earliest) == (0, slot.starts_at)
    assert await booked_of(bringing) == 1


async def test_released_once_everything_is_back_and_twice_nothing_more(runtime: Runtime, bringing: Bringing) -> None:
    await bringing.rule(Way.POINT)
    order_id = OrderId(new_id())
    await bringing.book(bringing.choice(Way.POINT), order_id=order_id)
    assert (await booked_of(bringing), await held(bringing)) == (1, {"ambient": 1})

    async def release() -> int:
        return await write(
            runtime, lambda tx: fulfilment.release(tx, mall_id=bringing.mall.mall_id, order_id=order_id), returns=int
        )

    assert [await release(), await release()] == [1, 0]
    assert (await booked_of(bringing), await held(bringing)) == (0, {})


async def test_a_point_takes_a_place_of_every_class_the_goods_need(runtime: Runtime, bringing: Bringing) -> None:
    tea = await make_product(runtime, bringing.mall, bringing.shop_id)
    ice = await make_product(runtime, bringing.mall, bringing.shop_id)
    await write(
        runtime,
        lambda tx: settings.save_storage(tx, mall_id=bringing.mall.mall_id, product_id=ice.id, storage=Storage.FROZEN),
        returns=model.ProductStorage,
    )
    goods = {"product_ids": [tea.id, ice.id]}
    assert (await bringing.quote(**goods))[Way.EXPRESS].why_not is WhyNot.PARCEL_STORAGE
    await bringing.book(bringing.choice(Way.POINT), **goods)
    assert await held(bringing) == {"ambient": 1, "frozen": 1}
    assert (await bringing.quote(**goods))[Way.POINT].why_not is WhyNot.POINT_FULL
    with pytest.raises(fulfilment.PointFull):
        await bringing.book(bringing.choice(Way.POINT), **goods)
    assert await held(bringing) == {"ambient": 1, "frozen": 1}
    assert (await bringing.quote(product_ids=[tea.id]))[Way.POINT].why_not is None


async def test_a_point_without_the_class_says_so(bringing: Bringing) -> None:
    await bringing.point(bringing.desk.id, code=bringing.desk.code, compartments=[room("ambient")])
    found = await bringing.quote(bringing.choice(Way.POINT), storage=Storage.CHILLED)
    assert found[Way.POINT].why_not is WhyNot.POINT_STORAGE


async def test_a_smaller_capacity_leaves_what_is_booked(runtime: Runtime, bringing: Bringing) -> None:
    rule = await bringing.rule(Way.DELIVERY, capacity=2)
    slot = (await bringing.quote())[Way.DELIVERY].slots[0]
    for _ in range(2):
        await bringing.book(bringing.choice(Way.DELIVERY, slot_id=slot.id))
    new = model.SlotRuleInput(way=Way.DELIVERY, weekdays=rule.weekdays, starts="10:00", ends="12:00", capacity=1)
    await write(
        runtime,
        lambda tx: settings.save_rule(
            tx, mall_id=bringing.mall.mall_id, rule_id=rule.id, new=new, now=datetime.now(UTC)
        ),
        returns=model.SlotRule,
    )
    assert await booked_of(bringing) == 2
    with pytest.raises(fulfilment.SlotFull):
        await bringing.book(bringing.choice(Way.DELIVERY, slot_id=slot.id))
