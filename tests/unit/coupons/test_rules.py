"""Who gets a claim out of a crowd, decided without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import ClaimId, CouponId, GroupId, MallId, MemberId
from galleria.value import coupons
from galleria.value.coupons import rules
from galleria.value.discounts import Funder, OfferKind

NOW = datetime(2026, 5, 1, tzinfo=UTC)
GROUP = GroupId(UUID(int=7))
DAY = timedelta(days=1)


def coupon(**over: object) -> coupons.Coupon:
    fields: dict[str, object] = {
        "mall_id": MallId(UUID(int=1)),
        "id": CouponId(UUID(int=2)),
        "title_zh": "券",
        "title_en": "Coupon",
        "kind": OfferKind.AMOUNT,
        "amount_minor": 100,
        "percent_bp": None,
        "cap_minor": None,
        "threshold_minor": 0,
        "claim_from": NOW - DAY,
        "claim_until": NOW + DAY,
        "use_from": NOW,
        "use_until": NOW + DAY,
        "total": 10,
        "claimed": 0,
        "per_member": 1,
        "points_price": 0,
        "funder": Funder.MALL,
        "funder_merchant_id": None,
        "shop_ids": [],
        "category_ids": [],
        "state": coupons.CouponState.LIVE,
        "created_at": NOW,
    }
    return coupons.Coupon(**fields | over)  # type: ignore[arg-type]


def want(member: int, group: GroupId = GROUP) -> coupons.Want:
    return coupons.Want(
        group_id=group, member_id=MemberId(UUID(int=member)), now=NOW, claim_id=ClaimId(UUID(int=member + 1000))
    )


@given(
    members=st.lists(st.integers(1, 8), max_size=40),
    total=st.integers(1, 20),
    per_member=st.integers(1, 3),
    before=st.dictionaries(st.integers(1, 8), st.integers(1, 3)),
)
def test_a_crowd_gets_all_it_may_and_nothing_more(
    members: list[int], total: int, per_member: int, before: dict[int, int]
) -> None:
    taken = min(sum(before.values()), total)
    held = {MemberId(UUID(int=m)): rules.Held(MemberId(UUID(int=m)), n, NOW) for m, n in before.items()}
    limited = coupon(total=total, claimed=taken, per_member=per_member)
    outcomes = rules.decide(limited, [want(m) for m in members], held, GROUP)
    granted = [(m, seq) for m, seq in zip(members, outcomes, strict=True) if isinstance(seq, int)]
    assert len(set(granted)) == len(granted)
    assert all(before.get(m, 0) < seq <= per_member for m, seq in granted)
    room = sum(min(members.count(m), max(per_member - before.get(m, 0), 0)) for m in set(members))
    assert len(granted) == min(total - taken, room)


def test_a_member_of_another_group_is_not_found() -> None:
    [outcome] = rules.decide(coupon(), [want(1, GroupId(UUID(int=8)))], {}, GROUP)
    assert isinstance(outcome, NotFound)


def test_who_has_theirs_hears_so_even_when_all_are_gone() -> None:
    gone = coupon(claimed=10)
    mine = rules.refusal(gone, claimed=10, mine=1, my_last=NOW, now=NOW)
    assert isinstance(mine, coupons.CouponLimitReached)
    assert mine.params == {"per_member": 1, "taken_at": "2026-05-01T00:00:00Z"}
    assert isinstance(rules.refusal(gone, claimed=10, mine=0, my_last=None, now=NOW), coupons.CouponSoldOut)


def test_the_claim_period_is_half_open() -> None:
    plain = coupon()

    def at(moment: datetime) -> object:
        return rules.refusal(plain, claimed=0, mine=0, my_last=None, now=moment)

    assert at(plain.claim_from) is None
    assert isinstance(at(plain.claim_from - timedelta(microseconds=1)), coupons.CouponNotStarted)
    assert isinstance(at(plain.claim_until), coupons.CouponEnded)
