from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories.ledger import tick, violations, write
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import make_member
from tests.factories.points import earn_rule, give_back, pay, points_of, refund, spend

from galleria.foundation import ledger
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MemberId, ShopId, new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import points
from galleria.value.points import HistoryKind, Posts
from galleria.value.points.jobs import activate_due

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = Posts.AFTER_REFUND_WINDOW


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.fixture
async def member(runtime: Runtime, mall: MadeMall) -> MemberId:
    return (await make_member(runtime, mall.group_id)).id


async def test_without_a_rule_nothing_is_awarded(runtime: Runtime, mall: MadeMall, member: MemberId) -> None:
    earned = await pay(runtime, mall, member, [10_000], NOW)
    assert earned.points == 0
    assert await points_of(runtime, member, NOW) == (0, 0, 0)
    assert await refund(runtime, mall, earned, [0], NOW) == 0
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM points.award WHERE mall_id = $1", mall.mall_id) == 0


async def test_a_shop_earns_by_its_own_rule_and_others_by_the_malls(
    runtime: Runtime, mall: MadeMall, member: MemberId
) -> None:
    await earn_rule(runtime, mall, NOW)
    await earn_rule(runtime, mall, NOW, bp=30_000, shop_id=mall.shop_ids[0])
    await earn_rule(runtime, mall, NOW, bp=0, shop_id=mall.shop_ids[2])
    assert (await pay(runtime, mall, member, [1_050, 1_099, 9_900], NOW)).points == 31 + 10
    assert await points_of(runtime, member, NOW) == (41, 0, 0)


async def test_a_rule_is_replaced_and_holds_from_then_on(runtime: Runtime, mall: MadeMall, member: MemberId) -> None:
    first = await earn_rule(runtime, mall, NOW)
    earned = await pay(runtime, mall, member, [1_000], NOW)
    second = await earn_rule(runtime, mall, NOW, bp=50_000)
    assert first.id == second.id
    assert await refund(runtime, mall, earned, [500], NOW) == 5
    assert (await pay(runtime, mall, member, [1_000], NOW)).points == 50


async def test_a_rule_names_a_shop_of_the_mall(runtime: Runtime, mall: MadeMall) -> None:
    made = await earn_rule(runtime, mall, NOW, shop_id=mall.shop_ids[1])
    assert (made.shop_zh, made.shop_en) == ("2号店", "Shop 2")
    with pytest.raises(NotFound):
        await earn_rule(runtime, mall, NOW, shop_id=ShopId(new_id()))
    async with runtime.db.read() as tx:
        assert await points.list_rules(tx, mall.mall_id) == [made]


async def test_an_order_is_awarded_once(runtime: Runtime, mall: MadeMall, member: MemberId) -> None:
    await earn_rule(runtime, mall, NOW)
    sub = points.SubOrderPaid(new_id(), mall.shop_ids[0], mall.merchant_ids[0], 1_000, "店", "Shop")  # type: ignore[arg-type]

    async def twice(tx: Tx) -> int:
        total = 0
        for _ in range(2):
            made = await points.award(
                tx, group_id=mall.group_id, mall_id=mall.mall_id, order_id=new_id(), member_id=member,  # type: ignore[arg-type]
                sub_orders=[sub], now=NOW,
            )  # fmt: skip
            await ledger.post(tx, group_id=mall.group_id, mall_id=mall.mall_id, entries=made.entries, now=NOW)
            total += made.points
        return total

    assert await write(runtime, twice, NOW, int) == 10
    assert await points_of(runtime, member, NOW) == (10, 0, 0)


async def test_pending_points_become_active_when_the_window_closes(
    runtime: Runtime, mall: MadeMall, member: MemberId
) -> None:
    await earn_rule(runtime, mall, NOW, posts=LATER, refund_window_days=7, expires_after_days=30)
    await pay(runtime, mall, member, [1_000, 500], NOW)
    assert await points_of(runtime, member, NOW) == (0, 15, 0)
    await activate_due(runtime, NOW + 7 * DAY - timedelta(seconds=1))
    assert await points_of(runtime, member, NOW + 7 * DAY) == (0, 15, 0)
    await activate_due(runtime, NOW + 7 * DAY)
    await activate_due(runtime, NOW + 7 * DAY)
    async with runtime.db.read() as tx:
        found = await points.balance(tx, member, now=NOW + 8 * DAY)
    assert found == points.MyPoints(15, 0, 0, [ledger.Expiry(NOW + 37 * DAY, 15)])
    assert await points_of(runtime, member, NOW + 37 * DAY) == (0, 0, 0)
    assert await violations(runtime) == []


async def test_activation_goes_on_where_it_stopped(runtime: Runtime, mall: MadeMall, member: MemberId) -> None:
    await earn_rule(runtime, mall, NOW, posts=LATER, refund_window_days=0)
    for _ in range(3):
        await pay(runtime, mall, member, [1_000], NOW)

    class Killed(Exception):
        pass

    async def killed(tx: Tx) -> int:
        await points.activate(tx, now=NOW, limit=2)
        raise Killed

    with pytest.raises(Killed):
        await write(runtime, killed, NOW, int)
    assert await points_of(runtime, member, NOW) == (0, 30, 0)
    while await write(runtime, lambda tx: points.activate(tx, now=NOW, limit=2), NOW, int):
        pass
    assert await points_of(runtime, member, NOW) == (30, 0, 0)


async def test_an_award_that_is_just_being_refunded_is_left_to_the_next_run(
    runtime: Runtime, mall: MadeMall, member: MemberId
) -> None:
    await earn_rule(runtime, mall, NOW, posts=LATER, refund_window_days=0)
    await pay(runtime, mall, member, [1_000], NOW)
    async with runtime.db.pool.acquire() as rival, rival.transaction():
        await rival.execute("SELECT FROM points.award WHERE mall_id = $1 FOR UPDATE", mall.mall_id)
        await activate_due(runtime, NOW)
        assert await points_of(runtime, member, NOW) == (0, 10, 0)
    await activate_due(runtime, NOW)
    assert await points_of(runtime, member, NOW) == (10, 0, 0)


async def test_a_refund_takes_pending_points_back(runtime: Runtime, mall: MadeMall, member: MemberId) -> None:
    await earn_rule(runtime, mall, NOW, posts=LATER)
    earned = await pay(runtime, mall, member, [1_000, 500], NOW)
    assert await refund(runtime, mall, earned, [350, 500], NOW) == 7
    assert await points_of(runtime, member, NOW) == (0, 8, 0)
    await activate_due(runtime, NOW + 7 * DAY)
    assert await points_of(runtime, member, NOW + 7 * DAY) == (8, 0, 0)
    assert await refund(runtime, mall, earned, [0, 0], NOW + 7 * DAY) == 8
    assert await points_of(runtime, member, NOW + 7 * DAY) == (0, 0, 0)
    assert await refund(runtime, mall, earned, [0, 0], NOW + 7 * DAY) == 0
    assert await violations(runtime) == []


async def test_a_refund_takes_the_points_of_its_own_order_first(
    runtime: Runtime, mall: MadeMall, member: MemberId
) -> None:
    await earn_rule(runtime, mall, NOW, expires_after_days=10)
    await pay(runtime, mall, member, [1_000], NOW)
    earned = await pay(runtime, mall, member, [1_000], NOW + 5 * DAY)
    await refund(runtime, mall, earned, [0], NOW + 6 * DAY)
    async with runtime.db.read() as tx:
        found = await points.balance(tx, member, now=NOW + 6 * DAY)
    assert found.expiring == [ledger.Expiry(NOW + 10 * DAY, 10)]


async def test_spent_points_are_owed_and_the_next_points_pay_them(
    runtime: Runtime, mall: MadeMall, member: MemberId
) -> None:
    await earn_rule(runtime, mall, NOW)
    earned = await pay(runtime, mall, member, [1_000, 1_000, 1_000], NOW)
    await spend(runtime, mall, member, 25, NOW)
    assert await refund(runtime, mall, earned, [0, 0, 1_000], NOW) == 20
    assert await points_of(runtime, member, NOW) == (0, 0, 15)
    await pay(runtime, mall, member, [400, 300], NOW)
    assert await points_of(runtime, member, NOW) == (0, 0, 8)
    await pay(runtime, mall, member, [500, 500], NOW)
    assert await points_of(runtime, member, NOW) == (2, 0, 0)
    assert await violations(runtime) == []


async def test_activated_points_pay_what_is_owed(runtime: Runtime, mall: MadeMall, member: MemberId) -> None:
    other = (await make_member(runtime, mall.group_id)).id
    await earn_rule(runtime, mall, NOW)
    earned = await pay(runtime, mall, member, [1_000], NOW)
    await spend(runtime, mall, member, 10, NOW)
    await refund(runtime, mall, earned, [0], NOW)
    await earn_rule(runtime, mall, NOW, posts=LATER)
    for someone in (member, other):
        await pay(runtime, mall, someone, [600, 700], NOW)
    assert await points_of(runtime, member, NOW) == (0, 13, 10)
    await activate_due(runtime, NOW + 7 * DAY)
    assert await points_of(runtime, member, NOW + 7 * DAY) == (3, 0, 0)
    assert await points_of(runtime, other, NOW + 7 * DAY) == (13, 0, 0)
    assert await violations(runtime) == []


async def test_points_are_spent_only_once_and_only_those_there_are(
    runtime: Runtime, mall: MadeMall, member: MemberId
) -> None:
    await earn_rule(runtime, mall, NOW)
    await pay(runtime, mall, member, [1_000], NOW)
    with pytest.raises(points.InsufficientPoints):
        await spend(runtime, mall, member, 11, NOW)
    assert await points_of(runtime, member, NOW) == (10, 0, 0)
    key = await spend(runtime, mall, member, 4, NOW)
    with pytest.raises(ledger.AlreadyPosted):
        await write(
            runtime,
            lambda tx: points.spend(
                tx, group_id=mall.group_id, mall_id=mall.mall_id, member_id=member, points=4, taker_id=mall.mall_id,
                code=key.code, reference=key.reference, title_zh="", title_en="", now=NOW,
            ),
            NOW,
        )  # fmt: skip
    assert await points_of(runtime, member, NOW) == (6, 0, 0)


async def test_points_given_back_expire_as_before_and_pay_what_is_owed(
    runtime: Runtime, mall: MadeMall, member: MemberId
) -> None:
    await earn_rule(runtime, mall, NOW, expires_after_days=10)
    earned = await pay(runtime, mall, member, [1_000], NOW)
    key = await spend(runtime, mall, member, 10, NOW)
    await refund(runtime, mall, earned, [600], NOW)
    await give_back(runtime, mall, member, 9, key, NOW + DAY)
    async with runtime.db.read() as tx:
        found = await points.balance(tx, member, now=NOW + DAY)
    assert found == points.MyPoints(5, 0, 0, [ledger.Expiry(NOW + 10 * DAY, 5)])
    with pytest.raises(ledger.NothingToReturn):
        await give_back(runtime, mall, member, 2, key, NOW + DAY)
    await give_back(runtime, mall, member, 1, key, NOW + DAY)
    assert await points_of(runtime, member, NOW + DAY) == (6, 0, 0)
    assert await violations(runtime) == []


async def test_points_given_back_too_late_pay_nothing(runtime: Runtime, mall: MadeMall, member: MemberId) -> None:
    await earn_rule(runtime, mall, NOW, expires_after_days=10)
    earned = await pay(runtime, mall, member, [1_000], NOW)
    key = await spend(runtime, mall, member, 10, NOW)
    await refund(runtime, mall, earned, [0], NOW)
    await give_back(runtime, mall, member, 10, key, NOW + 11 * DAY)
    assert await points_of(runtime, member, NOW + 11 * DAY) == (0, 0, 10)
    assert await violations(runtime) == []


async def test_the_history_tells_everything_in_both_languages(
    runtime: Runtime, mall: MadeMall, member: MemberId
) -> None:
    await earn_rule(runtime, mall, NOW, posts=LATER, refund_window_days=0)
    earned = await pay(runtime, mall, member, [1_000, 500], NOW)
    await tick()
    await activate_due(runtime, NOW)
    await tick()
    await spend(runtime, mall, member, 4, NOW)
    await tick()
    await refund(runtime, mall, earned, [0, 0], NOW)
    async with runtime.db.read() as tx:
        first = await points.history(tx, member, limit=4)
        rest = await points.history(tx, member, cursor=first.next_cursor, limit=4)
    lines = [*first.items, *rest.items]
    assert [line.kind for line in lines] == [
        HistoryKind.TAKEN_BACK, HistoryKind.SPENT, *[HistoryKind.ACTIVATED] * 2, *[HistoryKind.PENDING] * 2,
    ]  # fmt: skip
    assert (lines[0].points, lines[0].owed, lines[0].order_id) == (-11, 4, earned.order_id)
    assert lines[0].title_zh in {"退款扣回积分 · 1号店、2号店", "退款扣回积分 · 2号店、1号店"}
    assert lines[0].title_en.startswith("Taken back for a refund at Shop ")
    assert (lines[1].points, lines[1].title_en, lines[1].order_id) == (-4, "Spent on a coffee", None)
    assert {(line.points, line.pending) for line in lines[2:4]} == {(10, -10), (5, -5)}
    assert {(line.points, line.pending) for line in lines[4:]} == {(0, 10), (0, 5)}


Steps = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5_000)), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    paid=st.tuples(*[st.integers(0, 20_000)] * 3), bp=st.integers(0, 40_000), steps=Steps,
    posts=st.sampled_from(Posts), spent=st.integers(0, 100),
)  # fmt: skip
async def test_any_order_of_partial_refunds_ends_the_same(
    runtime: Runtime, paid: tuple[int, ...], bp: int, steps: list[tuple[int, int]], posts: Posts, spent: int
) -> None:
    mall = await make_mall(runtime)
    await earn_rule(runtime, mall, NOW, bp=bp, posts=posts, refund_window_days=0)
    ends = []
    for order in (steps, steps[::-1]):
        member = (await make_member(runtime, mall.group_id)).id
        earned = await pay(runtime, mall, member, paid, NOW)
        assert earned.points == sum(points.points_for(p, bp) for p in paid)
        balance, _, _ = await points_of(runtime, member, NOW)
        if 0 < spent <= balance:
            await spend(runtime, mall, member, spent, NOW)
        left = list(paid)
        for i, (which, amount) in enumerate(order):
            left[which] = max(0, left[which] - amount)
            await refund(runtime, mall, earned, left, NOW)
            if i == 1:
                await activate_due(runtime, NOW)
        await activate_due(runtime, NOW)
        balance, pending, owed = await points_of(runtime, member, NOW)
        used = spent if 0 < spent <= earned.points and posts is Posts.AT_ONCE else 0
        assert pending == 0
        assert balance - owed + used == sum(points.points_for(p, bp) for p in left)
        ends.append((balance, owed))
    assert ends[0] == ends[1]
    assert await violations(runtime) == []
