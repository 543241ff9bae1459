"""Checkout."""

__all__: list[str] = []
