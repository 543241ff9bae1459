"""Reads of scan and go."""

from galleria.onsite.scango.queries.gate import (
    already_left,
    exit_pass,
    gate_view,
    identify,
    list_age_checks,
    list_gate_checks,
    require_inside,
)
from galleria.onsite.scango.queries.sessions import any_idle, basket_items, list_mine, mall_of_order, view
from galleria.onsite.scango.queries.shops import list_barcodes, plan_import, scan_shops, terms

__all__ = [
    "already_left",
    "any_idle",
    "basket_items",
    "exit_pass",
    "gate_view",
    "identify",
    "list_age_checks",
    "list_barcodes",
    "list_gate_checks",
    "list_mine",
    "mall_of_order",
    "plan_import",
    "require_inside",
    "scan_shops",
    "terms",
    "view",
]
