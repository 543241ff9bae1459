"""Money as integer minor units of one currency (ISO 4217); ratios in basis points."""

from typing import NewType

import msgspec

BasisPoints = NewType("BasisPoints", int)

WHOLE = BasisPoints(10_000)
"""One hundred percent."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were combined."""


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount of `minor` units (fen, cents) of `currency` (three capital letters)."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(self.minor * count, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} with {other.currency}")
        return other.minor


def scale(minor: int, ratio: int) -> int:
    """Return `minor` times `ratio` basis points, rounded half away from zero to a whole minor unit."""
    product = abs(minor) * ratio
    rounded = (product + WHOLE // 2) // WHOLE
    return rounded if minor >= 0 else -rounded
