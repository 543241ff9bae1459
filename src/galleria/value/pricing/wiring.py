"""What pricing brings to the program."""

from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.pricing import jobs
from galleria.value.pricing.http import ROUTES
from galleria.value.pricing.operations import APPLY, FOLLOW_GOODS, FOLLOW_SHOP

FOLLOW_PRODUCT = "pricing.follow_product"

MODULE = Module(
    name="pricing",
    routes=ROUTES,
    tasks=[
        Task(APPLY, jobs.apply_rule),
        Task(FOLLOW_SHOP, jobs.follow_shop),
        Task(FOLLOW_GOODS, jobs.follow_goods),
        Task(FOLLOW_PRODUCT, jobs.follow_product),
    ],
    schedules=[Schedule("pricing.sweep", 10, jobs.sweep)],
    subscribes={"catalog.created": (FOLLOW_PRODUCT,), "catalog.changed": (FOLLOW_PRODUCT,)},
    tables={
        "pricing.rule": Keyed.MALL,
        "pricing.version": Keyed.MALL,
        "pricing.cost": Keyed.MALL,
        "pricing.guard": Keyed.MALL,
        "pricing.competitor": Keyed.MALL,
    },
    invariants=[
        Invariant(
            "no rule sells below a floor price",
            """
            SELECT 'variant ' || v.id || ' is sold for ' || v.online_price_minor || ', its floor is ' || k.floor_minor
              FROM catalog.variant v JOIN pricing.cost k ON k.mall_id = v.mall_id AND k.variant_id = v.id
              JOIN pricing.rule r ON r.mall_id = v.mall_id AND r.id = v.online_rule_id
             WHERE v.online_price_minor < k.floor_minor AND r.settled_at > k.changed_at + interval '1 hour' LIMIT 20
            """,
        ),
        Invariant(
            "every online price is of a rule that was approved",
            """
            SELECT 'variant ' || v.id || ' has its price from ' || v.online_rule_id
              FROM catalog.variant v LEFT JOIN pricing.rule r ON r.mall_id = v.mall_id AND r.id = v.online_rule_id
             WHERE v.online_rule_id IS NOT NULL AND r.approved IS NULL LIMIT 20
            """,
        ),
    ],
)
