"""What events bring to the program."""

from galleria.engagement.events.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(name="events", routes=ROUTES, tables={"events.event": Keyed.MALL})
