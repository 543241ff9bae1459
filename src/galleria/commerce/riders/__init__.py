"""Riders: the mall's own people who bring goods to doors. Owns `riders.errand`, their tasks, shifts and the policy.

An errand is one shipment, and a shipment has one errand under way, by constraint. Its tasks are a chain: fetch, bring,
bring again, or give back; none begins before the one before it is over. Of two riders one takes an errand, by a
conditional update; nobody carries more than fits. Goods are given against the receiver's code or a picture taken at
the door. Routes are computed outside of transactions and taken only while the tasks are still those. Where a rider is
is known only while something is carried, and the journal never keeps it.

Emits `riders.moved` (shipment_id, state: an errand's state, `on_the_way`, or `failed` for a try at the door; reason,
rider), `riders.seen`, `riders.followed`, `riders.shift`. Hears nothing.
"""

from galleria.commerce.riders.model import Errand, ErrandId, ErrandState, ErrandView, Failure, RiderPolicy
from galleria.commerce.riders.operations.errands import assign, cancel
from galleria.commerce.riders.queries import get_policy, whereabouts
from galleria.commerce.riders.rules.reporting import code_hash

__all__ = [
    "Errand",
    "ErrandId",
    "ErrandState",
    "ErrandView",
    "Failure",
    "RiderPolicy",
    "assign",
    "cancel",
    "code_hash",
    "get_policy",
    "whereabouts",
]
