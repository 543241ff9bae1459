"""What catalog brings to the program."""

from galleria.foundation.catalog.http import ROUTES
from galleria.foundation.catalog.jobs import reindex_shop
from galleria.platform.jobs import Task
from galleria.platform.module import Invariant, Keyed, Module

MODULE = Module(
    name="catalog",
    routes=ROUTES,
    tasks=[Task("catalog.reindex_shop", reindex_shop)],
    subscribes={"malls.shop_changed": ("catalog.reindex_shop",)},
    tables={"catalog.product": Keyed.MALL, "catalog.variant": Keyed.MALL, "catalog.price_change": Keyed.MALL},
    invariants=[
        Invariant(
            "a published product has a variant to sell and shows its lowest price",
            """
            SELECT 'product ' || p.id || ' shows ' || p.price_min_minor || ', its variants cost from '
                   || coalesce(min(v.price_minor)::text, 'nothing')
              FROM catalog.product p
              LEFT JOIN catalog.variant v ON v.mall_id = p.mall_id AND v.product_id = p.id AND v.state = 'active'
             WHERE p.state = 'published'
             GROUP BY p.mall_id, p.id HAVING p.price_min_minor IS DISTINCT FROM min(v.price_minor) LIMIT 20
            """,
        ),
        Invariant(
            "a variant belongs to its product's shop",
            """
            SELECT 'variant ' || v.id || ' is of shop ' || v.shop_id || ', its product of ' || p.shop_id
              FROM catalog.variant v JOIN catalog.product p ON p.mall_id = v.mall_id AND p.id = v.product_id
             WHERE p.shop_id <> v.shop_id LIMIT 20
            """,
        ),
    ],
)
