"""Values of points: rules for earning, awards, what a member sees."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from galleria.foundation.ledger import Entry, Expiry
from galleria.kernel.ids import GroupId, MallId, MemberId, MerchantId, OrderId, ShopId, SubOrderId


class Posts(StrEnum):
    """When the points of an order may be spent."""

    AT_ONCE = "at_once"
    AFTER_REFUND_WINDOW = "after_refund_window"


class AwardState(StrEnum):
    """Where an award stands: pending and active ones become reversed when nothing of them is kept."""

    PENDING = "pending"
    ACTIVE = "active"
    REVERSED = "reversed"


TRANSITIONS: dict[AwardState, frozenset[AwardState]] = {
    AwardState.PENDING: frozenset({AwardState.ACTIVE, AwardState.REVERSED}),
    AwardState.ACTIVE: frozenset({AwardState.REVERSED}),
    AwardState.REVERSED: frozenset(),
}


class EarnRule(msgspec.Struct, frozen=True):
    """How a shop, or with `shop_id` None every shop of the mall without its own rule, gives points.

    `points_per_100_minor_bp` is points for each 100 minor units really paid, in basis points: 10000 is one point a
    yuan. Pending points become active `refund_window_days` after payment; active points end `expires_after_days`
    later (None: never). Shop names are None for the mall's rule.
    """

    id: UUID
    shop_id: ShopId | None
    shop_zh: str | None
    shop_en: str | None
    points_per_100_minor_bp: int
    posts: Posts
    refund_window_days: int
    expires_after_days: int | None


class SubOrderPaid(msgspec.Struct, frozen=True):
    """What an award looks at: what was really paid to one shop, and the shop's name as the statement will show it."""

    sub_order_id: SubOrderId
    shop_id: ShopId
    merchant_id: MerchantId
    paid_minor: int
    shop_zh: str
    shop_en: str


class Awarded(msgspec.Struct, frozen=True):
    """The points an order earned, and the ledger entries the caller posts together with its own."""

    entries: list[Entry]
    points: int


class Award(msgspec.Struct, frozen=True):
    """One award that has just changed: `points` is by how much; `state` is the one it had, or got when made.

    `repaid` is how many points all the member's awards of this change together pay of what was owed.
    """

    mall_id: MallId
    sub_order_id: SubOrderId
    order_id: OrderId
    group_id: GroupId
    member_id: MemberId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    points: int
    state: AwardState
    posts: Posts
    activates_at: datetime
    expires_after_days: int | None
    repaid: int


class MyPoints(msgspec.Struct, frozen=True):
    """A member's points: to spend, waiting for refund windows to close, owed; and when the next ones end."""

    balance: int
    pending: int
    owed: int
    expiring: list[Expiry]


class HistoryKind(StrEnum):
    """Why a member's points changed."""

    EARNED = "earned"
    PENDING = "pending"
    ACTIVATED = "activated"
    TAKEN_BACK = "taken_back"
    SPENT = "spent"
    RETURNED = "returned"
    EXPIRED = "expired"
    REPAID = "repaid"


class HistoryLine(msgspec.Struct, frozen=True):
    """One change: of the points to spend, of the pending and of the owed ones; with its title in both languages."""

    id: UUID
    at: datetime
    kind: HistoryKind
    title_zh: str
    title_en: str
    points: int
    pending: int
    owed: int
    mall_id: MallId | None
    order_id: OrderId | None


class RuleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What sets a rule for earning; `shop_id` None sets the mall's."""

    points_per_100_minor_bp: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    posts: Posts
    shop_id: ShopId | None = None
    refund_window_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 7
    expires_after_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None


class SpendPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What points are worth at a mall's checkout: minor units a point in basis points (10000: one minor unit).

    They pay at most `cap_bp` of an order, and at least `minimum_points` are used at once.
    """

    minor_per_point_bp: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
    cap_bp: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 10_000
    minimum_points: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 1


class Spendable(msgspec.Struct, frozen=True, kw_only=True):
    """How many points may pay for something, and what those are worth in minor units."""

    points: int
    worth_minor: int
