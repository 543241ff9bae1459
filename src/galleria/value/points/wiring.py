"""What points brings to the program."""

from galleria.platform.jobs import Schedule
from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.points.http import ROUTES
from galleria.value.points.jobs import activate_due

MODULE = Module(
    name="points",
    routes=ROUTES,
    schedules=[Schedule("points.activate_due", 60, activate_due)],
    tables={
        "points.earn_rule": Keyed.MALL,
        "points.award": Keyed.MALL,
        "points.debt": Keyed.OWNER,
        "points.spend_policy": Keyed.MALL,
    },
    invariants=[
        Invariant(
            "pending points are what pending awards keep",
            """
            SELECT 'member ' || coalesce(a.member_id, l.owner_id) || ': awards keep ' || coalesce(a.kept, 0)
                   || ' pending, the ledger has ' || coalesce(l.balance, 0)
              FROM (SELECT member_id, sum(kept) AS kept FROM points.award WHERE state = 'pending'
                     GROUP BY member_id) AS a
              FULL JOIN (SELECT owner_id, balance FROM ledger.account
                          WHERE kind = 'member_points_pending' AND asset = 'points') AS l
                ON l.owner_id = a.member_id
             WHERE coalesce(a.kept, 0) <> coalesce(l.balance, 0) LIMIT 20
            """,
        ),
        Invariant(
            "what merchants issued is what awards keep",
            """
            SELECT 'merchant ' || coalesce(a.merchant_id, l.owner_id) || ': awards keep ' || coalesce(a.kept, 0)
                   || ', the ledger says ' || coalesce(l.issued, 0)
              FROM (SELECT merchant_id, sum(kept) AS kept FROM points.award GROUP BY merchant_id) AS a
              FULL JOIN (SELECT account.owner_id, -sum(posting.amount) AS issued
                           FROM ledger.posting JOIN ledger.account ON account.id = posting.account_id
                          WHERE account.kind = 'points_issued' AND account.asset = 'points'
                            AND NOT EXISTS (SELECT FROM malls.mall WHERE mall.id = account.owner_id)
                          GROUP BY account.owner_id) AS l
                ON l.owner_id = a.merchant_id
             WHERE coalesce(a.kept, 0) <> coalesce(l.issued, 0) LIMIT 20
            """,
        ),
        Invariant(
            "owed points are what the ledger says",
            """
            SELECT 'member ' || coalesce(d.member_id, l.owner_id) || ' owes ' || coalesce(d.owed, 0)
                   || ', the ledger says ' || coalesce(l.owed, 0)
              FROM points.debt AS d
              FULL JOIN (SELECT account.owner_id, -sum(posting.amount) AS owed
                           FROM ledger.posting JOIN ledger.account ON account.id = posting.account_id
                          WHERE account.kind = 'member_points_owed' AND account.asset = 'points'
                          GROUP BY account.owner_id) AS l
                ON l.owner_id = d.member_id
             WHERE coalesce(d.owed, 0) <> coalesce(l.owed, 0) LIMIT 20
            """,
        ),
    ],
)
