"""What festivals bring to the program."""

from galleria.engagement.festivals.http import ROUTES
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="festivals",
    routes=ROUTES,
    tables={
        "festivals.festival": Keyed.MALL,
        "festivals.festival_coupon": Keyed.MALL,
        "festivals.queue": Keyed.MALL,
        "festivals.source": Keyed.MALL,
        "festivals.anomaly": Keyed.MALL,
        "festivals.minute": Keyed.MALL,
        "festivals.shop_use": Keyed.MALL,
    },
)
