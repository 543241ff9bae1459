"""Ledger."""

__all__: list[str] = []
