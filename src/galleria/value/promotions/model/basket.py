"""What pricing is asked: goods, who wants them, where and when, and what was used before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import CategoryId, MerchantId, ProductId, ShopId, VariantId


class BasketLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some units of one thing in a basket; `category_ids` are the thing's category and all above it.

    `granted_by` is the offer for whose sake a gift or add-on is there: it counts for nothing else, and is left out of
    the priced basket when that offer is not applied or does not grant as many (lines are granted whole, by their keys).
    """

    key: str
    shop_id: ShopId
    merchant_id: MerchantId
    category_ids: Sequence[CategoryId]
    product_id: ProductId
    variant_id: VariantId
    quantity: int
    unit_price_minor: int
    granted_by: UUID | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the shopper; a visitor who is not signed in is no `member`."""

    member: bool = False
    new_customer: bool = False
    shops_ordered: frozenset[UUID] = frozenset()
    birthday: tuple[int, int] | None = None  # month, day
    tier: str | None = None


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an offer's limits is used up by now."""

    member: int = 0
    member_day: int = 0
    household: int = 0
    day: int = 0
    total: int = 0
    spent_minor: int = 0


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """When, where and how a basket is priced. `local` is `now` in the mall's time zone; `used` is by `Offer.id`."""

    now: datetime
    local: datetime
    channel: str = "app"
    on_site: bool = False
    delivery_minor: int = 0
    used: Mapping[UUID, Used] = {}
