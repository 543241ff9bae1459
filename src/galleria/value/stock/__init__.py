"""Stock."""

__all__: list[str] = []
