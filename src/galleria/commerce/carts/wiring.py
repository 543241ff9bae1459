"""What carts brings to the program."""

from galleria.commerce.carts.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(name="carts", routes=ROUTES, tables={"carts.line": Keyed.MALL})
