"""Members."""

__all__: list[str] = []
