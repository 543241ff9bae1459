"""A shopper's basket."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce import checkout
from galleria.kernel.ids import ClaimId, MallId, MemberId, OrderId, ShopId, VariantId
from galleria.onsite.scango.model.basics import PIECES_MAX, Pieces, Scan, ScanState, SessionId
from galleria.onsite.scango.model.gate import AgeCheck
from galleria.value.payments import Scene


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a basket: pieces of a good, or one weighed piece with what its label says."""

    id: UUID
    variant_id: VariantId
    code: str
    quantity: int
    label_minor: int | None
    weight_g: int | None
    min_age: int | None
    added_at: datetime


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """An item as the shopper sees it; `unit_price_minor` is before offers, `gone` when it is no longer sold."""

    id: UUID
    variant_id: VariantId
    code: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    quantity: int
    unit_price_minor: int
    weight_g: int | None
    measured: bool
    min_age: int | None
    gone: bool


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is kept."""

    mall_id: MallId
    id: SessionId
    shop_id: ShopId
    member_id: MemberId
    serial: str
    state: ScanState
    removed: int
    approved_age: int
    order_id: OrderId | None
    must_check: bool | None
    reasons: list[str]
    opened_at: datetime
    touched_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A basket as its shopper sees it: what is in it, its price by the offers that hold now, and what is missing.

    `needed_age` is above `approved_age` while staff have still to look; `price` is that of an open basket.
    """

    id: SessionId
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    state: ScanState
    currency: str
    pieces: int
    items: list[ItemView]
    price: checkout.Quote | None
    needed_age: int
    approved_age: int
    age_check: AgeCheck | None
    order_id: OrderId | None
    must_check: bool | None
    opened_at: datetime
    touched_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session in a list."""

    id: SessionId
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    state: ScanState
    pieces: int
    order_id: OrderId | None
    opened_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """In which shop to begin."""

    shop_id: UUID


class AddScan(msgspec.Struct, frozen=True, kw_only=True):
    """What was scanned or typed, and how many pieces; a weighed piece is always one."""

    code: Scan
    quantity: Pieces = 1


class SetQuantity(msgspec.Struct, frozen=True, kw_only=True):
    """How many pieces there shall be; 0 takes the good out."""

    quantity: Annotated[int, Meta(ge=0, le=PIECES_MAX)]


class Pay(msgspec.Struct, frozen=True, kw_only=True):
    """How to pay a basket: the total the shopper saw, coupons, points and stored value to use, and who collects."""

    shown_total_minor: Annotated[int, Meta(ge=0, le=2**53)]
    claim_ids: Annotated[list[ClaimId], Meta(max_length=20)] = []
    points: Annotated[int, Meta(ge=0, le=2**40)] = 0
    stored_value_minor: Annotated[int, Meta(ge=0, le=2**53)] = 0
    provider: Annotated[str, Meta(max_length=40)] | None = None
    scene: Scene | None = None
