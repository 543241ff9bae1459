"""Points: earned on what was really paid, spent, taken back when things go back.

Owns the rules for earning, the award of each sub-order, and what members owe; the points themselves stand in the
ledger. A sub-order is awarded once. An award keeps exactly what the remaining payment earns, whatever the order of
refunds. Pending points become active when the refund window closes; active ones pay what is owed first, and are spent
soonest to expire first. The points a merchant issued are the sum of what its awards keep; what a mall
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
    SubOrderPaid,
)
from galleria.value.points.operations import (
    InsufficientPoints,
    activate,
    award,
    give,
    give_back,
    remove_rule,
    set_rule,
    spend,
    take_back,
)
from galleria.value.points.queries import (
    balance,
    count_customers,
    customers,
    history,
    list_rules,
    who_earned,
    would_take,
)
from galleria.value.points.rules import points_for

__all__ = [
    "Awarded",
    "EarnRule",
    "HistoryKind",
    "HistoryLine",
    "InsufficientPoints",
    "MyPoints",
    "Posts",
    "RuleChange",
    "SubOrderPaid",
    "activate",
    "award",
    "balance",
    "count_customers",
    "customers",
    "give",
    "give_back",
    "history",
    "list_rules",
    "points_for",
    "remove_rule",
    "set_rule",
    "spend",
    "take_back",
    "who_earned",
    "would_take",
]
