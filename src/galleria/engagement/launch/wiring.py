"""What launch brings to the program."""

from galleria.engagement.launch.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="launch",
    routes=ROUTES,
    tables={"launch.review": Keyed.MALL, "launch.policy": Keyed.MALL},
)
