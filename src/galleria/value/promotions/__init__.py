"""Promotions: what a basket costs, to the last unit, and why.

Owns no table: pricing is a pure function of a basket, the offers a shopper may use, what is known of the shopper, and
when and where. `compile_book` prepares offers once for any number of baskets, `price` prices one, `check_offer` tells
what is contradictory in an offer before it goes live. Nothing here reads a clock or a database.

Offers are applied one after the other, by layer, then priority, then id; each sees the prices that those before it
left. Of all combinations that the rules of stacking allow, the best for the shopper is taken: proved to be the best as
long as `exact` is true. Gifts and add-ons are lines `granted_by` their offer: they count for nothing else, and are left
out of the answer when that offer is not applied, or does not grant so many.

Invariants (property-tested): no unit costs less than nothing; what offers take off the units sums to their lines and
the basket; of every unit the funders' parts sum to what is taken off; the order of lines and offers does not matter;
the same input gives the same answer; every offer considered has one decision and one step, and the steps sum to the
price; at most `APPLIED_MAX` offers stack outside layer price; limits are kept; the combination is what trying all
combinations finds.

Step codes, for the client to translate: `goods`, `delivery`, `applied_<kind>` for every kind of benefit (`amount`,
`percent`, `tiers`, `set_price`, `set`, `bundle`, `gift`, `add_on`, `exchange`, `free_delivery`, `grant`,
`purchase_limit`), `skipped_<reason>` for every `Reason` (`no_matching_goods`, `threshold`, `pieces`, `choose`,
`no_effect`, `not_started`, `ended`, `not_today`, `not_this_hour`, `channel`, `not_on_site`, `members_only`,
`not_new_customer`, `not_first_order`, `not_birthday`, `tier`, `limit_reached`, `sold_out`, `excluded`, `too_many`,
`not_best`, `not_chosen`), `payable`. Their params: `goods` has `lines`, `units`, `minor`; `delivery` and `payable` have
`minor`; those of offers have `id`, `offer_id`, `title_zh`, `title_en`, `threshold_minor`, `threshold_pieces`, the plain
figures of the benefit, and unless nothing matches `matching_minor`, `matching_pieces`, `discount_minor`; those skipped
also `missing_minor`, `missing_pieces` and, when excluded, `beside` (the id of the offer that keeps it out).
"""

from galleria.value.promotions.model import (
    APPLIED_MAX,
    LAYERS,
    AddOn,
    AddOnChoice,
    AmountOff,
    Applied,
    Base,
    BasisPoints,
    BasketLine,
    Benefit,
    Birthday,
    Bundle,
    BundlePart,
    Context,
    Count,
    Decision,
    Eligibility,
    Exchange,
    Facts,
    FreeDelivery,
    Funded,
    FundedTotal,
    Funder,
    Gift,
    Grant,
    Granted,
    Layer,
    Limits,
    Measure,
    Minor,
    Offer,
    Order,
    PayBasisPoints,
    PercentOff,
    PositiveMinor,
    PricedBasket,
    PricedLine,
    PurchaseLimit,
    Reason,
    Scope,
    SetOff,
    SetPrice,
    Share,
    Source,
    Stacking,
    Step,
    Tier,
    TieredOff,
    Use,
    Used,
    Violation,
)
from galleria.value.promotions.rules import Book, check_offer, compile_book, matches, narrow, price

__all__ = [
    "APPLIED_MAX",
    "LAYERS",
    "AddOn",
    "AddOnChoice",
    "AmountOff",
    "Applied",
    "Base",
    "BasisPoints",
    "BasketLine",
    "Benefit",
    "Birthday",
    "Book",
    "Bundle",
    "BundlePart",
    "Context",
    "Count",
    "Decision",
    "Eligibility",
    "Exchange",
    "Facts",
    "FreeDelivery",
    "Funded",
    "FundedTotal",
    "Funder",
    "Gift",
    "Grant",
    "Granted",
    "Layer",
    "Limits",
    "Measure",
    "Minor",
    "Offer",
    "Order",
    "PayBasisPoints",
    "PercentOff",
    "PositiveMinor",
    "PricedBasket",
    "PricedLine",
    "PurchaseLimit",
    "Reason",
    "Scope",
    "SetOff",
    "SetPrice",
    "Share",
    "Source",
    "Stacking",
    "Step",
    "Tier",
    "TieredOff",
    "Use",
    "Used",
    "Violation",
    "check_offer",
    "compile_book",
    "matches",
    "narrow",
    "price",
]
