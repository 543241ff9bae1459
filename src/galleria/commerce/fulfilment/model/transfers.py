"""Transfers: goods of a merchant from one of its stores to another, what was sent and what came in."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce.fulfilment.model.addresses import LINE
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import MerchantId, ShipmentId, ShopId, VariantId


class StockTransferState(StrEnum):
    """Where a transfer stands."""

    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class TransferLine(msgspec.Struct, frozen=True, kw_only=True):
    """A good on a transfer: the variant it is in each store, units sent, and units that came in."""

    from_variant_id: VariantId
    to_variant_id: VariantId
    sku: str
    name_zh: str
    name_en: str
    sent: int
    received: int | None


class StockTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer with its lines; `shipment_id` is the shipment it fills."""

    id: UUID
    number: str
    merchant_id: MerchantId
    from_shop_id: ShopId
    to_shop_id: ShopId
    shipment_id: ShipmentId | None
    state: StockTransferState
    note: str
    created_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    lines: list[TransferLine]


class TransferWant(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of a variant of the sending store; the receiving store has it under the same SKU."""

    variant_id: VariantId
    quantity: Annotated[int, Meta(ge=1, le=9_999)]


class NewTransfer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transfer to prepare."""

    from_shop_id: ShopId
    to_shop_id: ShopId
    lines: Annotated[list[TransferWant], Meta(min_length=1, max_length=200)]
    note: Annotated[str, Meta(max_length=200, pattern=LINE)] = ""


class CameIn(msgspec.Struct, frozen=True, kw_only=True):
    """How many units of a line came in."""

    from_variant_id: VariantId
    received: Annotated[int, Meta(ge=0, le=9_999)]


class ReceiveRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came in; lines left out came in whole."""

    lines: Annotated[list[CameIn], Meta(max_length=200)] = []
    note: Annotated[str, Meta(max_length=200, pattern=LINE)] = ""


class FillRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The store that fills a shipment instead of the one that sold it."""

    shop_id: ShopId


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """A store of the merchant that has everything of a shipment, and how many floors away it is."""

    shop_id: ShopId
    name_zh: str
    name_en: str
    floor_code: str
    distance: int


class NotSameMerchant(Conflict):
    """Goods move only between stores of one merchant."""

    code = "not_same_merchant"


class SkuUnknownThere(Conflict):
    """The other store does not have this good: `sku`."""

    code = "sku_unknown_there"


class TransferMoved(Conflict):
    """The transfer is not in a state for this: `state`."""

    code = "transfer_moved"
