"""What looks wrong, what is released when, and what else there is."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from galleria.engagement.festivals import rules
from galleria.engagement.festivals.model import SourceKind
from galleria.engagement.festivals.rules import Counted, Release, ShopUse
from galleria.kernel.ids import new_id

NOW = datetime(2026, 11, 11, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def use(used: int, usual: int, forgiven: int = 0) -> ShopUse:
    return ShopUse(new_id(), "面馆", "Noodles", used, usual, forgiven)


def test_a_shop_with_ten_times_its_share_stands_out_and_is_named() -> None:
    odd = use(500, 10)
    [found] = rules.odd_shops([odd, use(300, 900), use(200, 1000)], 200, 10)
    assert (found.kind, found.key, found.seen) == (SourceKind.SHOP, str(odd.shop_id), 500)
    assert "面馆" in found.text_zh
    assert "500" in found.text_en


def test_few_uses_or_a_usual_share_are_nothing() -> None:
    assert rules.odd_shops([use(199, 1), use(5, 5000)], 200, 10) == []
    assert rules.odd_shops([use(5000, 500), use(5000, 500)], 200, 10) == []
    assert rules.odd_shops([], 1, 2) == []


def test_what_was_forgiven_stands_out_again_at_twice_as_much() -> None:
    others = [use(100, 1000)]
    assert rules.odd_shops([use(800, 1, forgiven=500), *others], 200, 2) == []
    assert rules.odd_shops([use(1001, 1, forgiven=500), *others], 200, 2) != []


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=20), st.integers(2, 50))
def test_no_mall_is_odd_as_a_whole(uses: list[tuple[int, int]], factor: int) -> None:
    found = rules.odd_shops([use(used, usual) for used, usual in uses], 1, factor)
    assert len(found) < max(len(uses), 1), "not every shop can have many times its share"


def test_a_device_is_odd_beyond_its_limit_and_then_beyond_twice_what_was_forgiven() -> None:
    def counted(claims: int, forgiven: int) -> Counted:
        return Counted(SourceKind.DEVICE, "d", claims, [new_id()], forgiven)

    assert rules.odd_source(counted(20, 0), 20, 5) is None
    assert rules.odd_source(counted(21, 0), 20, 5) is not None
    assert rules.odd_source(counted(42, 21), 20, 5) is None
    assert rules.odd_source(counted(43, 21), 20, 5) is not None


def test_what_is_released_now_and_when_more_comes() -> None:
    shares = [
        Release(NOW - HOUR, NOW, 7, roll_over=True),
        Release(NOW, NOW + HOUR, 10, roll_over=True),
        Release(NOW + HOUR, NOW + 2 * HOUR, 10, roll_over=True),
    ]
    assert rules.released(shares, NOW - 2 * HOUR) == (0, NOW - HOUR)
    assert rules.released(shares, NOW) == (17, NOW + HOUR)
    assert rules.released(shares, NOW + 2 * HOUR) == (0, None)
    assert rules.released([Release(None, None, 3, roll_over=False)], NOW) == (3, None)
