"""Decisions of launch: what checks find, what that comes to, what changed."""

from galleria.engagement.launch.rules.changes import (
    VersionOf,
    as_change,
    change_id,
    differences,
    of_coupon,
    of_offer,
    of_rule,
    parse_change_id,
)
from galleria.engagement.launch.rules.finding import (
    exposure_minor,
    findings,
    outcome,
    refusal,
    without_vouched,
    worded,
)
from galleria.engagement.launch.rules.probing import Part, Probe, alone, opened, quantities, stacked

__all__ = [
    "Part",
    "Probe",
    "VersionOf",
    "alone",
    "as_change",
    "change_id",
    "differences",
    "exposure_minor",
    "findings",
    "of_coupon",
    "of_offer",
    "of_rule",
    "opened",
    "outcome",
    "parse_change_id",
    "quantities",
    "refusal",
    "stacked",
    "without_vouched",
    "worded",
]
