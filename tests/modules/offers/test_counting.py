"""What an order takes of an offer: held, settled, given back once, and refused with the offer's name."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.offers import flash_terms, make_offer, new_order, offer_terms, use_of
from tests.factories.overlap import write

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import HouseholdId, MemberId, OrderId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.runtime import Runtime
from galleria.value import offers, promotions

TODAY, TOMORROW = date(2026, 5, 1), date(2026, 5, 2)


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def take(
    runtime: Runtime,
    mall: MadeMall,
    *uses: promotions.Use,
    member: MemberId | None = None,
    household: HouseholdId | None = None,
    day: date = TODAY,
    order: OrderId | None = None,
) -> OrderId:
    taken = order or new_order()
    await write(
        runtime,
        lambda tx: offers.take(
            tx,
            mall_id=mall.mall_id,
            order_id=taken,
            member_id=member or MemberId(new_id()),
            household_id=household,
            uses=uses,
            day=day,
            now=datetime.now(UTC),
        ),
    )
    return taken


async def used(runtime: Runtime, mall: MadeMall, offer: offers.ManagedOffer, **who: Any) -> promotions.Used:
    shopper: dict[str, Any] = {"member_id": None, "household_id": None, "day": TODAY, **who}
    async with runtime.db.read() as tx:
        ids = [use_of(offer).id]
        found = await offers.used(tx, mall_id=mall.mall_id, ids=ids, **shopper)
    return found.get(ids[0], promotions.Used())


async def test_what_has_no_room_is_refused_by_name_and_nothing_is_counted(runtime: Runtime, mall: MadeMall) -> None:
    plenty = await make_offer(runtime, mall.mall_id, offer_terms(limits=promotions.Limits(total=100)))
    scarce = await make_offer(runtime, mall.mall_id, offer_terms(limits=promotions.Limits(total=2)))
    with pytest.raises(offers.OfferSoldOut) as refused:
        await take(runtime, mall, use_of(plenty), use_of(scarce, units=3))
    assert refused.value.params["offer_id"] == str(scarce.id)
    assert refused.value.params["left"] == 2
    assert (await used(runtime, mall, plenty)).total == 0
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM offers.use WHERE offer_id = ANY($1)", [plenty.id, scarce.id]) == 0


LIMITS: list[tuple[promotions.Limits, type[Conflict]]] = [
    (promotions.Limits(total=1), offers.OfferSoldOut),
    (promotions.Limits(per_member=1), offers.OfferLimitReached),
    (promotions.Limits(per_member_day=1), offers.OfferLimitReached),
    (promotions.Limits(per_household=1), offers.OfferLimitReached),
    (promotions.Limits(per_day=1), offers.OfferLimitReached),
    (promotions.Limits(budget_minor=700), offers.OfferBudgetSpent),
]


@pytest.mark.parametrize(("limits", "refusal"), LIMITS)
async def test_every_limit_refuses_the_second_order(
    runtime: Runtime, mall: MadeMall, limits: promotions.Limits, refusal: type[Conflict]
) -> None:
    offer, member = await make_offer(runtime, mall.mall_id, offer_terms(limits=limits)), MemberId(new_id())
    await take(runtime, mall, use_of(offer), member=member)
    with pytest.raises(refusal):
        await take(runtime, mall, use_of(offer), member=member)


async def test_a_day_later_the_limits_of_a_day_are_fresh(runtime: Runtime, mall: MadeMall) -> None:
    limits = promotions.Limits(per_member_day=1, per_day=1)
    offer, member = await make_offer(runtime, mall.mall_id, offer_terms(limits=limits)), MemberId(new_id())
    await take(runtime, mall, use_of(offer), member=member)
    await take(runtime, mall, use_of(offer), member=member, day=TOMORROW)
    seen = await used(runtime, mall, offer, member_id=member, day=TOMORROW)
    assert (seen.member_day, seen.day) == (1, 1)


async def test_a_household_shares_its_limit(runtime: Runtime, mall: MadeMall) -> None:
    offer = await make_offer(runtime, mall.mall_id, offer_terms(limits=promotions.Limits(per_household=1)))
    family = HouseholdId(new_id())
    await take(runtime, mall, use_of(offer), household=family)
    with pytest.raises(offers.OfferLimitReached) as refused:
        await take(runtime, mall, use_of(offer), household=family)
    assert refused.value.params["scope"] == "household"
    await take(runtime, mall, use_of(offer))


async def test_taking_again_for_an_order_changes_nothing(runtime: Runtime, mall: MadeMall) -> None:
    offer = await make_offer(runtime, mall.mall_id, offer_terms(limits=promotions.Limits(total=5)))
    order = await take(runtime, mall, use_of(offer))
    await take(runtime, mall, use_of(offer), order=order)
    assert (await used(runtime, mall, offer)).total == 1


async def test_an_order_that_is_not_paid_gives_back_and_only_once(runtime: Runtime, mall: MadeMall) -> None:
    limits = promotions.Limits(total=5, per_member=5, per_household=5, per_day=5, per_member_day=5, budget_minor=9000)
    offer, member = await make_offer(runtime, mall.mall_id, offer_terms(limits=limits)), MemberId(new_id())
    order = await take(runtime, mall, use_of(offer, units=2), member=member)
    await take(runtime, mall, use_of(offer), member=member)
    given = [await write(runtime, lambda tx: offers.release(tx, mall_id=mall.mall_id, order_id=order)) for _ in "ab"]
    assert given == [1, 0]
    seen = await used(runtime, mall, offer, member_id=member)
    assert seen == promotions.Used(member=1, member_day=1, household=1, day=1, total=1, spent_minor=500)


async def test_a_paid_order_keeps_what_it_took_until_it_is_refunded(runtime: Runtime, mall: MadeMall) -> None:
    offer = await make_offer(runtime, mall.mall_id, flash_terms(stock=3))
    order = await take(runtime, mall, use_of(offer, units=3))

    async def end(step: Any) -> int:
        given: int = await write(runtime, lambda tx: step(tx, mall_id=mall.mall_id, order_id=order))
        return given

    assert await end(offers.give_back) == 0  # not paid yet: nothing to refund
    assert await end(offers.settle) == 1
    assert await end(offers.release) == 0  # paid: it does not expire
    with pytest.raises(offers.OfferSoldOut):
        await take(runtime, mall, use_of(offer))
    assert [await end(offers.give_back), await end(offers.give_back)] == [1, 0]
    assert (await used(runtime, mall, offer)).total == 0
    await take(runtime, mall, use_of(offer, units=3))


async def test_sessions_have_stocks_of_their_own(runtime: Runtime, mall: MadeMall) -> None:
    offer = await make_offer(runtime, mall.mall_id, flash_terms(stock=1))
    await take(runtime, mall, use_of(offer))
    second = offer.terms.sessions[1].id
    assert second is not None
    await take(runtime, mall, promotions.Use(id=second, offer_id=offer.id, version=1, units=1, amount_minor=1))


async def test_a_limit_that_comes_later_counts_what_was_before(runtime: Runtime, mall: MadeMall) -> None:
    offer, member = await make_offer(runtime, mall.mall_id), MemberId(new_id())
    order = await take(runtime, mall, use_of(offer), member=member)

    async def limit(tx: Any) -> offers.ManagedOffer:
        now = datetime.now(UTC)
        change = offers.OfferChange(terms=offer_terms(limits=promotions.Limits(total=2, per_member=1)), version=1)
        made = await offers.change(tx, actor=SYSTEM, mall_id=mall.mall_id, offer_id=offer.id, change=change, now=now)
        return await offers.approve(tx, mall_id=mall.mall_id, offer_id=made.id, version=made.version, now=now)

    changed = await write(runtime, limit)
    with pytest.raises(offers.OfferLimitReached):
        await take(runtime, mall, use_of(changed), member=member)
    assert (await used(runtime, mall, changed, member_id=member)).member == 1
    await write(runtime, lambda tx: offers.release(tx, mall_id=mall.mall_id, order_id=order))
    assert await used(runtime, mall, changed, member_id=member) == promotions.Used()


async def test_a_version_that_was_superseded_counts_by_its_own_limits(runtime: Runtime, mall: MadeMall) -> None:
    """An order priced before a change keeps the version it was priced with."""
    offer = await make_offer(runtime, mall.mall_id, offer_terms(limits=promotions.Limits(total=5)))
    before = use_of(offer, units=4)

    async def shrink(tx: Any) -> offers.ManagedOffer:
        now = datetime.now(UTC)
        change = offers.OfferChange(terms=offer_terms(limits=promotions.Limits(total=3)), version=1)
        made = await offers.change(tx, actor=SYSTEM, mall_id=mall.mall_id, offer_id=offer.id, change=change, now=now)
        return await offers.approve(tx, mall_id=mall.mall_id, offer_id=made.id, version=made.version, now=now)

    changed = await write(runtime, shrink)
    await take(runtime, mall, before)
    with pytest.raises(offers.OfferSoldOut):
        await take(runtime, mall, use_of(changed))
