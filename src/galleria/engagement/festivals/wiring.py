"""What festivals bring to the program."""

from galleria.engagement.festivals import jobs
from galleria.engagement.festivals.http import ROUTES
from galleria.platform.jobs import Schedule
from galleria.platform.module import Invariant, Keyed, Module

MODULE = Module(
    name="festivals",
    routes=ROUTES,
    schedules=[Schedule("festivals.watch", 5, jobs.watch)],
    tables={
        "festivals.festival": Keyed.MALL,
        "festivals.festival_coupon": Keyed.MALL,
        "festivals.queue": Keyed.MALL,
        "festivals.source": Keyed.MALL,
        "festivals.anomaly": Keyed.MALL,
        "festivals.minute": Keyed.MALL,
        "festivals.shop_use": Keyed.MALL,
    },
    invariants=[
        Invariant(
            "no coupon of a stopped festival is live",
            """
            SELECT format('coupon %s is live, its festival %s is %s', k.id, f.id, f.state)
              FROM festivals.festival AS f
              JOIN festivals.festival_coupon AS c ON c.mall_id = f.mall_id AND c.festival_id = f.id AND c.paused
              JOIN coupons.coupon AS k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
             WHERE f.state = 'paused' AND k.state = 'live' LIMIT 20
            """,
        ),
        Invariant(
            "every festival has its queue and its coupons exist",
            """
            SELECT format('festival %s has no queue', f.id) FROM festivals.festival AS f
             WHERE NOT EXISTS (SELECT FROM festivals.queue AS q WHERE q.mall_id = f.mall_id AND q.festival_id = f.id)
            UNION ALL
            SELECT format('festival %s: no coupon %s', c.festival_id, c.coupon_id) FROM festivals.festival_coupon AS c
             WHERE NOT EXISTS (SELECT FROM coupons.coupon AS k WHERE k.mall_id = c.mall_id AND k.id = c.coupon_id)
             LIMIT 20
            """,
        ),
        Invariant(
            "the board counts no claim that is none",
            """
            SELECT format('coupon %s: %s counted by minute, %s claimed', m.coupon_id, m.counted, k.claimed)
              FROM (SELECT mall_id, coupon_id, sum(claimed) AS counted FROM festivals.minute GROUP BY 1, 2) AS m
              JOIN coupons.coupon AS k ON k.mall_id = m.mall_id AND k.id = m.coupon_id
             WHERE m.counted > k.claimed LIMIT 20
            """,
        ),
    ],
)
