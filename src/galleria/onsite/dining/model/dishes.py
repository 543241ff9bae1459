"""Dishes ordered, the kitchen's board, and bills."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce import checkout
from galleria.kernel.ids import ClaimId, MemberId, OrderId, ProductId, ShopId, TenderId, VariantId
from galleria.onsite.dining.model.basics import (
    QUANTITY_MAX,
    BillId,
    BillState,
    Course,
    ItemState,
    Quantity,
    Reason,
    Relief,
    SeatingId,
    SeatingState,
    SplitKind,
    Words,
)
from galleria.onsite.dining.model.floor import Guest, OpenCall
from galleria.value.payments import Scene

ToUse = Annotated[int, Meta(ge=0, le=2**53)]


class WantedDish(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a dish, with choices and a word to the kitchen."""

    variant_id: VariantId
    quantity: Quantity = 1
    option_ids: Annotated[list[UUID], Meta(max_length=40)] = []
    note: Words = ""


class AddDishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone puts on the table's list."""

    lines: Annotated[list[WantedDish], Meta(min_length=1, max_length=50)]


class SetDish(msgspec.Struct, frozen=True, kw_only=True):
    """How many there shall be on the list; 0 takes the dish off it."""

    quantity: Annotated[int, Meta(ge=0, le=QUANTITY_MAX)]


class SendDishes(msgspec.Struct, frozen=True, kw_only=True):
    """Which dishes of the list go to the kitchen (default: all); later courses may be held until they are called."""

    item_ids: Annotated[list[UUID], Meta(max_length=300)] | None = None
    hold_from_course: Course | None = None


class FireCourse(msgspec.Struct, frozen=True, kw_only=True):
    """Which held course the kitchen begins now."""

    course: Course


class CancelDish(msgspec.Struct, frozen=True, kw_only=True):
    """Why a dish is called off."""

    reason: Reason


class MoveDishes(msgspec.Struct, frozen=True, kw_only=True):
    """Which dishes on the board go where."""

    item_ids: Annotated[list[UUID], Meta(min_length=1, max_length=100)]
    to: ItemState


class DishItem(msgspec.Struct, frozen=True, kw_only=True):
    """A dish of a table, as it is kept."""

    id: UUID
    seating_id: SeatingId
    shop_id: ShopId
    member_id: MemberId | None
    product_id: ProductId
    variant_id: VariantId
    hold_id: UUID
    station_id: UUID | None
    course: int
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    option_ids: list[UUID]
    note: str
    quantity: int
    unit_price_minor: int
    state: ItemState
    relief: Relief | None
    reason: str
    bill_id: BillId | None
    paid: bool
    added_at: datetime
    sent_at: datetime | None
    ready_at: datetime | None
    served_at: datetime | None


class BillPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a bill: who pays it, and whether it is collected."""

    tender_id: TenderId
    payer_id: MemberId | None
    guest_number: int | None
    amount_minor: int
    collected: bool


class BillView(msgspec.Struct, frozen=True, kw_only=True):
    """A bill: the order it is, and who pays which part."""

    id: BillId
    order_id: OrderId
    number: str
    member_id: MemberId
    state: BillState
    split: SplitKind
    payable_minor: int
    expires_at: datetime
    parts: list[BillPart]


class SeatingView(msgspec.Struct, frozen=True, kw_only=True):
    """A party as its phones and the staff see it: tables, guests, dishes, what is open and what is paid."""

    id: SeatingId
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    state: SeatingState
    currency: str
    tables: list[str]
    people: int
    join_code: str
    opened_at: datetime
    closed_at: datetime | None
    merged_into: SeatingId | None
    guests: list[Guest]
    items: list[DishItem]
    draft_minor: int
    unpaid_minor: int
    paid_minor: int
    relieved_minor: int
    calls: list[OpenCall]
    bill: BillView | None


class SeatingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A party in a list."""

    id: SeatingId
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    state: SeatingState
    tables: list[str]
    opened_at: datetime


class KitchenItem(msgspec.Struct, frozen=True, kw_only=True):
    """A dish on the kitchen's board, with its tables."""

    id: UUID
    seating_id: SeatingId
    tables: list[str]
    station_id: UUID | None
    course: int
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    note: str
    quantity: int
    state: ItemState
    sent_at: datetime
    cooking_at: datetime | None
    ready_at: datetime | None


class KitchenBoard(msgspec.Struct, frozen=True, kw_only=True):
    """What the kitchen has to do, the oldest first; a dish sent `late_minutes` ago is late."""

    late_minutes: int
    server_now: datetime
    items: list[KitchenItem]


class BillRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How the table would pay: with the best coupons of whom the bill is, or those chosen, and how it is split.

    `parts` is into how many even parts. By dishes, what staff ordered is for whom the bill is: by default the first
    phone.
    """

    claim_ids: Annotated[list[ClaimId], Meta(max_length=20)] = []
    best: bool = True
    split: SplitKind = SplitKind.TOGETHER
    parts: Annotated[int, Meta(ge=1, le=30)] = 1
    member_id: MemberId | None = None


class OpenBill(msgspec.Struct, frozen=True, kw_only=True):
    """A bill to make at the total that was shown."""

    shown_total_minor: ToUse
    claim_ids: Annotated[list[ClaimId], Meta(max_length=20)] = []
    points: Annotated[int, Meta(ge=0, le=2**40)] = 0
    stored_value_minor: ToUse = 0
    split: SplitKind = SplitKind.TOGETHER
    parts: Annotated[int, Meta(ge=1, le=30)] = 1
    member_id: MemberId | None = None
    provider: Annotated[str, Meta(max_length=40)] | None = None
    scene: Scene | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a bill before it is made."""

    member_id: MemberId | None
    amount_minor: int


class BillQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What a party's open dishes cost `member_id` now, how many are still held, and who would pay what."""

    member_id: MemberId
    price: checkout.Quote
    held: int
    parts: list[Shown]
