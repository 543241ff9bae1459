"""Malls."""

__all__: list[str] = []
