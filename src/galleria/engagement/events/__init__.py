"""Events."""

__all__: list[str] = []
