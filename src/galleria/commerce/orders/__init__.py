"""Orders."""

__all__: list[str] = []
