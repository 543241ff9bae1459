"""What the platform itself brings: its tables and the housekeeping of them."""

from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="platform",
    tables={
        "platform.session": Keyed.OWNER,
        "platform.staff_grant": Keyed.OWNER,
        "platform.attempt": Keyed.OWNER,
        "platform.journal": Keyed.OWNER,
    },
)
