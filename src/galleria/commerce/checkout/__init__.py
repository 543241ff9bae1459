"""Checkout: from cart to placed to paid, in transactions that do everything or nothing.

Owns no table; it tells carts, orders, stock, coupons, payments, tickets, points and the ledger what happened.
Invariants: the price placed is the price shown; an order completes once, in one transaction with the notice that paid
it; one that ends unpaid gives back its goods and coupon; money for an order no longer waiting goes back by itself.
Locks are taken in the order payment, purchase, coupon, stock, ledger.

Emits `payments.failed`, `payments.returned` (and, through orders, `orders.*`). Hears nothing.
"""

from galleria.commerce.checkout.model import (
    CancelledOrder,
    Cashier,
    CouponChoice,
    NoticeAnswer,
    PlacedOrder,
    PlaceRequest,
    Quote,
    QuoteRequest,
)
from galleria.commerce.checkout.notices import PaymentMismatch, receive_notice
from galleria.commerce.checkout.operations import (
    AlreadyPaid,
    CartEmpty,
    CouponNotApplicable,
    GoodsGone,
    OrderNotWaiting,
    TotalChanged,
    cancel,
    complete,
    expire,
    place,
)
from galleria.commerce.checkout.queries import quote

__all__ = [
    "AlreadyPaid",
    "CancelledOrder",
    "CartEmpty",
    "Cashier",
    "CouponChoice",
    "CouponNotApplicable",
    "GoodsGone",
    "NoticeAnswer",
    "OrderNotWaiting",
    "PaymentMismatch",
    "PlaceRequest",
    "PlacedOrder",
    "Quote",
    "QuoteRequest",
    "TotalChanged",
    "cancel",
    "complete",
    "expire",
    "place",
    "quote",
    "receive_notice",
]
