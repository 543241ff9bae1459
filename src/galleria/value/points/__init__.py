"""Points."""

__all__: list[str] = []
