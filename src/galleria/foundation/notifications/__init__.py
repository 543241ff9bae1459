"""Notifications."""

__all__: list[str] = []
