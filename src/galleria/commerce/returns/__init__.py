"""Returns."""

__all__: list[str] = []
