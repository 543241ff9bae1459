"""Venue."""

__all__: list[str] = []
