"""What launch brings to the program."""

from galleria.engagement.launch.http import ROUTES
from galleria.platform.module import Invariant, Keyed, Module

MODULE = Module(
    name="launch",
    routes=ROUTES,
    tables={"launch.review": Keyed.MALL, "launch.policy": Keyed.MALL},
    invariants=[
        Invariant(
            "nobody decided his own request",
            """
            SELECT format('request %s was %s by %s who asked for it', id, state, decided_by)
              FROM launch.review
             WHERE needed_second AND state IN ('approved', 'rejected') AND decided_by = requested_by LIMIT 20
            """,
        ),
        Invariant(
            "what waits for approval has a request",
            """
            SELECT format('offer %s waits for approval, nobody asked', o.id)
              FROM offers.offer AS o
             WHERE o.state = 'pending' AND NOT EXISTS (
                     SELECT FROM launch.review AS r
                      WHERE r.mall_id = o.mall_id AND r.subject_kind = 'offer' AND r.subject_id = o.id
                        AND r.version = o.version AND r.state = 'pending')
             LIMIT 20
            """,
        ),
    ],
)
