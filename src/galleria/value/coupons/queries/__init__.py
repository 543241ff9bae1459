"""Reads of coupons, by subject."""

from galleria.value.coupons.queries.claim import (
    any_due,
    get_claim,
    list_issued,
    my_claims,
    require_usable,
    usable,
)
from galleria.value.coupons.queries.template import (
    get_coupon,
    get_managed,
    get_offer,
    get_version,
    list_managed,
    list_offers,
    needs,
    require_coupon,
)
from galleria.value.coupons.queries.ways import get_transfer, list_batches, list_posters, list_pushes

__all__ = [
    "any_due",
    "get_claim",
    "get_coupon",
    "get_managed",
    "get_offer",
    "get_transfer",
    "get_version",
    "list_batches",
    "list_issued",
    "list_managed",
    "list_offers",
    "list_posters",
    "list_pushes",
    "my_claims",
    "needs",
    "require_coupon",
    "require_usable",
    "usable",
]
