"""What stock brings to the program."""

from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.stock.http import ROUTES

MODULE = Module(
    name="stock",
    routes=ROUTES,
    tables={"stock.level": Keyed.MALL, "stock.movement": Keyed.MALL, "stock.reservation": Keyed.MALL},
    invariants=[
        Invariant(
            "stock on hand is the sum of its movements",
            """
            SELECT 'variant ' || coalesce(l.variant_id, m.variant_id) || ': on hand ' || coalesce(l.on_hand, 0)
                   || ', movements ' || coalesce(m.total, 0)
              FROM stock.level l FULL JOIN (SELECT mall_id, variant_id, sum(quantity) AS total FROM stock.movement
                                             GROUP BY mall_id, variant_id) m
                ON m.mall_id = l.mall_id AND m.variant_id = l.variant_id
             WHERE coalesce(l.on_hand, 0) <> coalesce(m.total, 0) LIMIT 20
            """,
        ),
        Invariant(
            "reserved stock is the sum of its held reservations",
            """
            SELECT 'variant ' || coalesce(l.variant_id, r.variant_id) || ': reserved ' || coalesce(l.reserved, 0)
                   || ', reservations ' || coalesce(r.total, 0)
              FROM stock.level l FULL JOIN (SELECT mall_id, variant_id, sum(quantity) AS total FROM stock.reservation
                                             WHERE state = 'held' GROUP BY mall_id, variant_id) r
                ON r.mall_id = l.mall_id AND r.variant_id = l.variant_id
             WHERE coalesce(l.reserved, 0) <> coalesce(r.total, 0) LIMIT 20
            """,
        ),
    ],
)
