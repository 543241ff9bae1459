"""Writes of coupons, by subject."""
