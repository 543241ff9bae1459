"""What hands-free shopping brings to the program."""

from galleria.onsite.handsfree import jobs
from galleria.onsite.handsfree.http import ROUTES
from galleria.platform.jobs import Schedule
from galleria.platform.module import Invariant, Keyed, Module

_CHAIN = """
SELECT 'bag ' || b.id || ' is ' || b.state || ', its last scan says ' || coalesce(s.state, 'nothing')
  FROM handsfree.bag AS b
  LEFT JOIN LATERAL (SELECT state FROM handsfree.scan
                      WHERE mall_id = b.mall_id AND bag_id = b.id AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1) AS s
         ON true
 WHERE s.state IS DISTINCT FROM b.state
 LIMIT 20
"""
_WHOLE = """
SELECT 'bag ' || bag_id || ' has ' || count(*) || ' links in its chain, numbered to ' || max(seq)
  FROM handsfree.scan WHERE seq IS NOT NULL
 GROUP BY mall_id, bag_id HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> count(*)
 LIMIT 20
"""
_SHELVES = """
SELECT 'shelf ' || s.id || ' counts ' || s.used || ' bags, ' || count(b.id) || ' lie there'
  FROM handsfree.shelf AS s LEFT JOIN handsfree.bag AS b ON b.mall_id = s.mall_id AND b.shelf_id = s.id
 GROUP BY s.mall_id, s.id, s.used HAVING s.used <> count(b.id)
 LIMIT 20
"""
_HANDED = """
SELECT 'bag ' || b.id || ' was handed out on a code of another trip'
  FROM handsfree.scan AS s
  JOIN handsfree.bag AS b ON b.mall_id = s.mall_id AND b.id = s.bag_id
  JOIN handsfree.collection AS c ON c.mall_id = s.mall_id AND c.id = s.collection_id
 WHERE s.move = 'hand' AND s.seq IS NOT NULL AND c.trip_id <> b.trip_id
 LIMIT 20
"""
_TRIPS = """
SELECT 'trip ' || t.id || ' is ' || t.state || ' and has ' || count(b.id) || ' bags that are not ended'
  FROM handsfree.trip AS t
  LEFT JOIN handsfree.bag AS b ON b.mall_id = t.mall_id AND b.trip_id = t.id
        AND b.state IN ('at_shop', 'carried', 'shelved', 'lost')
 WHERE t.state = 'open'
 GROUP BY t.mall_id, t.id, t.state HAVING count(b.id) = 0
 LIMIT 20
"""
_PROXIES = """
SELECT 'proxy ' || p.id || ' is ' || p.state || ', its code was accepted ' || count(c.id) || ' times'
  FROM handsfree.proxy AS p LEFT JOIN handsfree.collection AS c ON c.mall_id = p.mall_id AND c.proxy_id = p.id
 GROUP BY p.mall_id, p.id, p.state HAVING count(c.id) <> CASE p.state WHEN 'used' THEN 1 ELSE 0 END
 LIMIT 20
"""
_COMPENSATED = """
SELECT 'claim ' || c.id || ' was paid ' || c.decided_minor || ' into stored value, the ledger says ' ||
       coalesce(sum(p.amount), 0)
  FROM handsfree.claim AS c
  LEFT JOIN ledger.entry AS e ON e.code = 'handsfree.compensation' AND e.reference = c.id
  LEFT JOIN ledger.posting AS p ON p.entry_id = e.id AND p.amount > 0
 WHERE c.paid_how = 'wallet'
 GROUP BY c.mall_id, c.id, c.decided_minor HAVING coalesce(sum(p.amount), 0) <> c.decided_minor
 LIMIT 20
"""
_LOOKED_AT = """
SELECT 'scan ' || s.id || ' is ' || s.outcome || ' and nobody was told'
  FROM handsfree.scan AS s
 WHERE s.outcome NOT IN ('accepted', 'repeated', 'waiting')
   AND NOT EXISTS (SELECT FROM handsfree.exception AS e
                    WHERE e.mall_id = s.mall_id AND e.kind = 'scan' AND e.subject_id = s.id)
 LIMIT 20
"""

MODULE = Module(
    name="handsfree",
    routes=ROUTES,
    schedules=[Schedule("handsfree.watch", 300, jobs.watch)],
    tables={
        f"handsfree.{table}": Keyed.MALL
        for table in (
            "policy", "label_batch", "label", "desk", "shelf", "card", "trip", "bag", "collection", "proxy", "scan",
            "count", "count_line", "exception", "claim",
        )
    },
    invariants=[
        Invariant("every bag is where its last scan left it", _CHAIN),
        Invariant("every chain of custody is whole", _WHOLE),
        Invariant("shelves count the bags on them", _SHELVES),
        Invariant("every bag was handed out on a code of its own trip", _HANDED),
        Invariant("every open trip has a bag", _TRIPS),
        Invariant("every proxy's code was accepted as often as it says", _PROXIES),
        Invariant("every compensation paid into stored value is in the ledger", _COMPENSATED),
        Invariant("every scan that does not fit was told to somebody", _LOOKED_AT),
    ],
)  # fmt: skip
