"""What simulation brings to the program."""

from galleria.insight.simulation.http import ROUTES
from galleria.platform.module import Module

MODULE = Module(name="simulation", routes=ROUTES)
