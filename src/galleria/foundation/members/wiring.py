"""What members brings to the program."""

from galleria.foundation.members import jobs
from galleria.foundation.members.http import ROUTES
from galleria.platform.jobs import Schedule
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="members",
    routes=ROUTES,
    schedules=[Schedule("members.forget_codes", 3600, jobs.forget_codes)],
    tables={"members.member": Keyed.OWNER, "members.login_code": Keyed.OWNER},
)
