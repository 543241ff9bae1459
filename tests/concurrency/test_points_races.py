"""Awards, activation and refunds of one member at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.factories.ledger import violations
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import make_member
from tests.factories.points import earn_rule, pay, points_of, refund, spend

from galleria.platform.runtime import Runtime
from galleria.value.points import Posts
from galleria.value.points.jobs import activate_due

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.mark.parametrize("posts", list(Posts))
async def test_refunds_at_once_take_back_each_point_once(runtime: Runtime, mall: MadeMall, posts: Posts) -> None:
    await earn_rule(runtime, mall, NOW, posts=posts)
    member = (await make_member(runtime, mall.group_id)).id
    earned = await pay(runtime, mall, member, [1_000, 1_000], NOW)
    remaining = [[900, 1_000], [800, 700], [300, 700], [300, 200], [300, 200]]
    taken = await asyncio.gather(*(refund(runtime, mall, earned, left, NOW) for left in remaining))
    assert sum(taken) == 15
    assert sum(await points_of(runtime, member, NOW)) == 5
    assert await violations(runtime) == []


async def test_refunds_and_activation_at_once_leave_what_remains_paid(runtime: Runtime, mall: MadeMall) -> None:
    await earn_rule(runtime, mall, NOW, posts=Posts.AFTER_REFUND_WINDOW)
    member = (await make_member(runtime, mall.group_id)).id
    orders = [await pay(runtime, mall, member, [1_000, 500], NOW) for _ in range(6)]
    await asyncio.gather(
        *(refund(runtime, mall, earned, [400, 500], NOW + WEEK) for earned in orders),
        *(activate_due(runtime, NOW + WEEK) for _ in range(3)),
    )
    await activate_due(runtime, NOW + WEEK)
    assert await points_of(runtime, member, NOW + WEEK) == (6 * 9, 0, 0)
    assert await violations(runtime) == []


async def test_what_is_owed_is_paid_once_by_awards_at_once(runtime: Runtime, mall: MadeMall) -> None:
    await earn_rule(runtime, mall, NOW)
    member = (await make_member(runtime, mall.group_id)).id
    earned = await pay(runtime, mall, member, [10_000], NOW)
    await spend(runtime, mall, member, 100, NOW)
    await refund(runtime, mall, earned, [0], NOW)
    assert await points_of(runtime, member, NOW) == (0, 0, 100)
    await asyncio.gather(*(pay(runtime, mall, member, [3_000], NOW) for _ in range(5)))
    assert await points_of(runtime, member, NOW) == (50, 0, 0)
    assert await violations(runtime) == []
