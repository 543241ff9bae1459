"""What check-ins bring to the program."""

from galleria.engagement.checkins.http import ROUTES
from galleria.platform.module import Invariant, Keyed, Module

MODULE = Module(
    name="checkins",
    routes=ROUTES,
    tables={"checkins.ladder": Keyed.MALL, "checkins.rung": Keyed.MALL, "checkins.visit": Keyed.MALL},
    invariants=[
        Invariant(
            "points of check-ins are what malls gave",
            """
            SELECT format('mall %s: visits say %s points, the ledger %s', coalesce(v.mall_id, l.owner_id),
                          coalesce(v.points, 0), coalesce(l.issued, 0))
              FROM (SELECT mall_id, sum(points) AS points FROM checkins.visit WHERE points > 0 GROUP BY mall_id) AS v
              FULL JOIN (SELECT account.owner_id, -sum(posting.amount) AS issued
                           FROM ledger.posting JOIN ledger.account ON account.id = posting.account_id
                           JOIN malls.mall ON mall.id = account.owner_id
                          WHERE account.kind = 'points_issued' AND account.asset = 'points'
                          GROUP BY account.owner_id) AS l
                ON l.owner_id = v.mall_id
             WHERE coalesce(v.points, 0) <> coalesce(l.issued, 0) LIMIT 20
            """,
        ),
        Invariant(
            "a streak goes on from the day before",
            """
            SELECT format('visit %s: day %s in a row, the day before was %s', v.id, v.streak, b.streak)
              FROM checkins.visit AS v
              JOIN checkins.visit AS b
                ON b.mall_id = v.mall_id AND b.member_id = v.member_id AND b.day = v.day - 1
             WHERE v.streak <> b.streak + 1 LIMIT 20
            """,
        ),
    ],
)
