"""Writes of scan and go."""

from galleria.onsite.scango.operations.gate import LOT, decide, refund, reopen, settle_paid
from galleria.onsite.scango.operations.paying import abandon, back, pay
from galleria.onsite.scango.operations.scanning import add, ask_age, decide_age, give_up, open_session, set_quantity
from galleria.onsite.scango.operations.shops import forget_barcode, set_barcodes, set_terms

__all__ = [
    "LOT",
    "abandon",
    "add",
    "ask_age",
    "back",
    "decide",
    "decide_age",
    "forget_barcode",
    "give_up",
    "open_session",
    "pay",
    "refund",
    "reopen",
    "set_barcodes",
    "set_quantity",
    "set_terms",
    "settle_paid",
]
