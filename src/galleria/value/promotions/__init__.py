"""Promotions."""

__all__: list[str] = []
