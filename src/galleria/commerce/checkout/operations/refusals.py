"""Why a cart is not placed, and an order not paid or ended."""

from galleria.commerce.orders import OrderState
from galleria.kernel.errors import Conflict


class CartEmpty(Conflict):
    """There is nothing to buy: the cart is empty, or these goods are already in an order."""

    code = "cart_empty"


class GoodsGone(Conflict):
    """Some goods are no longer on sale; `variant_ids` names them."""

    code = "goods_gone"


class TotalChanged(Conflict):
    """The price has changed since it was shown; `total_minor` is the new one."""

    code = "total_changed"


class CouponNotApplicable(Conflict):
    """One of the coupons does not hold for this order; `title_zh`, `title_en`, `reason` and `missing_minor` say why."""

    code = "coupon_not_applicable"


class PickNotApplicable(Conflict):
    """A gift or add-on that was picked cannot be had with this order (any more); `variant_ids` names them."""

    code = "pick_not_applicable"


class PurchaseLimitReached(Conflict):
    """More is wanted than may be bought: at most `allowed` of the `wanted` under an offer, which goods `errors` tells.

    `title_zh` and `title_en` are the offer's.
    """

    code = "purchase_limit_reached"


class OrderNotWaiting(Conflict):
    """The order is not waiting for payment (any more); `state` says what it is."""

    code = "order_not_waiting"


class AlreadyPaid(OrderNotWaiting):
    """The order is paid."""

    code = "order_already_paid"


class Known(Conflict):
    """The notice was taken before."""

    code = "notice_known"


def not_waiting(state: OrderState) -> OrderNotWaiting:
    """Return the refusal of a payment or cancellation for an order in this state."""
    return AlreadyPaid(state=state.value) if state is OrderState.PAID else OrderNotWaiting(state=state.value)
