"""Dashboard."""

__all__: list[str] = []
