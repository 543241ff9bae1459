"""What staff brings to the program."""

from galleria.foundation.staff.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(name="staff", routes=ROUTES, tables={"staff.account": Keyed.OWNER})
