"""What check-ins bring to the program."""

from galleria.engagement.checkins.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="checkins",
    routes=ROUTES,
    tables={"checkins.ladder": Keyed.MALL, "checkins.rung": Keyed.MALL, "checkins.visit": Keyed.MALL},
)
