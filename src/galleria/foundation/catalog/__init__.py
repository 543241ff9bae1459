"""Goods: products of three kinds, their variants, search.

A product belongs to one shop for good and is known there by its code, a variant by its SKU; both are unique in the
shop by constraint. Only a product that has texts in both languages, an active variant and, for a voucher, a validity
is published; it stays so through every change. What is sold once is never deleted: variants retire, products are
archived. A variant's price is above zero by constraint. Shop, category and currency are read with a product, in one
statement, from the directory's tables.

Emits `catalog.created`, `catalog.changed`. Hears `malls.shop_changed`, to search by the shop's present name.
"""

from galleria.foundation.catalog.model import (
    CatalogRow,
    CategorySummary,
    Kind,
    Product,
    ProductCard,
    ProductInput,
    ProductList,
    ProductPatch,
    ProductState,
    Saved,
    Sellable,
    ShopSummary,
    Sort,
    Stored,
    Suggestion,
    SuggestionKind,
    Suggestions,
    ToSave,
    Variant,
    VariantInput,
    VariantRow,
    VariantState,
)
from galleria.foundation.catalog.operations import (
    CodeTaken,
    SkuTaken,
    as_input,
    change_product,
    create_product,
    lock_shop_products,
    publish,
    reindex_shop,
    save_product,
    save_products,
    set_state,
)
from galleria.foundation.catalog.queries import (
    get_any_product,
    get_product,
    list_catalog,
    list_products,
    list_variants,
    sellable,
    shop_of,
    shop_of_variant,
    shop_products,
    suggest,
)
from galleria.foundation.catalog.rules import missing_for_sale

__all__ = [
    "CatalogRow",
    "CategorySummary",
    "CodeTaken",
    "Kind",
    "Product",
    "ProductCard",
    "ProductInput",
    "ProductList",
    "ProductPatch",
    "ProductState",
    "Saved",
    "Sellable",
    "ShopSummary",
    "SkuTaken",
    "Sort",
    "Stored",
    "Suggestion",
    "SuggestionKind",
    "Suggestions",
    "ToSave",
    "Variant",
    "VariantInput",
    "VariantRow",
    "VariantState",
    "as_input",
    "change_product",
    "create_product",
    "get_any_product",
    "get_product",
    "list_catalog",
    "list_products",
    "list_variants",
    "lock_shop_products",
    "missing_for_sale",
    "publish",
    "reindex_shop",
    "save_product",
    "save_products",
    "sellable",
    "set_state",
    "shop_of",
    "shop_of_variant",
    "shop_products",
    "suggest",
]
