"""Festivals: a mass release of vouchers at an instant, shed fairly, paced, watched, and stopped in one tap.

Owns `festivals.festival`, its coupons, the queue of its waiting room, what was counted for the board and the watch, and
the anomalies found. The vouchers are coupons: how many there are, and how many anybody may have, is theirs.

- Numbers are given in the order of arrival by one row, in batches by process; a ticket is signed and remembered by
  nobody. Whose turn it is follows from the festival's pace alone, exactly and for every process alike; pauses and new
  rates take no number away. Who comes late still gets in.
- A coupon belongs to one festival at most. Stopping a festival pauses its coupons under their locks: no claim commits
  after a kill has answered.
- What looks wrong (a device or address that claims many, a shop that redeems far more than its share) pauses the
  festival by itself, with the reason in words and the members behind it.

Emits `festivals.created`, `festivals.changed`, `festivals.announced`, `festivals.paused`, `festivals.resumed`,
`festivals.killed`, `festivals.ended`, `festivals.anomaly`; the mall's live screens hear them. Hears nothing.
"""

from galleria.engagement.festivals.model import (
    Board,
    Festival,
    FestivalChange,
    FestivalInput,
    FestivalPage,
    FestivalState,
    Kill,
    PauseCode,
    PauseReason,
    Phase,
)
from galleria.engagement.festivals.operations import announce, create, end, kill, pause, report, resume, update
from galleria.engagement.festivals.queries import board, get_festival, list_festivals, list_managed
from galleria.engagement.festivals.rules import (
    FestivalEnded,
    FestivalMoved,
    FestivalNotOpen,
    FestivalPaused,
    NotYourTurn,
    ProofWrong,
    TicketWrong,
)

__all__ = [
    "Board",
    "Festival",
    "FestivalChange",
    "FestivalEnded",
    "FestivalInput",
    "FestivalMoved",
    "FestivalNotOpen",
    "FestivalPage",
    "FestivalPaused",
    "FestivalState",
    "Kill",
    "NotYourTurn",
    "PauseCode",
    "PauseReason",
    "Phase",
    "ProofWrong",
    "TicketWrong",
    "announce",
    "board",
    "create",
    "end",
    "get_festival",
    "kill",
    "list_festivals",
    "list_managed",
    "pause",
    "report",
    "resume",
    "update",
]
