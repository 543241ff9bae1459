"""Merchandising."""

__all__: list[str] = []
