"""Terms through JSON and to the engine, sessions and their ids, counters, and moves."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.offers import flash_terms, offer_terms

from galleria.kernel.ids import OfferId, new_id
from galleria.value import offers, promotions
from galleria.value.offers import rules
from galleria.value.offers.model import OfferState, WantedState

OFFER = OfferId(new_id())
LIMITS = st.none() | st.integers(1, 1000)


BENEFITS: list[promotions.Benefit] = [
    promotions.AmountOff(amount_minor=500, repeat=True),
    promotions.PercentOff(percent_bp=1000, cap_minor=5000),
    promotions.TieredOff(by=promotions.Measure.PIECES, tiers=(promotions.Tier(threshold=2, percent_bp=1000),)),
    promotions.SetPrice(price_minor=100, units_per_order=1),
    promotions.SetOff(size=2, discounted=1, pay_bp=5000),
    promotions.Bundle(parts=(promotions.BundlePart(scope=promotions.Scope(), quantity=2),), price_minor=900),
    promotions.Gift(choices=(new_id(),)),  # type: ignore[arg-type]
    promotions.AddOn(choices=(promotions.AddOnChoice(variant_id=new_id(), price_minor=100),)),  # type: ignore[arg-type]
    promotions.FreeDelivery(),
    promotions.Grant(coupon_id=new_id()),
    promotions.PurchaseLimit(),
]


@pytest.mark.parametrize("benefit", BENEFITS, ids=lambda benefit: type(benefit).__name__)
def test_terms_survive_json(benefit: promotions.Benefit) -> None:
    terms = offer_terms(benefit=benefit)
    assert msgspec.json.decode(msgspec.json.encode(terms), type=offers.OfferTerms) == terms


def test_an_offer_without_sessions_is_one_to_the_engine() -> None:
    terms = offer_terms(limits=promotions.Limits(per_member=2))
    [offer] = offers.engine_offers(offer_id=OFFER, version=7, terms=terms)
    assert (offer.id, offer.offer_id, offer.version, offer.source) == (
        OFFER,
        OFFER,
        7,
        promotions.Source.AUTOMATIC,
    )
    assert (offer.limits, offer.shares, offer.benefit) == (terms.limits, terms.shares, terms.benefit)


def test_every_session_is_an_offer_with_its_own_period_and_stock() -> None:
    terms = rules.with_session_ids(flash_terms(stock=4, limits=promotions.Limits(per_member=1)))
    first, second = offers.engine_offers(offer_id=OFFER, version=1, terms=terms)
    assert [first.id, second.id] == [session.id for session in terms.sessions]
    assert first.limits == promotions.Limits(per_member=1, total=4)
    assert (second.eligibility.starts_at, second.eligibility.ends_at) == (
        terms.sessions[1].starts_at,
        terms.sessions[1].ends_at,
    )
    assert {first.offer_id, second.offer_id} == {OFFER}


def test_only_known_sessions_keep_their_ids() -> None:
    named = rules.with_session_ids(flash_terms())
    ids = [session.id for session in named.sessions]
    assert [s.id for s in rules.with_session_ids(named, ids).sessions] == ids
    assert not {s.id for s in rules.with_session_ids(named).sessions} & set(ids)


def test_moments_are_the_borders_of_periods() -> None:
    starts, ends = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    terms = offer_terms(eligibility=promotions.Eligibility(starts_at=starts, ends_at=ends))
    assert offers.moments(OFFER, terms) == [(OFFER, "starts", starts), (OFFER, "ends", ends)]
    assert offers.moments(OFFER, offer_terms()) == []
    flash = rules.with_session_ids(flash_terms(now=starts))
    assert [(m[1], m[2] - starts) for m in offers.moments(OFFER, flash)] == [
        ("starts", timedelta(hours=-1)),
        ("ends", timedelta(hours=1)),
        ("starts", timedelta(hours=23)),
        ("ends", timedelta(hours=25)),
    ]
    assert offers.period(flash) == (starts - timedelta(hours=1), starts + timedelta(hours=25))


@given(
    limits=st.builds(
        promotions.Limits,
        per_member=LIMITS,
        per_member_day=LIMITS,
        per_household=LIMITS,
        per_day=LIMITS,
        total=LIMITS,
        budget_minor=LIMITS,
    ),
    units=st.integers(1, 50),
    amount=st.integers(0, 10_000),
)
def test_a_use_is_counted_once_for_every_limit_set(limits: promotions.Limits, units: int, amount: int) -> None:
    use = promotions.Use(id=OFFER, offer_id=OFFER, version=1, units=units, amount_minor=amount)
    member, household, day = UUID(int=1), UUID(int=2), date(2026, 5, 1)
    counts = rules.counts(use, limits, member_id=member, household_id=household, day=day)
    asked = {
        "member": limits.per_member,
        "member_day": limits.per_member_day,
        "household": limits.per_household,
        "day": limits.per_day,
        "total": limits.total or limits.budget_minor,
    }
    assert {count.scope for count in counts} == {scope for scope, limit in asked.items() if limit is not None}
    assert all(count.units == units for count in counts)
    assert sum(count.amount_minor for count in counts) == (amount if asked["total"] is not None else 0)
    assert rules.is_limited(limits) is bool(counts)
    keys = rules.counter_keys(member_id=member, household_id=household, day=day)
    assert {(count.scope, count.key) for count in counts} <= set(keys)


@pytest.mark.parametrize("state", OfferState)
@pytest.mark.parametrize("wanted", WantedState)
def test_nothing_but_a_launch_makes_a_draft_live(state: OfferState, wanted: WantedState) -> None:
    may = state in rules.MOVES[wanted]
    if wanted is WantedState.LIVE:
        assert may is (state is OfferState.PAUSED)
    if state is OfferState.ENDED:
        assert not may
    if may:
        rules.check_move(state, wanted)
    else:
        with pytest.raises(offers.OfferMoved):
            rules.check_move(state, wanted)
