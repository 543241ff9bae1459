"""Which rung a day in a row stands on, and what it brings. Pure."""

from collections.abc import Sequence

from galleria.engagement.checkins.model import LadderInput, Rung
from galleria.kernel.errors import FieldError, Invalid


def check(ladder: LadderInput) -> None:
    """Raise Invalid for a rung that brings nothing, or one named twice."""
    days = [rung.day for rung in ladder.rungs]
    errors = [
        FieldError(f"rungs[{i}].points", "rung_empty")
        for i, rung in enumerate(ladder.rungs)
        if not rung.points and rung.coupon_id is None
    ]
    if len(set(days)) != len(days):
        errors.append(FieldError("rungs", "rung_twice"))
    if errors:
        raise Invalid(errors=tuple(errors))


def place(streak: int, days: Sequence[int], *, repeats: bool) -> int:
    """Return on which day of the ladder the `streak`-th day in a row stands; `days` are those with a rung."""
    last = max(days)
    return (streak - 1) % last + 1 if repeats else min(streak, last)


def reward(streak: int, rungs: Sequence[Rung], *, repeats: bool) -> Rung | None:
    """Return the rung that the `streak`-th day in a row has reached; None on a day between rungs."""
    day = place(streak, [rung.day for rung in rungs], repeats=repeats)
    return next((rung for rung in rungs if rung.day == day), None)
