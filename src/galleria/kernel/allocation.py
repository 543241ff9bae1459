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


def crosswise(totals: Sequence[int], rows: Sequence[int]) -> list[list[int]]:
    """Split several totals over rows, so that each row sums to its own amount and each column to its total.

    Takes non-negative integers, `sum(totals) == sum(rows)`. Each row takes of every total in proportion to what the
    rows before it have left, by largest remainder; so no part is below zero and nothing is over at the end. The
    result is deterministic. Raises ValueError when the sums differ.
    """
    if sum(totals) != sum(rows):
        raise ValueError("the rows do not sum to the totals")
    left = list(totals)
    table = []
    for amount in rows:
        row = allocate(amount, left) if amount else [0] * len(left)
        left = [have - part for have, part in zip(left, row, strict=True)]
        table.append(row)
    return table
