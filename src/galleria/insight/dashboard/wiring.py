"""What the dashboard brings to the program."""

from galleria.insight.dashboard.http import ROUTES
from galleria.platform.module import Module

MODULE = Module(name="dashboard", routes=ROUTES)
