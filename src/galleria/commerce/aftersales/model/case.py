"""Cases as stored and as screens show them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from galleria.commerce.aftersales.model.state import (
    CaseGoods,
    CaseHanding,
    CaseKind,
    CaseMove,
    CaseReason,
    CaseRemedy,
    CaseState,
)
from galleria.kernel.ids import (
    CaseId,
    LineId,
    MallId,
    MemberId,
    MerchantId,
    OrderId,
    ProductId,
    RefundId,
    ShopId,
    SubOrderId,
    VariantId,
)


class CaseTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms of after-sales: who answers within which time, and until when what may be asked.

    `answer_hours` is the shop's time to answer (and to inspect), `reply_hours` the shopper's, `decide_hours` the
    mall's; `return_days` are to send goods back, `transit_days` for a parcel, `repair_days` for a repair. After goods
    were handed over a refund, return or exchange may be asked for `window_days`, a warranty for `warranty_days`.
    """

    answer_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 48
    reply_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 72
    decide_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 48
    return_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 7
    transit_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 10
    repair_days: Annotated[int, msgspec.Meta(ge=1, le=180)] = 15
    window_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 7
    warranty_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0


class CasePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of the mall (neither shop nor category), of a shop, of a category, or of a category in a shop."""

    id: UUID
    shop_id: UUID | None
    category_id: UUID | None
    terms: CaseTerms
    changed_at: datetime


class CaseItem(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one line in a case, named and paid as they were; `left_minor` is what was left of their price."""

    line_id: LineId
    variant_id: VariantId
    product_id: ProductId
    kind: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    units: list[int]
    left_minor: int


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case as stored."""

    mall_id: MallId
    id: CaseId
    number: str
    code: str
    order_id: OrderId
    order_number: str
    sub_order_id: SubOrderId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    member_id: MemberId
    currency: str
    kind: CaseKind
    reason: CaseReason
    words: str
    pictures: list[str]
    items: list[CaseItem]
    terms: CaseTerms
    most_minor: int
    asked_minor: int
    state: CaseState
    goods: CaseGoods
    offered_kind: CaseRemedy | None
    offered_minor: int
    with_delivery: bool
    replacement_variant_id: VariantId | None
    reservation_id: UUID | None
    handing: CaseHanding | None
    carrier: str
    tracking: str
    place: str
    final: bool
    refund_id: RefundId | None
    settled_minor: int
    due_at: datetime | None
    opened_at: datetime
    ended_at: datetime | None


class MoveRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a case; `for_mall` tells that the mall's people did it as the mall."""

    what: CaseMove
    state: CaseState
    actor_kind: str
    actor_id: UUID
    actor_name: str
    for_mall: bool
    kind: CaseRemedy | None
    amount_minor: int | None
    words: str
    pictures: list[str]
    place: str
    at: datetime


class CaseMoment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a case, as a screen shows it; `actor_name` is told to staff only."""

    what: CaseMove
    state: CaseState
    actor_kind: str
    actor_name: str
    for_mall: bool
    kind: CaseRemedy | None
    amount_minor: int | None
    words: str
    pictures: list[str]
    place: str
    at: datetime


class CaseSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a list; `due_at` is when the next step is due, `overdue` whether it was due before now."""

    id: CaseId
    number: str
    order_id: OrderId
    order_number: str
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    currency: str
    kind: CaseKind
    reason: CaseReason
    state: CaseState
    goods: CaseGoods
    items: list[CaseItem]
    asked_minor: int
    offered_kind: CaseRemedy | None
    offered_minor: int
    settled_minor: int
    due_at: datetime | None
    overdue: bool
    opened_at: datetime
    ended_at: datetime | None
    member_masked: str


class CaseView(CaseSummary, frozen=True, kw_only=True):
    """A case whole. `can` are the moves the asker may make now; `code` is told to the shopper only."""

    code: str
    words: str
    pictures: list[str]
    most_minor: int
    with_delivery: bool
    replacement_variant_id: VariantId | None
    handing: CaseHanding | None
    carrier: str
    tracking: str
    place: str
    final: bool
    refund_id: RefundId | None
    terms: CaseTerms
    moves: list[CaseMoment]
    can: list[CaseMove]


class ScannedCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a counter sees of a case whose code was shown: the goods, whose they are, and what to do now."""

    id: CaseId
    number: str
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    state: CaseState
    goods: CaseGoods
    kind: CaseKind
    handing: CaseHanding | None
    items: list[CaseItem]
    can: list[CaseMove]


class AskableUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of an order: what is left of its price, what may be asked for it, and the case that holds it."""

    unit: int
    left_minor: int
    kinds: list[CaseKind]
    case_id: CaseId | None


class AskableLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order, with what may be asked for each of its units."""

    line_id: LineId
    variant_id: VariantId
    product_id: ProductId
    sub_order_id: SubOrderId
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    kind: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    terms: CaseTerms
    until: datetime | None
    warranty_until: datetime | None
    units: list[AskableUnit]


class Askable(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked for an order, line by line."""

    order_id: OrderId
    order_number: str
    currency: str
    lines: list[AskableLine]
