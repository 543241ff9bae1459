"""Where orders, their parts and units stand."""

from enum import StrEnum


class Way(StrEnum):
    """How the goods of a part come to the shopper; vouchers and services are tickets whatever the way."""

    COLLECT = "collect"  # at the shop, with a pickup ticket
    POINT = "point"  # at a pickup point or the mall's desk
    DELIVERY = "delivery"  # brought to the door by a rider or a courier
    EXPRESS = "express"  # sent as a parcel
    CARRIED = "carried"  # taken along after scan and go
    TABLE = "table"  # eaten at the table


IN_HAND = frozenset({Way.CARRIED, Way.TABLE})
"""Ways of goods the shopper has before paying: nothing is to be prepared."""


class TenderKind(StrEnum):
    """What a part of an order is paid with."""

    POINTS = "points"
    STORED_VALUE = "stored_value"
    PROVIDER = "provider"
    CASH = "cash"


class DeliveryOwner(StrEnum):
    """Whose a delivery fee is: the mall's, or the merchant's that brings its goods itself."""

    MALL = "mall"
    MERCHANT = "merchant"


class OrderState(StrEnum):
    """Where a purchase stands as to its payment."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


ORDER_TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING_PAYMENT: frozenset({OrderState.PAID, OrderState.CANCELLED, OrderState.EXPIRED}),
    OrderState.PAID: frozenset(),
    OrderState.CANCELLED: frozenset(),
    OrderState.EXPIRED: frozenset(),
}


class SubOrderState(StrEnum):
    """Where one shop's part stands as to its fulfilment."""

    PENDING = "pending"
    PREPARING = "preparing"
    READY = "ready"
    FULFILLED = "fulfilled"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


SUB_ORDER_TRANSITIONS: dict[SubOrderState, frozenset[SubOrderState]] = {
    SubOrderState.PENDING: frozenset({SubOrderState.PREPARING, SubOrderState.CANCELLED}),
    SubOrderState.PREPARING: frozenset({SubOrderState.READY, SubOrderState.FULFILLED, SubOrderState.REFUNDED}),
    SubOrderState.READY: frozenset({SubOrderState.FULFILLED, SubOrderState.REFUNDED, SubOrderState.PREPARING}),
    SubOrderState.FULFILLED: frozenset({SubOrderState.REFUNDED, SubOrderState.PREPARING, SubOrderState.READY}),
    SubOrderState.REFUNDED: frozenset(),
    SubOrderState.CANCELLED: frozenset(),
}
"""A reversed redemption leads back from fulfilled."""


class ListState(StrEnum):
    """What a list for staff may be narrowed to: a purchase's state or a part's."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PREPARING = "preparing"
    READY = "ready"
    FULFILLED = "fulfilled"
    REFUNDED = "refunded"


class UnitState(StrEnum):
    """What became of one unit of a line."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    REFUNDED = "refunded"


class CashState(StrEnum):
    """Where cash stands that a till owes."""

    REQUESTED = "requested"
    PAID = "paid"
