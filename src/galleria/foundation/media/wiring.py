"""What media brings to the program."""

from galleria.foundation.media.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(name="media", routes=ROUTES, tables={"media.picture": Keyed.SHARED})
