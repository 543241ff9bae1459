"""Couriers: companies that carry for the mall. Owns requests, the quotes they got, runs at companies, and the policy.

A request is one shipment, a shipment has one request under way and a request one run under way, by constraint: another
company is asked only when the one before has let go. A run moves forward only; what a company tells twice or late
moves nothing. No company is called inside a transaction; what it did when it did not answer is asked until it is
known. A run's cost is what was agreed when its quote was taken, posted once when it ends.

Emits `couriers.moved` (shipment_id, state: a request's state; reason, company). Hears nothing. Adapters fulfil
`CourierCompany`, bound by `Companies`.
"""

from galleria.commerce.couriers.model import (
    Acknowledgement,
    Companies,
    CourierCompany,
    CourierNotice,
    CourierOrder,
    CourierPolicy,
    CourierRefused,
    CourierUnavailable,
    NoticeForged,
    Quoted,
    RequestId,
    RequestState,
    RunId,
    RunState,
    Trouble,
)
from galleria.commerce.couriers.notices import receive as receive_notice
from galleria.commerce.couriers.operations.asking import cancel, request
from galleria.commerce.couriers.queries import get_policy, whereabouts

__all__ = [
    "Acknowledgement",
    "Companies",
    "CourierCompany",
    "CourierNotice",
    "CourierOrder",
    "CourierPolicy",
    "CourierRefused",
    "CourierUnavailable",
    "NoticeForged",
    "Quoted",
    "RequestId",
    "RequestState",
    "RunId",
    "RunState",
    "Trouble",
    "cancel",
    "get_policy",
    "receive_notice",
    "request",
    "whereabouts",
]
