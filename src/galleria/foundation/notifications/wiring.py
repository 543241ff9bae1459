"""What notifications brings to the program."""

from galleria.foundation.notifications import jobs
from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="notifications",
    tasks=[Task("notifications.send_sms", jobs.send_sms)],
    schedules=[Schedule("notifications.forget_messages", 86_400, jobs.forget_messages)],
    tables={"notifications.message": Keyed.OWNER},
)
