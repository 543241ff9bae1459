"""What merchandising brings to the program."""

from galleria.commerce.merchandising.http import ROUTES
from galleria.commerce.merchandising.jobs import run
from galleria.commerce.merchandising.operations import RUN
from galleria.platform.jobs import Task
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="merchandising",
    routes=ROUTES,
    tasks=[Task(RUN, run)],
    tables={"merchandising.transfer": Keyed.MALL},
)
