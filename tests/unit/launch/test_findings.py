"""How findings add up, what stands in the log of changes, and which baskets are tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.offers import offer_terms

from galleria.engagement.launch import Finding, FindingCode, LaunchOutcome, LaunchRefused, Severity, SubjectKind, rules
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import OfferId, new_id
from galleria.value import offers, promotions

SEVERITIES = st.lists(st.sampled_from(Severity), max_size=6)


def finding(severity: Severity) -> Finding:
    return Finding(code=FindingCode.BELOW_COST, severity=severity)


@given(SEVERITIES)
def test_the_gravest_finding_decides(severities: list[Severity]) -> None:
    outcome = rules.outcome([finding(severity) for severity in severities])
    if Severity.REFUSE in severities:
        assert outcome is LaunchOutcome.REFUSED
    elif Severity.SECOND_PERSON in severities:
        assert outcome is LaunchOutcome.PENDING
    else:
        assert outcome is LaunchOutcome.LIVE


@given(SEVERITIES)
def test_what_was_vouched_for_needs_no_second_person_but_may_be_refused(severities: list[Severity]) -> None:
    outcome = rules.outcome(rules.without_vouched([finding(severity) for severity in severities]))
    assert outcome is not LaunchOutcome.PENDING
    assert (outcome is LaunchOutcome.REFUSED) is (Severity.REFUSE in severities)


def test_a_refusal_names_what_must_be_put_right_only() -> None:
    refused = rules.refusal([finding(Severity.WARNING), finding(Severity.REFUSE)])
    assert isinstance(refused, LaunchRefused)
    assert [(error.field, error.code) for error in refused.errors] == [("findings[0]", "launch_below_cost")]


def test_amounts_are_told_in_money_and_shares_in_percent() -> None:
    assert rules.worded({"budget_minor": 12_345, "lowest_bp": 2500, "times": 10}) == {
        "budget_minor": "123.45",
        "lowest_bp": "25.00",
        "times": 10,
    }


JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_differences_are_there_exactly_when_versions_differ(before: object, after: object) -> None:
    assert bool(rules.differences({"a": before}, {"a": after})) is (before != after)
    assert rules.differences({"a": before}, {"a": before}) == []


def test_another_benefit_is_told_whole() -> None:
    before = {"benefit": {"kind": "amount", "amount_minor": 500}, "preset": "x"}
    after = {"benefit": {"kind": "percent", "percent_bp": 500}, "preset": "x"}
    assert [change.path for change in rules.differences(before, after)] == ["benefit"]


def test_a_change_is_called_by_kind_id_and_version() -> None:
    subject = new_id()
    name = rules.change_id(SubjectKind.PRICE_RULE, subject, 12)
    assert rules.parse_change_id(name) == (SubjectKind.PRICE_RULE, subject, 12)
    for wrong in ("", "offer", f"offer.{subject}", f"cake.{subject}.1", f"offer.{subject}.x", "offer.1.1"):
        with pytest.raises(NotFound):
            rules.parse_change_id(wrong)


BENEFITS = [
    (promotions.AmountOff(amount_minor=1), 0, 0, {1}),
    (promotions.AmountOff(amount_minor=1), 5000, 0, {5}),
    (promotions.AmountOff(amount_minor=1), 4001, 3, {5}),
    (promotions.SetOff(size=3, discounted=1), 0, 0, {1, 3}),
    (
        promotions.TieredOff(
            by=promotions.Measure.MONEY,
            tiers=(
                promotions.Tier(threshold=2000, amount_minor=1),
                promotions.Tier(threshold=9500, amount_minor=2),
            ),
        ),
        0,
        0,
        {1, 2, 10},
    ),
    (promotions.AmountOff(amount_minor=1), 100_000_00, 0, {50}),
]


@pytest.mark.parametrize(("benefit", "money", "pieces", "units"), BENEFITS)
def test_baskets_are_as_large_as_thresholds_and_sets_ask(
    benefit: promotions.Benefit, money: int, pieces: int, units: set[int]
) -> None:
    terms = offer_terms(benefit=benefit, threshold_minor=money, threshold_pieces=pieces)
    [offer] = offers.engine_offers(offer_id=OfferId(new_id()), version=1, terms=terms)
    assert rules.quantities(offer, 1000) == units
