"""Writes of settlement: terms are set, periods closed, payouts let go."""

from galleria.commerce.settlement.operations.closing import close
from galleria.commerce.settlement.operations.paying import approve, bounce, check, object_to, pay, send
from galleria.commerce.settlement.operations.terms import set_terms

__all__ = ["approve", "bounce", "check", "close", "object_to", "pay", "send", "set_terms"]
