"""What offers brings to the program."""

from galleria.platform.module import Keyed, Module
from galleria.value.offers.http import ROUTES

MODULE = Module(
    name="offers",
    routes=ROUTES,
    tables={
        "offers.offer": Keyed.MALL,
        "offers.version": Keyed.MALL,
        "offers.counter": Keyed.MALL,
        "offers.use": Keyed.MALL,
        "offers.stamp": Keyed.MALL,
        "offers.moment": Keyed.MALL,
        "offers.sponsor": Keyed.MALL,
    },
)
