"""Media."""

__all__: list[str] = []
