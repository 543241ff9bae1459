"""Staff."""

__all__: list[str] = []
