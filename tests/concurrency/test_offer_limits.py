"""Every limit of an offer under pressure; each with its twin that shows the race when the guard is off.

The twins count as shops have shipped it: read what is used, compare, then write what was read plus one.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.offers import flash_terms, make_offer, new_order, offer_terms, use_of
from tests.factories.overlap import overlap, write
from tests.factories.twins import twins

from galleria.kernel.errors import DomainError
from galleria.kernel.ids import HouseholdId, MemberId, OrderId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import offers, promotions

DAY = date(2026, 5, 1)
RIVALS = 24


class Shopper(msgspec.Struct, frozen=True):
    """Who takes: a member, perhaps with a household."""

    member_id: MemberId
    household_id: HouseholdId | None = None


ONE, FAMILY = MemberId(new_id()), HouseholdId(new_id())


def anybody() -> Shopper:
    return Shopper(MemberId(new_id()))


def always_one() -> Shopper:
    return Shopper(ONE)


def the_family() -> Shopper:
    return Shopper(MemberId(new_id()), FAMILY)


LIMITS: dict[str, tuple[promotions.Limits, Callable[[], Shopper], type[DomainError]]] = {
    "total": (promotions.Limits(total=5), anybody, offers.OfferSoldOut),
    "member": (promotions.Limits(per_member=5), always_one, offers.OfferLimitReached),
    "member_day": (promotions.Limits(per_member_day=5), always_one, offers.OfferLimitReached),
    "household": (promotions.Limits(per_household=5), the_family, offers.OfferLimitReached),
    "day": (promotions.Limits(per_day=5), anybody, offers.OfferLimitReached),
    "budget": (promotions.Limits(budget_minor=2500), anybody, offers.OfferBudgetSpent),
}


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


def taking(mall: MadeMall, shopper: Shopper, *uses: promotions.Use, order: OrderId | None = None) -> Any:
    async def operation(tx: Tx) -> bool:
        await offers.take(
            tx,
            mall_id=mall.mall_id,
            order_id=order or new_order(),
            member_id=shopper.member_id,
            household_id=shopper.household_id,
            uses=uses,
            day=DAY,
            now=datetime.now(UTC),
        )
        return True

    return operation


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_crowd_gets_exactly_what_a_limit_allows(runtime: Runtime, mall: MadeMall, limit: str) -> None:
    limits, shopper, refusal = LIMITS[limit]
    offer = await make_offer(runtime, mall.mall_id, offer_terms(limits=limits))
    given = await asyncio.gather(
        *(write(runtime, taking(mall, shopper(), use_of(offer))) for _ in range(RIVALS)), return_exceptions=True
    )
    assert sum(outcome is True for outcome in given) == 5
    assert sum(isinstance(outcome, refusal) for outcome in given) == RIVALS - 5
    async with runtime.db.read() as tx:
        assert await tx.values("SELECT used FROM offers.counter WHERE id = $1", offer.id) == [5]
        assert await tx.value("SELECT count(*) FROM offers.use WHERE offer_id = $1", offer.id) == 5


@pytest.mark.parametrize("limit", LIMITS)
async def test_twin_without_the_guard_every_limit_is_passed(runtime: Runtime, mall: MadeMall, limit: str) -> None:
    limits, _, _ = LIMITS[limit]
    allowed, cost = (limits.budget_minor, 500) if limit == "budget" else (5, 1)
    assert allowed is not None
    async with twins(runtime, "offers.counter"):
        async with runtime.db.read() as tx:
            await tx.value(
                "INSERT INTO twin.counter (mall_id, id, scope, key, used) VALUES ($1, $1, 'total', '', $2)",
                mall.mall_id,
                allowed - cost,
            )
        together = asyncio.Barrier(6)

        async def naive() -> bool:
            async with runtime.db.read() as tx:
                used = await tx.value("SELECT used FROM twin.counter WHERE id = $1", mall.mall_id)
                await together.wait()
                if used + cost > allowed:
                    return False
                await tx.value("UPDATE twin.counter SET used = $2 WHERE id = $1", mall.mall_id, used + cost)
                return True

        assert sum(await asyncio.gather(*(naive() for _ in range(6)))) > 1


async def test_the_last_unit_of_a_session_goes_to_one_of_two(runtime: Runtime, mall: MadeMall) -> None:
    offer = await make_offer(runtime, mall.mall_id, flash_terms(stock=1))
    first, rival = await overlap(
        runtime, taking(mall, anybody(), use_of(offer)), write(runtime, taking(mall, anybody(), use_of(offer)))
    )
    assert first is True
    assert isinstance(rival, offers.OfferSoldOut)


async def test_orders_that_take_two_offers_crosswise_all_end(
    runtime: Runtime, mall: MadeMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the orders name the offers the other way round, and no transaction is ever a deadlock."""
    monkeypatch.setattr("galleria.platform.db.RETRIED", ())
    both = [await make_offer(runtime, mall.mall_id, offer_terms(limits=promotions.Limits(total=30))) for _ in "ab"]
    uses = [use_of(offer) for offer in both]
    await asyncio.gather(
        *(write(runtime, taking(mall, anybody(), *(uses if i % 2 else reversed(uses)))) for i in range(30))
    )
    async with runtime.db.read() as tx:
        used = await tx.values("SELECT used FROM offers.counter WHERE id = ANY($1)", [offer.id for offer in both])
    assert used == [30, 30]


async def test_an_order_released_by_two_at_once_gives_back_once(runtime: Runtime, mall: MadeMall) -> None:
    offer = await make_offer(runtime, mall.mall_id, flash_terms(stock=9))
    order = new_order()
    await write(runtime, taking(mall, anybody(), use_of(offer, units=4), order=order))

    async def release(tx: Tx) -> int:
        return await offers.release(tx, mall_id=mall.mall_id, order_id=order)

    given = await overlap(runtime, release, write(runtime, release))
    assert sorted(given) == [0, 1]
    async with runtime.db.read() as tx:
        assert await tx.values("SELECT used FROM offers.counter WHERE id = $1", use_of(offer).id) == [0]


async def test_paid_and_expired_at_once_is_one_of_both(runtime: Runtime, mall: MadeMall) -> None:
    offer = await make_offer(runtime, mall.mall_id, flash_terms(stock=9))
    order = new_order()
    await write(runtime, taking(mall, anybody(), use_of(offer, units=4), order=order))
    settled, released = await overlap(
        runtime,
        lambda tx: offers.settle(tx, mall_id=mall.mall_id, order_id=order),
        write(runtime, lambda tx: offers.release(tx, mall_id=mall.mall_id, order_id=order)),
    )
    assert (settled, released) == (1, 0)
    async with runtime.db.read() as tx:
        assert await tx.values("SELECT used FROM offers.counter WHERE id = $1", use_of(offer).id) == [4]


async def test_two_who_change_an_offer_at_once_make_one_version(runtime: Runtime, mall: MadeMall) -> None:
    offer = await make_offer(runtime, mall.mall_id)

    async def change(tx: Tx) -> int:
        wanted = offers.OfferChange(terms=offer_terms(title_en="Another"), version=1)
        changed = await offers.change(
            tx, actor=SYSTEM, mall_id=mall.mall_id, offer_id=offer.id, change=wanted, now=datetime.now(UTC)
        )
        return changed.version

    first, rival = await overlap(runtime, change, write(runtime, change))
    assert first == 2
    assert isinstance(rival, offers.OfferChanged)
