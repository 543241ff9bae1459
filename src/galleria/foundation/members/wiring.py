"""What members brings to the program."""

from galleria.foundation.members import jobs
from galleria.foundation.members.http import ROUTES
from galleria.platform.jobs import Schedule
from galleria.platform.module import Invariant, Keyed, Module

MODULE = Module(
    name="members",
    routes=ROUTES,
    schedules=[Schedule("members.forget_codes", 3600, jobs.forget_codes)],
    tables={"members.member": Keyed.OWNER, "members.household": Keyed.OWNER, "members.login_code": Keyed.OWNER},
    invariants=[
        Invariant(
            "households count who lives in them",
            """
            SELECT format('household %s says %s, has %s', h.id, h.size, coalesce(n.count, 0))
              FROM members.household AS h
              LEFT JOIN (SELECT group_id, household_id, count(*) FROM members.member
                          WHERE household_id IS NOT NULL GROUP BY 1, 2) AS n
                     ON n.group_id = h.group_id AND n.household_id = h.id
             WHERE h.size <> coalesce(n.count, 0) LIMIT 20
            """,
        ),
    ],
)
