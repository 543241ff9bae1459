"""Goods: products of three kinds, their variants, and the shapes in which screens see them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import CategoryId, MallId, MerchantId, ProductId, ShopId, VariantId

PICTURE = r"^[0-9a-f]{64}\.webp$"
CODE = r"^[A-Za-z0-9][A-Za-z0-9._/-]*$"

Code = Annotated[str, Meta(min_length=1, max_length=60, pattern=CODE)]
STORABLE = r"^[^\x00]*$"
"""PostgreSQL keeps every character but NUL."""

Name = Annotated[str, Meta(min_length=1, max_length=120, pattern=STORABLE)]
Text = Annotated[str, Meta(max_length=10_000, pattern=STORABLE)]
Option = Annotated[str, Meta(max_length=80, pattern=STORABLE)]
PictureName = Annotated[str, Meta(pattern=PICTURE)]
PriceMinor = Annotated[int, Meta(ge=1, le=10_000_000_000)]
Pictures = Annotated[list[PictureName], Meta(max_length=12)]
ValidDays = Annotated[int, Meta(ge=1, le=3650)]


class Kind(StrEnum):
    """What a shopper gets: a thing to take away, a code to use in the shop, or an appointment."""

    PHYSICAL = "physical"
    VOUCHER = "voucher"
    SERVICE = "service"


class ProductState(StrEnum):
    """A draft is the shop's own; published goods are sold; archived ones are kept for old orders only."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class VariantState(StrEnum):
    """A retired variant is no longer sold but stays known to old orders."""

    ACTIVE = "active"
    RETIRED = "retired"


class Sort(StrEnum):
    """How a list of goods is ordered; a search without a sort is ordered by how well it fits."""

    POPULAR = "popular"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"


class PriceReason(StrEnum):
    """Why a price changed: the shop's own price, a price rule, or a rule that is over."""

    STORE = "store"
    RULE = "rule"
    BACK = "back"


class Variant(msgspec.Struct, frozen=True):
    """One sellable choice of a product: `name_*` is the option, such as "Large"; prices in minor units.

    `store_price_minor` is what the shop entered, `price_minor` what a shopper pays online: less when a rule says so.
    """

    id: VariantId
    sku: str
    barcode: str | None
    name_zh: str
    name_en: str
    price_minor: int
    store_price_minor: int
    position: int
    state: VariantState


class ShopSummary(msgspec.Struct, frozen=True):
    """The shop on a product's page."""

    id: ShopId
    merchant_id: MerchantId
    name_zh: str
    name_en: str
    floor_code: str
    unit_code: str
    hours: str
    logo: str | None
    picture: str | None
    state: str


class CategorySummary(msgspec.Struct, frozen=True):
    """The category on a product's page."""

    id: CategoryId
    code: str
    name_zh: str
    name_en: str


class Product(msgspec.Struct, frozen=True):
    """A product whole, as its page and its editor show it: variants in order, shop and category beside it."""

    id: ProductId
    mall_id: MallId
    code: str
    kind: Kind
    state: ProductState
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    pictures: list[str]
    valid_days: int | None
    weight: int
    price_min_minor: int
    currency: str
    variants: list[Variant]
    shop: ShopSummary
    category: CategorySummary


class ProductCard(msgspec.Struct, frozen=True):
    """A product in a list: the first picture, the lowest price, where to find it."""

    id: ProductId
    shop_id: ShopId
    category_id: CategoryId
    kind: Kind
    state: ProductState
    name_zh: str
    name_en: str
    picture: str | None
    price_min_minor: int
    currency: str
    shop_zh: str
    shop_en: str
    floor_code: str
    weight: int
    variants_count: int
    score: int = 0


class ProductList(msgspec.Struct, frozen=True):
    """A page of goods; when a search finds nothing, `instead` holds popular goods of the nearest category."""

    items: list[ProductCard]
    next_cursor: str | None = None
    instead: list[ProductCard] = []


class CatalogRow(msgspec.Struct, frozen=True):
    """A product in the shop's own list: drafts too, with its code and variants."""

    id: ProductId
    shop_id: ShopId
    category_id: CategoryId
    code: str
    kind: Kind
    state: ProductState
    name_zh: str
    name_en: str
    picture: str | None
    price_min_minor: int
    currency: str
    shop_zh: str
    shop_en: str
    variants: list[Variant]


class SuggestionKind(StrEnum):
    """What a suggestion leads to."""

    PRODUCT = "product"
    SHOP = "shop"
    CATEGORY = "category"


class Suggestion(msgspec.Struct, frozen=True):
    """Something the words typed so far may mean."""

    kind: SuggestionKind
    id: str
    name_zh: str
    name_en: str
    picture: str | None


class Suggestions(msgspec.Struct, frozen=True):
    """Up to ten suggestions, best first."""

    items: list[Suggestion]


class Sellable(msgspec.Struct, frozen=True):
    """A variant that can be bought now, with all that carts, prices and orders need to know of it.

    `category_ids` holds the product's category and everything above it; `picture` is a file name.
    """

    variant_id: VariantId
    product_id: ProductId
    shop_id: ShopId
    merchant_id: MerchantId
    category_id: CategoryId
    category_ids: list[CategoryId]
    kind: Kind
    sku: str
    price_minor: int
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    valid_days: int | None
    shop_zh: str
    shop_en: str


class Owner(msgspec.Struct, frozen=True):
    """A product or variant, and whose it is."""

    id: UUID
    shop_id: ShopId


class VariantRow(msgspec.Struct, frozen=True):
    """A variant with its product's names, for lists of stock."""

    id: VariantId
    product_id: ProductId
    shop_id: ShopId
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    price_minor: int
    store_price_minor: int
    online_rule_id: UUID | None
    state: VariantState
    product_state: ProductState
    kind: Kind
    picture: str | None


class OnlinePrice(msgspec.Struct, frozen=True, kw_only=True):
    """The price a rule gives a variant online; `price_minor` and `rule_id` None give the store price back."""

    variant_id: VariantId
    price_minor: int | None
    rule_id: UUID | None
    rule_version: int | None


class GoodsScope(msgspec.Struct, frozen=True, kw_only=True):
    """Which products are meant: what is None does not narrow. A category means all below it too."""

    shop_id: ShopId | None = None
    category_ids: list[UUID] | None = None
    product_ids: list[UUID] | None = None
    variant_ids: list[UUID] | None = None


class PricedGood(msgspec.Struct, frozen=True, kw_only=True):
    """An active variant with all that prices are made of; `category_ids` is its product's category and all above."""

    variant_id: VariantId
    product_id: ProductId
    shop_id: ShopId
    category_ids: list[CategoryId]
    store_price_minor: int
    price_minor: int
    online_price_minor: int | None
    online_rule_id: UUID | None
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None


class Repriced(msgspec.Struct, frozen=True):
    """A product of which prices were changed, and its shop."""

    product_id: ProductId
    shop_id: ShopId


class PriceChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of what a shopper pays for a variant, and who or what made it."""

    id: UUID
    variant_id: VariantId
    sku: str
    option_zh: str
    option_en: str
    reason: PriceReason
    store_price_minor: int
    from_minor: int
    to_minor: int
    rule_id: UUID | None
    rule_version: int | None
    actor_kind: str
    actor_id: UUID
    at: datetime


class VariantInput(msgspec.Struct, frozen=True, kw_only=True):
    """A variant to save; the SKU says which one it is within the shop, `price_minor` is its price in the store."""

    sku: Code
    price_minor: PriceMinor
    barcode: Annotated[str, Meta(max_length=60, pattern=STORABLE)] | None = None
    name_zh: Option = ""
    name_en: Option = ""


class ProductInput(msgspec.Struct, frozen=True, kw_only=True):
    """A product to save; the code says which one it is within the shop. Variants left out are retired."""

    code: Code
    kind: Kind
    category_id: CategoryId
    name_zh: Name
    name_en: Name
    variants: Annotated[list[VariantInput], Meta(max_length=200)] = []
    text_zh: Text = ""
    text_en: Text = ""
    pictures: Pictures = []
    valid_days: ValidDays | None = None
    weight: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0


class ProductPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a product; what is left out stays. Variants, when given, replace all of them."""

    kind: Kind | msgspec.UnsetType = msgspec.UNSET
    category_id: CategoryId | msgspec.UnsetType = msgspec.UNSET
    name_zh: Name | msgspec.UnsetType = msgspec.UNSET
    name_en: Name | msgspec.UnsetType = msgspec.UNSET
    variants: Annotated[list[VariantInput], Meta(max_length=200)] | msgspec.UnsetType = msgspec.UNSET
    text_zh: Text | msgspec.UnsetType = msgspec.UNSET
    text_en: Text | msgspec.UnsetType = msgspec.UNSET
    pictures: Pictures | msgspec.UnsetType = msgspec.UNSET
    valid_days: ValidDays | msgspec.UnsetType | None = msgspec.UNSET
    weight: Annotated[int, Meta(ge=0, le=1_000_000_000)] | msgspec.UnsetType = msgspec.UNSET


class Stored(msgspec.Struct, frozen=True):
    """A product as it is kept, retired variants left out; what a change starts from."""

    id: ProductId
    shop_id: ShopId
    category_id: CategoryId
    code: str
    kind: Kind
    state: ProductState
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    pictures: list[str]
    valid_days: int | None
    weight: int
    variants: list[Variant]


class ToSave(msgspec.Struct, frozen=True):
    """A product to save and the state it shall have."""

    product: ProductInput
    state: ProductState


class SavedVariant(msgspec.Struct, frozen=True):
    """A variant after saving."""

    id: VariantId
    product_id: ProductId
    sku: str


class SkuOwner(msgspec.Struct, frozen=True):
    """A SKU the shop has ever used, and the product it belongs to for good."""

    sku: str
    product_code: str


class Saved(msgspec.Struct, frozen=True):
    """What saving many products did: how many are new or changed, and every variant's id by SKU."""

    created: int
    changed: int
    product_ids: dict[str, ProductId]
    variant_ids: dict[str, VariantId]
