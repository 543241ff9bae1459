"""Refunds as values: what is asked for, what it comes to, what was done, and the refusals."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import MallId, MemberId, OrderId, RefundId

Unit = Annotated[int, msgspec.Meta(ge=0, le=998)]


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one order line to give back: these positions (from 0), or any `count` of those that may go."""

    line_id: UUID
    count: Annotated[int, msgspec.Meta(ge=1, le=999)] | None = None
    units: Annotated[list[Unit], msgspec.Meta(max_length=999)] = []


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to give back: everything that may still go back, or some lines; and why."""

    everything: bool = False
    lines: Annotated[list[WantedLine], msgspec.Meta(max_length=500)] = []
    reason: Annotated[str, msgspec.Meta(max_length=300)] = ""
    restock: bool = False


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


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that was made; `money_state` is requested, succeeded, failed, or none when no money was paid."""

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
    lines: list[RefundedLine]


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund row to write."""

    mall_id: MallId
    id: RefundId
    order_id: OrderId
    order_number: str
    member_id: MemberId
    currency: str
    payment_refund_id: UUID | None
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
