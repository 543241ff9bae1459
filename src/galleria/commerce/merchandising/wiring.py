"""What merchandising brings to the program."""

from galleria.commerce.merchandising.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(name="merchandising", routes=ROUTES, tables={"merchandising.transfer": Keyed.MALL})
