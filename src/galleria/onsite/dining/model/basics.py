"""Names, states and bounds that all of dining shares."""

from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta

SeatingId = NewType("SeatingId", UUID)
BillId = NewType("BillId", UUID)

ITEMS_MAX = 300
QUANTITY_MAX = 99
STORABLE = r"^[^\x00]*$"

Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Words = Annotated[str, Meta(max_length=120, pattern=STORABLE)]
Reason = Annotated[str, Meta(min_length=2, max_length=200, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
People = Annotated[int, Meta(ge=1, le=99)]
Course = Annotated[int, Meta(ge=1, le=9)]
Cell = Annotated[int, Meta(ge=0, le=23)]


class OpensBy(StrEnum):
    """Who seats guests: the first phone at a free table, or staff only."""

    GUESTS = "guests"
    STAFF = "staff"


class SeatingState(StrEnum):
    """A seating takes orders, waits for its bill to be paid, or is over; a merged one goes on as another."""

    OPEN = "open"
    BILLING = "billing"
    CLOSED = "closed"
    MERGED = "merged"


class ItemState(StrEnum):
    """Where a dish is: on the table's list, held for a later course, in the kitchen, on the table, or called off."""

    DRAFT = "draft"
    HELD = "held"
    SENT = "sent"
    COOKING = "cooking"
    READY = "ready"
    SERVED = "served"
    CANCELLED = "cancelled"


class Relief(StrEnum):
    """Why nobody pays for a dish: on the house, or the guests are gone."""

    COMP = "comp"
    WRITE_OFF = "write_off"


class SplitKind(StrEnum):
    """How a bill is paid: by one, in even parts, or by each what he ordered."""

    TOGETHER = "together"
    EVENLY = "evenly"
    DISHES = "dishes"


class BillState(StrEnum):
    """A bill waits, is paid, or was taken back."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"


class CallKind(StrEnum):
    """What a table calls staff for."""

    WAITER = "waiter"
    WATER = "water"
    BILL = "bill"
    OTHER = "other"
