"""From cart to order to paid, and the ways an order ends before it is paid."""

from galleria.commerce.checkout.operations.completing import collected, complete
from galleria.commerce.checkout.operations.ending import cancel, expire
from galleria.commerce.checkout.operations.paying import (
    CLOSE_AT_PROVIDER,
    closing,
    pay_again,
    pay_at,
    require_payable,
    return_url,
    take_cash,
    take_notice,
)
from galleria.commerce.checkout.operations.placing import place, place_items
from galleria.commerce.checkout.operations.refusals import (
    AlreadyPaid,
    CartEmpty,
    CouponNotApplicable,
    GoodsGone,
    Known,
    OrderNotWaiting,
    PickNotApplicable,
    PurchaseLimitReached,
    TotalChanged,
    not_waiting,
)

__all__ = [
    "CLOSE_AT_PROVIDER",
    "AlreadyPaid",
    "CartEmpty",
    "CouponNotApplicable",
    "GoodsGone",
    "Known",
    "OrderNotWaiting",
    "PickNotApplicable",
    "PurchaseLimitReached",
    "TotalChanged",
    "cancel",
    "closing",
    "collected",
    "complete",
    "expire",
    "not_waiting",
    "pay_again",
    "pay_at",
    "place",
    "place_items",
    "require_payable",
    "return_url",
    "take_cash",
    "take_notice",
]
