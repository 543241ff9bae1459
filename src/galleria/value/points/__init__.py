"""Points: earned on what was really paid, spent, taken back when things go back.

Owns the rules for earning, the award of each sub-order, and what members owe; the points themselves stand in the
ledger. A sub-order is awarded once. An award keeps exactly what the remaining payment earns, whatever the order of
refunds. Pending points become active when the refund window closes; active ones pay what is owed first, and are spent
soonest to expire first. Points pay for orders at what the mall says they are worth: set aside, then taken or given
back. The points a merchant issued are the sum of what its awards keep; what a mall
gives for no purchase it issues itself.

Emits `points.awarded`. Hears nothing. Awards become active by the clock.
"""

from galleria.value.points.model import (
    Awarded,
    EarnRule,
    HistoryKind,
    HistoryLine,
    MyPoints,
    Posts,
    RuleChange,
    Spendable,
    SpendPolicy,
    SubOrderPaid,
)
from galleria.value.points.operations import (
    InsufficientPoints,
    activate,
    award,
    give,
    give_back,
    hold,
    release,
    remove_rule,
    remove_spend_policy,
    set_rule,
    set_spend_policy,
    settle,
    spend,
    spent_by,
    take_back,
)
from galleria.value.points.queries import (
    balance,
    count_customers,
    customers,
    history,
    list_rules,
    spend_policy,
    who_earned,
    would_take,
)
from galleria.value.points.rules import active, most, points_for, worth

__all__ = [
    "Awarded",
    "EarnRule",
    "HistoryKind",
    "HistoryLine",
    "InsufficientPoints",
    "MyPoints",
    "Posts",
    "RuleChange",
    "SpendPolicy",
    "Spendable",
    "SubOrderPaid",
    "activate",
    "active",
    "award",
    "balance",
    "count_customers",
    "customers",
    "give",
    "give_back",
    "history",
    "hold",
    "list_rules",
    "most",
    "points_for",
    "release",
    "remove_rule",
    "remove_spend_policy",
    "set_rule",
    "set_spend_policy",
    "settle",
    "spend",
    "spend_policy",
    "spent_by",
    "take_back",
    "who_earned",
    "worth",
    "would_take",
]
