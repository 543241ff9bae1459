"""Check-ins: a ladder of rewards for coming back day after day.

Owns `checkins.ladder`, its rungs, and the visits. A member checks in once a day of the mall's own calendar, by the
key of the visit: two at once bring one reward. A missed day ends the streak. A rung's points are the mall's promise
in the ledger; its coupon is a grant for the visit, which happens once. A coupon that is gone is missed, not refused:
the visit counts.

Emits `checkins.checked_in`, `checkins.ladder_set`. Hears nothing.
"""

from galleria.engagement.checkins.model import (
    CheckedIn,
    CheckedInToday,
    CheckInStanding,
    Ladder,
    LadderInput,
    NoLadder,
    Rung,
)
from galleria.engagement.checkins.operations import check_in, set_ladder
from galleria.engagement.checkins.queries import get_ladder, standing

__all__ = [
    "CheckInStanding",
    "CheckedIn",
    "CheckedInToday",
    "Ladder",
    "LadderInput",
    "NoLadder",
    "Rung",
    "check_in",
    "get_ladder",
    "set_ladder",
    "standing",
]
