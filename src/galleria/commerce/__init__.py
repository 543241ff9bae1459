"""Buying and giving back: carts, checkout, orders, redemption, returns."""
