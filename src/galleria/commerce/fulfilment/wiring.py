"""What fulfilment brings to the program."""

from galleria.commerce.fulfilment.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="fulfilment",
    routes=ROUTES,
    tables={
        "fulfilment.address": Keyed.OWNER,
        "fulfilment.policy": Keyed.MALL,
        "fulfilment.way": Keyed.MALL,
        "fulfilment.zone": Keyed.MALL,
        "fulfilment.holiday": Keyed.MALL,
        "fulfilment.point": Keyed.MALL,
        "fulfilment.compartment": Keyed.MALL,
        "fulfilment.reading": Keyed.MALL,
        "fulfilment.slot_rule": Keyed.MALL,
        "fulfilment.slot": Keyed.MALL,
        "fulfilment.product": Keyed.MALL,
        "fulfilment.booking": Keyed.MALL,
        "fulfilment.shipment": Keyed.MALL,
        "fulfilment.shipment_line": Keyed.MALL,
        "fulfilment.move": Keyed.MALL,
        "fulfilment.loss": Keyed.MALL,
        "fulfilment.transfer": Keyed.MALL,
        "fulfilment.transfer_line": Keyed.MALL,
    },
)
