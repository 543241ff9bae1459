"""What the platform itself brings: the routes of sign-ins, its tables and the housekeeping of them."""

from galleria.platform.housekeeping import forget_attempts, forget_sessions
from galleria.platform.http.auth import ROUTES
from galleria.platform.jobs import Schedule
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="platform",
    routes=ROUTES,
    schedules=[
        Schedule("platform.forget_attempts", 3600, forget_attempts),
        Schedule("platform.forget_sessions", 86_400, forget_sessions),
    ],
    tables={
        "platform.session": Keyed.OWNER,
        "platform.staff_grant": Keyed.OWNER,
        "platform.attempt": Keyed.OWNER,
        "platform.journal": Keyed.OWNER,
    },
)
