"""What riders bring to the program."""

from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="riders",
    tables={
        "riders.policy": Keyed.MALL,
        "riders.shift": Keyed.MALL,
        "riders.errand": Keyed.MALL,
        "riders.task": Keyed.MALL,
    },
)
