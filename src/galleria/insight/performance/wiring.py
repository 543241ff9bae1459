"""What performance brings to the program."""

from galleria.insight.performance.http import ROUTES
from galleria.platform.module import Module

MODULE = Module(name="performance", routes=ROUTES)
