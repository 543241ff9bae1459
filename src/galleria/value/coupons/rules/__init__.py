"""Decisions about coupons, by subject."""
