"""What coupons brings to the program."""

from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.coupons import jobs
from galleria.value.coupons.http import ROUTES
from galleria.value.coupons.operations.template import EXTEND_JOB

MODULE = Module(
    name="coupons",
    routes=ROUTES,
    tasks=[Task(EXTEND_JOB, jobs.extend_claims)],
    schedules=[Schedule("coupons.expire", 60, jobs.expire)],
    tables={
        f"coupons.{table}": Keyed.MALL
        for table in ("coupon", "version", "claim", "pool", "shop_use", "batch", "code", "poster", "push", "transfer")
    },
    invariants=[
        Invariant(
            "coupons count their claims",
            """
            SELECT format('coupon %s says %s claimed, has %s', k.id, k.claimed, coalesce(n.count, 0))
              FROM coupons.coupon AS k
              LEFT JOIN (SELECT mall_id, coupon_id, count(*)
                           FROM coupons.claim WHERE source <> 'transfer' GROUP BY 1, 2) AS n
                     ON n.mall_id = k.mall_id AND n.coupon_id = k.id
             WHERE k.claimed <> coalesce(n.count, 0)
             LIMIT 20
            """,
        ),
        Invariant(
            "no coupon is claimed beyond its total",
            """
            SELECT format('coupon %s: %s claimed of %s', id, claimed, total)
              FROM coupons.coupon WHERE claimed > total LIMIT 20
            """,
        ),
        Invariant(
            "no member has more of a coupon than the limit",
            """
            SELECT format('claim %s is number %s of member %s, the limit is %s', c.id, c.seq, c.member_id, k.per_member)
              FROM coupons.claim AS c
              JOIN coupons.coupon AS k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
             WHERE c.seq > k.per_member
             LIMIT 20
            """,
        ),
        Invariant(
            "every claim has its coupon",
            """
            SELECT format('claim %s: no coupon %s', c.id, c.coupon_id)
              FROM coupons.claim AS c
             WHERE NOT EXISTS (SELECT FROM coupons.coupon AS k WHERE k.mall_id = c.mall_id AND k.id = c.coupon_id)
             LIMIT 20
            """,
        ),
    ],
)
