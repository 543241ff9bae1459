"""Promotions: what a basket costs, to the last unit, and why.

Owns no table: pricing is a pure function of a basket and the offers a shopper may use.

Invariants (property-tested): a discount lies between nothing and the price of the goods it holds for; units sum to
their line and lines to the basket; the funders' shares sum to the discount; the order of the input does not matter;
every offer considered has a decision and a line in the explanation, and the explanation sums to the price.

Step codes, for the client to translate: `goods`, `applied_amount`, `applied_percent`, `applied_percent_capped`,
`skipped_<reason>` for every `Reason`, `payable`.
"""

from galleria.value.discounts.model import (
    BasketLine,
    Decision,
    Funder,
    Offer,
    OfferKind,
    OfferUnknown,
    PricedBasket,
    PricedLine,
    Reason,
    Step,
)
from galleria.value.discounts.rules import best, discount_on, matches, price

__all__ = [
    "BasketLine",
    "Decision",
    "Funder",
    "Offer",
    "OfferKind",
    "OfferUnknown",
    "PricedBasket",
    "PricedLine",
    "Reason",
    "Step",
    "best",
    "discount_on",
    "matches",
    "price",
]
