"""What coupons brings to the program."""

from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.coupons import jobs
from galleria.value.coupons.http import ROUTES
from galleria.value.coupons.operations.code import MAKE_JOB
from galleria.value.coupons.operations.push import PUSH_JOB
from galleria.value.coupons.operations.template import EXTEND_JOB

MODULE = Module(
    name="coupons",
    routes=ROUTES,
    tasks=[
        Task(EXTEND_JOB, jobs.extend_claims),
        Task(MAKE_JOB, jobs.make_codes),
        Task(PUSH_JOB, jobs.push_on),
    ],
    schedules=[
        Schedule("coupons.expire", 60, jobs.expire),
        Schedule("coupons.remind", 300, jobs.remind),
        Schedule("coupons.roll_pools", 60, jobs.roll_pools),
    ],
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
             WHERE c.seq > k.per_member AND c.version = k.version
             LIMIT 20
            """,
        ),
        Invariant(
            "budgets commit what is issued of them",
            """
            SELECT format('coupon %s commits %s, its claims %s', k.id, k.committed_minor, coalesce(n.worth, 0))
              FROM coupons.coupon AS k
              LEFT JOIN (SELECT mall_id, coupon_id, sum(worth_minor) AS worth FROM coupons.claim
                          WHERE worth_minor > 0 AND state NOT IN ('expired', 'void', 'transferred') GROUP BY 1, 2) AS n
                     ON n.mall_id = k.mall_id AND n.coupon_id = k.id
             WHERE k.committed_minor <> coalesce(n.worth, 0) OR k.committed_minor > k.budget_minor
             LIMIT 20
            """,
        ),
        Invariant(
            "pools count their claims",
            """
            SELECT format('pool %s says %s claimed, has %s', p.id, p.claimed, coalesce(n.count, 0))
              FROM coupons.pool AS p
              LEFT JOIN (SELECT mall_id, pool_id, count(*) FROM coupons.claim
                          WHERE pool_id IS NOT NULL AND source <> 'transfer' GROUP BY 1, 2) AS n
                     ON n.mall_id = p.mall_id AND n.pool_id = p.id
             WHERE p.claimed <> coalesce(n.count, 0)
             LIMIT 20
            """,
        ),
        Invariant(
            "pools lose nothing when they roll over",
            """
            SELECT format('the pools of coupon %s carry %s in all', coupon_id, sum(carried))
              FROM coupons.pool GROUP BY mall_id, coupon_id HAVING sum(carried) <> 0 LIMIT 20
            """,
        ),
        Invariant(
            "every redeemed code has its claim",
            """
            SELECT format('code %s of batch %s: no claim %s', c.number, c.batch_id, c.claim_id)
              FROM coupons.code AS c
             WHERE c.claim_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM coupons.claim AS k WHERE k.mall_id = c.mall_id AND k.id = c.claim_id)
             LIMIT 20
            """,
        ),
        Invariant(
            "batches count their codes",
            """
            SELECT format('batch %s says %s made, has %s', b.id, b.made, coalesce(n.count, 0))
              FROM coupons.batch AS b
              LEFT JOIN (SELECT mall_id, batch_id, count(*) FROM coupons.code GROUP BY 1, 2) AS n
                     ON n.mall_id = b.mall_id AND n.batch_id = b.id
             WHERE b.made <> coalesce(n.count, 0)
             LIMIT 20
            """,
        ),
        Invariant(
            "what was given to a friend is there once",
            """
            SELECT format('claim %s was given on and is there %s times', c.id, count(n.id))
              FROM coupons.claim AS c
              LEFT JOIN coupons.claim AS n
                     ON n.mall_id = c.mall_id AND n.reference = c.id AND n.source = 'transfer'
             WHERE c.state = 'transferred' GROUP BY c.mall_id, c.id HAVING count(n.id) <> 1
             LIMIT 20
            """,
        ),
        Invariant(
            "no shop has spent more of a coupon than its limit",
            """
            SELECT format('shop %s: %s of coupon %s, spent %s', u.shop_id, u.used, u.coupon_id, count(c.id))
              FROM coupons.shop_use AS u
              LEFT JOIN coupons.claim AS c
                     ON c.mall_id = u.mall_id AND c.coupon_id = u.coupon_id AND c.shop_id = u.shop_id
                    AND c.state = 'used'
             GROUP BY u.mall_id, u.coupon_id, u.shop_id, u.used HAVING u.used > count(c.id)
             LIMIT 20
            """,
        ),
        Invariant(
            "every claim has what its version says",
            """
            SELECT format('claim %s: no version %s of coupon %s', c.id, c.version, c.coupon_id)
              FROM coupons.claim AS c
             WHERE NOT EXISTS (SELECT FROM coupons.version AS v
                                WHERE v.mall_id = c.mall_id AND v.coupon_id = c.coupon_id AND v.version = c.version)
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
