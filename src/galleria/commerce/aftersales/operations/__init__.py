"""Writes of after-sales."""

from galleria.commerce.aftersales.operations.answering import accept, approve, counter, grant, refuse, reject
from galleria.commerce.aftersales.operations.carrying import fixed, got, hand_over, scan_in, send, ship
from galleria.commerce.aftersales.operations.following import follow_refund, lapse
from galleria.commerce.aftersales.operations.opening import open_case
from galleria.commerce.aftersales.operations.policies import save as save_policy
from galleria.commerce.aftersales.operations.speaking import escalate, note, withdraw

__all__ = [
    "accept",
    "approve",
    "counter",
    "escalate",
    "fixed",
    "follow_refund",
    "got",
    "grant",
    "hand_over",
    "lapse",
    "note",
    "open_case",
    "refuse",
    "reject",
    "save_policy",
    "scan_in",
    "send",
    "ship",
    "withdraw",
]
