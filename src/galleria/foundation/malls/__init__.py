"""The directory: groups, malls, merchants, category trees and shops.

A mall belongs to one group for good; merchants are the group's, categories and shops the mall's. Codes are unique
(malls: in the installation; merchants: in the group; categories and shops: in the mall) and never change, so that
imports find again what they made. A shop's merchant is of its mall's group, by a foreign key.

Emits `malls.opened`, `malls.shop_opened`, `malls.shop_changed`. Hears nothing.
"""

from galleria.foundation.malls.model import (
    Category,
    CategoryChange,
    Group,
    Mall,
    MallChange,
    Merchant,
    MerchantChange,
    NewCategory,
    NewMall,
    NewMerchant,
    NewShop,
    Shop,
    ShopChange,
    ShopState,
)
from galleria.foundation.malls.operations import (
    create_category,
    create_group,
    create_mall,
    create_merchant,
    create_shop,
    update_category,
    update_mall,
    update_merchant,
    update_shop,
)
from galleria.foundation.malls.queries import (
    category_family,
    find_group,
    get_group,
    get_mall,
    get_mall_by_code,
    get_shop,
    group_of,
    list_categories,
    list_malls,
    list_merchants,
    list_shops,
    mall_target,
    shop_target,
)

__all__ = [
    "Category",
    "CategoryChange",
    "Group",
    "Mall",
    "MallChange",
    "Merchant",
    "MerchantChange",
    "NewCategory",
    "NewMall",
    "NewMerchant",
    "NewShop",
    "Shop",
    "ShopChange",
    "ShopState",
    "category_family",
    "create_category",
    "create_group",
    "create_mall",
    "create_merchant",
    "create_shop",
    "find_group",
    "get_group",
    "get_mall",
    "get_mall_by_code",
    "get_shop",
    "group_of",
    "list_categories",
    "list_malls",
    "list_merchants",
    "list_shops",
    "mall_target",
    "shop_target",
    "update_category",
    "update_mall",
    "update_merchant",
    "update_shop",
]
