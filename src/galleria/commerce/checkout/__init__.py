"""Checkout: from cart to placed to paid, in transactions that do everything or nothing.

Owns no table; it tells carts, orders, stock, coupons, offers, payments, tickets, points and the ledger what happened.
Invariants: the price placed is the price shown; gifts and add-ons are real lines with stock, tickets and refunds; an
order completes once, in one transaction with the notice that paid it; one that ends unpaid gives back its goods,
coupons and limits; money for an order no longer waiting goes back by itself. Locks are taken in the order payment,
purchase, coupons, stock, limits, ledger.

Emits `payments.failed`, `payments.returned` (and, through orders, `orders.*`). Hears `payments.differs`.
"""

from galleria.commerce.checkout.model import (
    BasketItem,
    CancelledOrder,
    Cashier,
    Channel,
    ChoiceCard,
    CouponChoice,
    EvaluateRequest,
    Evaluation,
    OfferChoice,
    PayPart,
    PayRequest,
    PayWay,
    PayWays,
    Pick,
    PlacedOrder,
    PlaceRequest,
    ProductOffers,
    Quote,
    QuoteRequest,
    Split,
)
from galleria.commerce.checkout.notices import PaymentMismatch, PaymentRefused, receive_notice
from galleria.commerce.checkout.operations import (
    AlreadyPaid,
    CartEmpty,
    CouponNotApplicable,
    GoodsGone,
    OrderNotWaiting,
    PickNotApplicable,
    PurchaseLimitReached,
    TotalChanged,
    cancel,
    complete,
    expire,
    place,
    place_items,
)
from galleria.commerce.checkout.queries import ClaimUnknown, evaluate, product_offers, quote, quote_items

__all__ = [
    "AlreadyPaid",
    "BasketItem",
    "CancelledOrder",
    "CartEmpty",
    "Cashier",
    "Channel",
    "ChoiceCard",
    "ClaimUnknown",
    "CouponChoice",
    "CouponNotApplicable",
    "EvaluateRequest",
    "Evaluation",
    "GoodsGone",
    "OfferChoice",
    "OrderNotWaiting",
    "PayPart",
    "PayRequest",
    "PayWay",
    "PayWays",
    "PaymentMismatch",
    "PaymentRefused",
    "Pick",
    "PickNotApplicable",
    "PlaceRequest",
    "PlacedOrder",
    "ProductOffers",
    "PurchaseLimitReached",
    "Quote",
    "QuoteRequest",
    "Split",
    "TotalChanged",
    "cancel",
    "complete",
    "evaluate",
    "expire",
    "place",
    "place_items",
    "product_offers",
    "quote",
    "quote_items",
    "receive_notice",
]
