"""Coupons."""

__all__: list[str] = []
