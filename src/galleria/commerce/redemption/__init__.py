"""Redemption."""

__all__: list[str] = []
