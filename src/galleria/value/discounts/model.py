"""What pricing is asked and what it answers."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CategoryId, MerchantId, ShopId


class OfferKind(StrEnum):
    """How an offer counts: a fixed amount off, or a share of the price off."""

    AMOUNT = "amount"
    PERCENT = "percent"


class Funder(StrEnum):
    """Who bears an offer's cost."""

    MALL = "mall"
    MERCHANT = "merchant"


class Reason(StrEnum):
    """Why an offer took nothing off."""

    NO_MATCHING_GOODS = "no_matching_goods"  # nothing in the basket is what it holds for
    THRESHOLD = "threshold"  # the matching goods are worth too little: `missing_minor` more is needed
    NO_EFFECT = "no_effect"  # it would take off less than one minor unit
    NOT_BEST = "not_best"  # another offer is applied that takes off as much or more
    NOT_CHOSEN = "not_chosen"  # it would take off more than what was chosen


class OfferUnknown(NotFound):
    """The offer chosen is not among those that may be used."""

    code = "offer_unknown"


class BasketLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some units of one thing in a basket; `category_ids` are the thing's category and all above it."""

    key: str
    shop_id: ShopId
    merchant_id: MerchantId
    category_ids: Sequence[CategoryId]
    quantity: int
    unit_price_minor: int


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A discount that may be applied to a basket.

    `amount_minor` belongs to kind amount; `percent_bp` (basis points off) and `cap_minor` (at most so much) to kind
    percent. Empty `shop_ids` means every shop, empty `category_ids` every category; what a merchant funds holds for
    that merchant's goods only.
    """

    id: UUID
    kind: OfferKind
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    threshold_minor: int
    shop_ids: Sequence[ShopId]
    category_ids: Sequence[CategoryId]
    funder: Funder
    funder_merchant_id: MerchantId | None
    title_zh: str
    title_en: str
    expires_at: datetime | None = None


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with every unit's price settled; the n-th entry of each list is the n-th unit.

    A refund of the n-th unit gives back exactly what stands here: nothing is spread again over what is left.
    """

    key: str
    unit_paid_minor: list[int]
    unit_mall_funded_minor: list[int]
    discount_minor: int
    payable_minor: int


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one offer.

    `discount_minor` is what it takes off when applied, else what it would take off alone; `missing_minor` is how much
    more matching goods reach the threshold.
    """

    offer_id: UUID
    applied: bool
    discount_minor: int
    reason: Reason | None
    missing_minor: int
    title_zh: str
    title_en: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the explanation: a code to translate, what fills it, and what it adds to the price."""

    code: str
    params: dict[str, str | int]
    amount_minor: int


class PricedBasket(msgspec.Struct, frozen=True, kw_only=True):
    """A basket's price to the last unit, and why it is so. The amounts of `steps` sum to `payable_minor`."""

    lines: list[PricedLine]
    goods_minor: int
    discount_minor: int
    mall_funded_minor: int
    merchant_funded_minor: int
    payable_minor: int
    decisions: list[Decision]
    steps: list[Step]
