"""Reads of coupons, by subject."""

from galleria.value.coupons.queries.claim import (
    any_due,
    any_to_remind,
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
    list_versions,
    needs,
    require_coupon,
)
from galleria.value.coupons.queries.ways import (
    get_transfer,
    link_hash,
    list_batches,
    list_posters,
    list_pushes,
    on_poster,
    pools_due,
)

__all__ = [
    "any_due",
    "any_to_remind",
    "get_claim",
    "get_coupon",
    "get_managed",
    "get_offer",
    "get_transfer",
    "get_version",
    "link_hash",
    "list_batches",
    "list_issued",
    "list_managed",
    "list_offers",
    "list_posters",
    "list_pushes",
    "list_versions",
    "my_claims",
    "needs",
    "on_poster",
    "pools_due",
    "require_coupon",
    "require_usable",
    "usable",
]
