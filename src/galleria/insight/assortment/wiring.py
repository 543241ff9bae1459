"""What assortment brings to the program."""

from galleria.insight.assortment.http import ROUTES
from galleria.platform.module import Module

MODULE = Module(name="assortment", routes=ROUTES)
