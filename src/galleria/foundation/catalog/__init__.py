"""Catalog."""

__all__: list[str] = []
