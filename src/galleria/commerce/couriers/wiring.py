"""What couriers bring to the program."""

from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="couriers",
    tables={
        "couriers.policy": Keyed.MALL,
        "couriers.request": Keyed.MALL,
        "couriers.quote": Keyed.MALL,
        "couriers.run": Keyed.MALL,
        "couriers.notice": Keyed.MALL,
    },
)
