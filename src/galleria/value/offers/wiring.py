"""What offers brings to the program."""

from galleria.platform.jobs import Schedule
from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.offers import jobs
from galleria.value.offers.http import ROUTES

MODULE = Module(
    name="offers",
    routes=ROUTES,
    schedules=[Schedule("offers.announce", 5, jobs.announce)],
    tables={
        "offers.offer": Keyed.MALL,
        "offers.version": Keyed.MALL,
        "offers.counter": Keyed.MALL,
        "offers.use": Keyed.MALL,
        "offers.stamp": Keyed.MALL,
        "offers.moment": Keyed.MALL,
        "offers.sponsor": Keyed.MALL,
    },
    invariants=[
        Invariant(
            "no offer is used beyond its limits",
            """
            SELECT format('offer %s, %s %s: %s used of %s, %s spent of %s', id, scope, key, used, allowed, spent_minor,
                          budget_minor)
              FROM offers.counter WHERE used > allowed OR spent_minor > budget_minor LIMIT 20
            """,
        ),
        Invariant(
            "offers count their uses",
            """
            SELECT format('offer %s, %s %s: counts %s for %s, its uses are %s for %s', id, scope, key, k.used,
                          k.spent_minor, coalesce(n.units, 0), coalesce(n.amount_minor, 0))
              FROM offers.counter AS k
              FULL JOIN (SELECT u.mall_id, u.id, s.scope, sum(u.units) AS units,
                                CASE s.scope WHEN 'member' THEN u.member_id::text
                                             WHEN 'member_day' THEN u.member_id::text || ':' || u.day::text
                                             WHEN 'household' THEN u.household_id::text
                                             WHEN 'day' THEN u.day::text ELSE '' END AS key,
                                sum(CASE s.scope WHEN 'total' THEN u.amount_minor ELSE 0 END) AS amount_minor
                           FROM offers.use AS u CROSS JOIN unnest(u.counted) AS s (scope)
                          WHERE u.state <> 'released'
                          GROUP BY u.mall_id, u.id, s.scope, 5) AS n USING (mall_id, id, scope, key)
             WHERE coalesce(k.used, 0) <> coalesce(n.units, 0)
                OR coalesce(k.spent_minor, 0) <> coalesce(n.amount_minor, 0)
             LIMIT 20
            """,
        ),
        Invariant(
            "every live offer was launched",
            """
            SELECT format('offer %s is %s, version %s was not approved', o.id, o.state, o.live_version)
              FROM offers.offer AS o
              LEFT JOIN offers.version AS v
                     ON v.mall_id = o.mall_id AND v.offer_id = o.id AND v.version = o.live_version
             WHERE o.state IN ('live', 'paused') AND v.approved_at IS NULL
             LIMIT 20
            """,
        ),
        Invariant(
            "offers have all their versions",
            """
            SELECT format('offer %s is at version %s, has %s', o.id, o.version, count(v.version))
              FROM offers.offer AS o
              LEFT JOIN offers.version AS v ON v.mall_id = o.mall_id AND v.offer_id = o.id
             GROUP BY o.mall_id, o.id, o.version HAVING count(v.version) <> o.version
             LIMIT 20
            """,
        ),
    ],
)
