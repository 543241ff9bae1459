"""Names and bounds that all of scan and go shares."""

from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta

SessionId = NewType("SessionId", UUID)

PIECES_MAX = 99
ITEMS_MAX = 200
STORABLE = r"^[^\x00]*$"

Pieces = Annotated[int, Meta(ge=1, le=PIECES_MAX)]
Bp = Annotated[int, Meta(ge=0, le=10_000)]
Scan = Annotated[str, Meta(min_length=4, max_length=40, pattern=STORABLE)]
Words = Annotated[str, Meta(max_length=200, pattern=STORABLE)]
Reason = Annotated[str, Meta(min_length=2, max_length=200, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class ScanState(StrEnum):
    """Where a session stands: scanning, waiting for payment, paid and still inside, gone, or given up."""

    OPEN = "open"
    PLACED = "placed"
    PAID = "paid"
    LEFT = "left"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
