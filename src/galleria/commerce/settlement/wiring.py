"""What settlement brings to the program."""

from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="settlement",
    tables={
        "settlement.terms": Keyed.MALL,
        "settlement.book": Keyed.MALL,
        "settlement.statement": Keyed.MALL,
        "settlement.entry": Keyed.MALL,
        "settlement.payout": Keyed.MALL,
    },
)
