"""Two who decide a request at the same moment: one decides. The twin shows both deciding."""

import asyncio
from datetime import UTC, datetime

from tests.factories.catalog import make_product
from tests.factories.launches import launched
from tests.factories.malls import make_mall
from tests.factories.members import make_staff
from tests.factories.offers import make_offer, offer_terms
from tests.factories.overlap import Operation, overlap, write
from tests.factories.twins import twins

from galleria.engagement import launch
from galleria.platform.actors import Actor, ActorKind, Grant, Role
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import offers, promotions


async def _asked(runtime: Runtime) -> tuple[offers.ManagedOffer, launch.Review, list[Actor]]:
    mall = await make_mall(runtime)
    await make_product(runtime, mall, mall.shop_ids[0], price_minor=10_000)
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    people = [await make_staff(runtime, mall.group_id, [grant]) for _ in range(3)]
    actors = [Actor(kind=ActorKind.STAFF, id=person.id, grants=(grant,)) for person in people]
    cheap = promotions.SetPrice(price_minor=2000)
    terms = offer_terms(
        preset=offers.Preset.LIMITED_PRICE,
        benefit=cheap,
        stacking=promotions.Stacking(layer=promotions.Layer.PRICE),
        threshold_minor=0,
    )
    offer = await make_offer(runtime, mall.mall_id, terms, live=False)
    review = await launched(runtime, mall.mall_id, offer.id, actor=actors[0])
    assert review.state is launch.ReviewState.PENDING
    return offer, review, actors[1:]


async def test_of_two_approvers_one_approves(runtime: Runtime) -> None:
    offer, review, (one, other) = await _asked(runtime)

    def approving(actor: Actor) -> Operation:
        async def operation(tx: Tx) -> launch.ReviewState:
            approved = await launch.approve(
                tx, actor=actor, mall_id=offer.mall_id, review_id=review.id, now=datetime.now(UTC)
            )
            return approved.state

        return operation

    first, rival = await overlap(runtime, approving(one), write(runtime, approving(other)))
    assert first is launch.ReviewState.APPROVED
    assert isinstance(rival, launch.ReviewDecided)
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT decided_by FROM launch.review WHERE id = $1", review.id) == one.id


async def test_of_an_approval_and_a_rejection_the_first_counts(runtime: Runtime) -> None:
    offer, review, (one, other) = await _asked(runtime)
    now = datetime.now(UTC)
    first, rival = await overlap(
        runtime,
        lambda tx: launch.reject(
            tx, actor=one, mall_id=offer.mall_id, review_id=review.id, reason="a zero too few", now=now
        ),
        write(
            runtime,
            lambda tx: launch.approve(tx, actor=other, mall_id=offer.mall_id, review_id=review.id, now=now),
        ),
    )
    assert first.state is launch.ReviewState.REJECTED
    assert isinstance(rival, launch.ReviewDecided)
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT state FROM offers.offer WHERE id = $1", offer.id) == "draft"


async def test_twin_without_the_guard_both_decide(runtime: Runtime) -> None:
    _, review, people = await _asked(runtime)
    together = asyncio.Barrier(2)
    async with twins(runtime, "launch.review"):

        async def naive(actor: Actor) -> bool:
            async with runtime.db.read() as tx:
                state = await tx.value("SELECT state FROM twin.review WHERE id = $1", review.id)
                await together.wait()
                if state != "pending":
                    return False
                await tx.value(
                    "UPDATE twin.review SET state = 'approved', decided_by = $2 WHERE id = $1", review.id, actor.id
                )
                return True

        assert await asyncio.gather(*(naive(actor) for actor in people)) == [True, True]


async def test_two_who_ask_at_once_make_one_request(runtime: Runtime) -> None:
    offer, review, (one, other) = await _asked(runtime)
    now = datetime.now(UTC)
    await write(
        runtime,
        lambda tx: launch.reject(tx, actor=one, mall_id=offer.mall_id, review_id=review.id, reason="no", now=now),
    )
    subject = launch.LaunchSubject(launch.SubjectKind.OFFER, offer.id)
    first, rival = await overlap(
        runtime,
        lambda tx: launch.launch(tx, actor=one, mall_id=offer.mall_id, subject=subject, now=now),
        write(runtime, lambda tx: launch.launch(tx, actor=other, mall_id=offer.mall_id, subject=subject, now=now)),
    )
    assert first.state is launch.ReviewState.PENDING
    assert isinstance(rival, launch.AlreadyPending)
