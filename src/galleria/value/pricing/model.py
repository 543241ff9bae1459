"""Price rules, costs, guards and what competitors ask, as values; and the refusals around them.

Prices are minor units of the mall's currency; percentages and margins are basis points.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.foundation import catalog
from galleria.kernel.errors import Conflict, Invalid
from galleria.kernel.ids import MallId, MerchantId, ProductId, ShopId, VariantId

RuleId = NewType("RuleId", UUID)

DEFAULT_OFF_BP = 1000
"""What a rule takes off the store price unless it says otherwise: ten percent."""

Title = Annotated[str, Meta(max_length=120, pattern=r"^[^\x00]*$")]
Price = Annotated[int, Meta(ge=1, le=10_000_000_000)]
Cost = Annotated[int, Meta(ge=0, le=10_000_000_000)]
OffBp = Annotated[int, Meta(ge=1, le=9_999)]
Source = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00]*\S[^\x00]*$")]


class RuleScope(StrEnum):
    """Which goods a rule is for; the narrower scope decides over the wider."""

    SHOP = "shop"  # all goods of `shop_id`, or of the whole mall when there is none
    CATEGORY = "category"  # `target_ids` are categories, with all below them
    PRODUCT = "product"
    VARIANT = "variant"


class RuleKind(StrEnum):
    """How a rule makes a price."""

    PERCENT_OFF_STORE = "percent_off_store"
    SET_PRICE = "set_price"


class RuleState(StrEnum):
    """Where a rule is in its life. A live rule takes effect between its start and its end."""

    DRAFT = "draft"
    PENDING = "pending"  # waits for a second person
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


MOVES: dict[RuleState, frozenset[RuleState]] = {
    RuleState.DRAFT: frozenset({RuleState.PENDING, RuleState.LIVE, RuleState.ENDED}),
    RuleState.PENDING: frozenset({RuleState.DRAFT, RuleState.LIVE, RuleState.ENDED}),
    RuleState.LIVE: frozenset({RuleState.PAUSED, RuleState.ENDED}),
    RuleState.PAUSED: frozenset({RuleState.LIVE, RuleState.ENDED}),
    RuleState.ENDED: frozenset(),
}
"""Which state may follow which; what has ended is over, and a new rule is made of its terms."""


class RuleTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says. Alone it is the default: ten percent off the store price of all goods of the shop.

    The period is half-open. Of two rules in force for a good the narrower scope decides, then the shop's own over the
    mall's, then the higher `priority`, then the younger rule.
    """

    shop_id: ShopId | None = None
    scope: RuleScope = RuleScope.SHOP
    target_ids: Annotated[list[UUID], Meta(max_length=500)] = []
    kind: RuleKind = RuleKind.PERCENT_OFF_STORE
    percent_bp: OffBp | None = DEFAULT_OFF_BP
    price_minor: Price | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    title_zh: Title = ""
    title_en: Title = ""


class RulePatch(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a rule; what is left out stays. A rule never changes its shop."""

    scope: RuleScope | msgspec.UnsetType = msgspec.UNSET
    target_ids: Annotated[list[UUID], Meta(max_length=500)] | msgspec.UnsetType = msgspec.UNSET
    kind: RuleKind | msgspec.UnsetType = msgspec.UNSET
    percent_bp: OffBp | msgspec.UnsetType | None = msgspec.UNSET
    price_minor: Price | msgspec.UnsetType | None = msgspec.UNSET
    starts_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    ends_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    priority: Annotated[int, Meta(ge=-1000, le=1000)] | msgspec.UnsetType = msgspec.UNSET
    title_zh: Title | msgspec.UnsetType = msgspec.UNSET
    title_en: Title | msgspec.UnsetType = msgspec.UNSET


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A price rule. Until `version` is approved, the prices are those of `approved_version`, if there is one.

    `scheduled` is a live rule whose start is still to come. `goods` counts the variants that have their price from it.
    """

    mall_id: MallId
    id: RuleId
    shop_id: ShopId | None
    merchant_id: MerchantId | None
    shop_zh: str | None = None
    shop_en: str | None = None
    state: RuleState
    scheduled: bool
    version: int
    approved_version: int | None
    second_person: bool
    terms: RuleTerms
    approved: RuleTerms | None
    goods: int = 0
    created_by: UUID
    created_at: datetime
    changed_at: datetime


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a rule, who made it, and who let it go live."""

    version: int
    terms: RuleTerms
    made_by: UUID
    made_by_name: str = ""
    at: datetime
    approved_by: UUID | None
    approved_by_name: str | None = None
    approved_at: datetime | None
    second_person: bool


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a rule beside the one before it, for the log of changes."""

    rule_id: RuleId
    merchant_id: MerchantId | None
    version: int
    newest: bool
    terms: RuleTerms
    made_by: UUID
    at: datetime
    approved_at: datetime | None
    before: RuleTerms | None


class RuleDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with all its versions, newest first."""

    rule: Rule
    versions: list[RuleVersion]


class Verdict(StrEnum):
    """What a rule does to the price of a good."""

    CHANGES = "changes"
    SAME = "same"  # the price is so already, or would not be lower than in the store
    OUTRANKED = "outranked"  # another rule decides this good
    SECOND_PERSON = "second_person"  # below the guard: only when a second person has approved the rule
    REFUSED = "refused"  # below the floor or the guard: the good keeps its price


class Barrier(StrEnum):
    """What stands in the way of a price."""

    BELOW_FLOOR = "below_floor"
    BELOW_COST = "below_cost"
    BELOW_MARGIN = "below_margin"


class GuardAction(StrEnum):
    """What happens to a price below cost or below the smallest margin."""

    REFUSE = "refuse"
    SECOND_PERSON = "second_person"


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest margin a rule may leave, of the price; and what happens below it. The floor price always refuses."""

    min_margin_bp: Annotated[int, Meta(ge=0, le=9_999)] = 0
    action: GuardAction = GuardAction.SECOND_PERSON


class GuardView(msgspec.Struct, frozen=True, kw_only=True):
    """The guard in force for a shop or the mall; `inherited` when the mall's (or the house's) is used."""

    shop_id: ShopId | None
    min_margin_bp: int
    action: GuardAction
    inherited: bool


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """What a good costs the shop, and the least it may be sold for; None where nobody has said."""

    cost_minor: int | None = None
    floor_minor: int | None = None


class PreviewLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would do to one variant; `margin_bp` is of the new price, None when the cost is not known."""

    variant_id: VariantId
    product_id: ProductId
    shop_id: ShopId
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    store_price_minor: int
    from_minor: int
    to_minor: int
    cost_minor: int | None
    floor_minor: int | None
    margin_bp: int | None
    verdict: Verdict
    barrier: Barrier | None
    other_rule_id: RuleId | None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule's newest version would do: totals over all its goods, and a page of them by product."""

    rule_id: RuleId
    version: int
    currency: str
    goods: int
    changes: int
    same: int
    outranked: int
    second_person: int
    refused: int
    unknown_cost: int
    lowest_margin_bp: int | None
    items: list[PreviewLine]
    next_cursor: str | None


class CostInput(msgspec.Struct, frozen=True, kw_only=True):
    """The cost and the floor price of a variant; None takes it away."""

    variant_id: VariantId
    cost_minor: Cost | None = None
    floor_minor: Price | None = None


class CostRow(msgspec.Struct, frozen=True, kw_only=True):
    """A variant with its prices, cost, floor, and the margin its price of now leaves."""

    variant_id: VariantId
    product_id: ProductId
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    store_price_minor: int
    price_minor: int
    rule_id: RuleId | None
    cost_minor: int | None
    floor_minor: int | None
    margin_bp: int | None


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines were entered."""

    saved: int


class CompetitorInput(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody else asks for the same good, where and when it was seen."""

    variant_id: VariantId
    source: Source
    price_minor: Price
    seen_at: datetime


class CompetitorPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A competitor's price beside our own."""

    id: UUID
    variant_id: VariantId
    product_id: ProductId
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    source: str
    price_minor: int
    our_price_minor: int
    seen_at: datetime


class PriceChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a variant's price: from what to what, why, by which rule, by whom."""

    id: UUID
    variant_id: VariantId
    sku: str
    option_zh: str
    option_en: str
    reason: catalog.PriceReason
    store_price_minor: int
    from_minor: int
    to_minor: int
    rule_id: RuleId | None
    rule_version: int | None
    rule_zh: str | None
    rule_en: str | None
    by_kind: str
    by_name: str | None
    at: datetime


class PriceHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A product's price changes, newest first, in the mall's currency."""

    currency: str
    items: list[PriceChange]
    next_cursor: str | None


class RuleNotApproved(Conflict):
    """The newest version of the rule has not passed the checks before a launch."""

    code = "price_rule_not_approved"


class RuleStateRefused(Conflict):
    """A rule in the state `now` cannot become `wanted`."""

    code = "price_rule_state"


class RuleChanged(Conflict):
    """The rule has a newer version than the one meant."""

    code = "price_rule_changed"


class PriceFileRefused(Invalid):
    """A file of costs or competitors' prices has problems, each named by line and column; nothing was entered."""

    code = "price_file_refused"


class Ware(msgspec.Struct, frozen=True):
    """A variant as rules see it: the good with its prices, and its cost and floor."""

    good: catalog.PricedGood
    floor: Floor


class RuleInForce(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that decides prices now: its approved terms, and whether a second person stood by them."""

    id: RuleId
    version: int
    terms: RuleTerms
    second_person: bool
