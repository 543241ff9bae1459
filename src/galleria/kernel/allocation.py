"""Splitting an amount so that the parts always sum to it (largest remainder, also called Hamilton's method)."""

from collections.abc import Sequence


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` minor units in proportion to `weights`.

    Takes any integer total (negative amounts mirror positive ones) and non-negative integer weights; when all weights
    are zero the parts are as even as possible. Returns one part a weight: the parts sum to `total`, each part
    differs from the exact proportion by less than one unit, and ties go to the earlier position, so the result is
    deterministic. Raises ValueError for no weights (unless total is 0) or a negative weight.
    """
    if not weights:
        if total == 0:
            return []
        raise ValueError("cannot allocate to nobody")
    if min(weights) < 0:
        raise ValueError("weights must not be negative")
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    floors = [total * weight // whole for weight in weights]
    if left := total - sum(floors):
        remainders = [total * weight % whole for weight in weights]
        for i in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:left]:
            floors[i] += 1
    return floors


def spread(total: int, count: int) -> list[int]:
    """Split `total` evenly over `count` units, the earlier units taking the odd cents."""
    return allocate(total, [1] * count)
