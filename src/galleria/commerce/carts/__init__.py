"""Carts."""

__all__: list[str] = []
