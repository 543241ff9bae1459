"""Refunds as values: what is asked for, what it comes to, what was done, and the refusals."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from galleria.commerce.orders import TenderKind
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import LineId, MallId, MemberId, OrderId, RefundId

Unit = Annotated[int, msgspec.Meta(ge=0, le=998)]


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one order line to give back: these positions (from 0), or any `count` of those that may go."""

    line_id: UUID
    count: Annotated[int, msgspec.Meta(ge=1, le=999)] | None = None
    units: Annotated[list[Unit], msgspec.Meta(max_length=999)] = []


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to give back: everything that may still go back, or some lines; and why.

    Staff may give the delivery fees of the parts back too (`with_delivery`), which else go with the last unit of a part
    that is not on its way.
    """

    everything: bool = False
    lines: Annotated[list[WantedLine], msgspec.Meta(max_length=500)] = []
    reason: Annotated[str, msgspec.Meta(max_length=300)] = ""
    restock: bool = False
    with_delivery: bool = False


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one line in a refund, and their money; `mall_funded_minor` goes back to the mall's marketing."""

    line_id: UUID
    sub_order_id: UUID
    shop_id: UUID
    merchant_id: UUID
    shop_zh: str
    shop_en: str
    name_zh: str
    name_en: str
    units: list[int]
    amount_minor: int
    mall_funded_minor: int
    fee_minor: int = 0


class RefundedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery fee given back with a refund."""

    sub_order_id: UUID
    shop_id: UUID
    merchant_id: UUID
    shop_zh: str
    shop_en: str
    amount_minor: int


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """What one tender gets back; `refund_id` is that of the payment company or of the till that pays it out."""

    tender_id: UUID
    kind: TenderKind
    amount_minor: int
    points: int = 0
    refund_id: UUID | None = None


class BackView(Back, frozen=True, kw_only=True):
    """The same, with how far it is: requested, succeeded or failed."""

    state: str


class RefundKind(StrEnum):
    """What goes back: units, or some of the price of units that are kept."""

    UNITS = "units"
    REDUCTION = "reduction"


class Reduction(msgspec.Struct, frozen=True, kw_only=True):
    """So much of the price of a unit that is kept."""

    line_id: LineId
    unit: int
    amount_minor: int


class KeptUnit(msgspec.Struct, frozen=True):
    """A unit that cannot go back now, and the code and text of the reason."""

    line_id: UUID
    unit: int
    code: str


class RefundPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund would do, to the cent: computed as the refund itself, writing nothing.

    `refundable` lists every unit that may go back; `kept` those that may not, with the reason.
    """

    order_id: UUID
    order_number: str
    currency: str
    amount_minor: int
    points_to_take: int
    coupon_back: bool
    lines: list[RefundedLine]
    refundable: list[RefundedLine]
    kept: list[KeptUnit]
    remaining_minor: int
    deliveries: list[RefundedDelivery]
    backs: list[Back]


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that was made; `money_state` is requested, succeeded, failed, or none when nothing was paid."""

    id: UUID
    order_id: UUID
    order_number: str
    currency: str
    amount_minor: int
    points_taken: int
    coupon_returned: bool
    reason: str
    restocked: bool
    actor_kind: str
    actor_name: str
    member_masked: str
    at: datetime
    money_state: str
    kind: RefundKind
    lines: list[RefundedLine]
    deliveries: list[RefundedDelivery]
    backs: list[BackView]


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund row to write."""

    mall_id: MallId
    id: RefundId
    order_id: OrderId
    order_number: str
    member_id: MemberId
    currency: str
    kind: RefundKind
    backs: list[Back]
    delivery: list[RefundedDelivery]
    amount_minor: int
    points_taken: int
    coupon_returned: bool
    reason: str
    restocked: bool
    actor_kind: str
    actor_id: UUID
    actor_name: str
    at: datetime
    lines: list[RefundedLine]


class NothingToRefund(Conflict):
    """Every unit asked for was given back before, or may not go back."""

    code = "nothing_to_refund"


class UnitRefunded(Conflict):
    """One of the units was refunded before: `line`, `unit`."""

    code = "unit_refunded"


class UnitRedeemed(Conflict):
    """One of the voucher units was used in the shop; its redemption must be reversed first."""

    code = "unit_redeemed"


class UnitHandedOver(Conflict):
    """The goods were handed over; the shop's staff decide about their return."""

    code = "unit_handed_over"


class UnitOnTheWay(Conflict):
    """The goods are on their way; refuse them at the door, or ask the shop once they have come."""

    code = "unit_on_the_way"


class TooLateToCancel(Conflict):
    """Something of the order is ready, on its way, used or refunded, so it cannot be cancelled whole."""

    code = "too_late_to_cancel"
