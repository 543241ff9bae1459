"""Pricing: what goods cost online, by rule, above their floor. Owns rules, costs, guards and competitors' prices.

A rule is data with versions. It decides prices while it is live and in its period, always by the version that was
approved: of two rules for a good the narrower decides, then the shop's own, then the higher priority, then the younger.
Its prices are written to the goods themselves (the catalog keeps them and every change of them), in chunks: products
are locked first and rules read after, so the last one to write always decides by all rules and store prices of then.
What ends, pauses or is overtaken gives the price back. A price never is above the store price, never below the floor
price, and below cost or the smallest margin only where the guard lets a second person say so and one has.

Rules go live through the launch alone: `approve`, then `set_state`. A rule applied twice changes nothing.

Emits `pricing.rule_changed`, `pricing.repriced` (subject the shop). Hears `catalog.created`, `catalog.changed`.
"""

from galleria.value.pricing.jobs import settle, sweep
from galleria.value.pricing.model import (
    Barrier,
    CompetitorInput,
    CompetitorPrice,
    CostInput,
    CostRow,
    Entered,
    Floor,
    Guard,
    GuardAction,
    GuardView,
    Preview,
    PreviewLine,
    PriceChange,
    PriceFileRefused,
    PriceHistory,
    Rule,
    RuleChanged,
    RuleDetail,
    RuleId,
    RuleKind,
    RuleNotApproved,
    RulePatch,
    RuleScope,
    RuleState,
    RuleStateRefused,
    RuleTerms,
    RuleVersion,
    Verdict,
)
from galleria.value.pricing.operations import (
    approve,
    change_rule,
    create_rule,
    enter_competitors,
    enter_costs,
    follow_shop,
    import_competitors,
    import_costs,
    reprice,
    restore_rule,
    set_guard,
    set_state,
)
from galleria.value.pricing.queries import (
    floors,
    get_rule,
    guard_of,
    list_costs,
    list_rules,
    preview,
    price_history,
    rule_detail,
    shop_of_rule,
)

__all__ = [
    "Barrier",
    "CompetitorInput",
    "CompetitorPrice",
    "CostInput",
    "CostRow",
    "Entered",
    "Floor",
    "Guard",
    "GuardAction",
    "GuardView",
    "Preview",
    "PreviewLine",
    "PriceChange",
    "PriceFileRefused",
    "PriceHistory",
    "Rule",
    "RuleChanged",
    "RuleDetail",
    "RuleId",
    "RuleKind",
    "RuleNotApproved",
    "RulePatch",
    "RuleScope",
    "RuleState",
    "RuleStateRefused",
    "RuleTerms",
    "RuleVersion",
    "Verdict",
    "approve",
    "change_rule",
    "create_rule",
    "enter_competitors",
    "enter_costs",
    "floors",
    "follow_shop",
    "get_rule",
    "guard_of",
    "import_competitors",
    "import_costs",
    "list_costs",
    "list_rules",
    "preview",
    "price_history",
    "reprice",
    "restore_rule",
    "rule_detail",
    "set_guard",
    "set_state",
    "settle",
    "shop_of_rule",
    "sweep",
]
