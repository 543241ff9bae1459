"""Tables, who sits there, and what they call for."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import MallId, MemberId, ShopId, TableId
from galleria.onsite.dining.model.basics import CallKind, Cell, People, SeatingId, SeatingState, Words

Number = Annotated[str, Meta(min_length=1, max_length=12, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class TableInput(msgspec.Struct, frozen=True, kw_only=True):
    """A table: its number, seats, part of the room, and where it stands on the map (a grid of 24 by 24)."""

    number: Number
    seats: People = 4
    area: Annotated[str, Meta(max_length=40, pattern=r"^[^\x00]*$")] = ""
    x: Cell = 0
    y: Cell = 0
    active: bool = True


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table; `sticker` is what its QR code says until it is changed."""

    id: TableId
    shop_id: ShopId
    number: str
    seats: int
    area: str
    x: int
    y: int
    sticker: str
    active: bool


class Seating(msgspec.Struct, frozen=True, kw_only=True):
    """A party at a table, as it is kept."""

    mall_id: MallId
    id: SeatingId
    shop_id: ShopId
    state: SeatingState
    people: int
    join_code: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    merged_into: SeatingId | None


class OpenCall(msgspec.Struct, frozen=True, kw_only=True):
    """What a table has called for and nobody has come for yet."""

    id: UUID
    kind: CallKind
    note: str
    asked_at: datetime


class ShopCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call with the tables it comes from."""

    id: UUID
    seating_id: SeatingId
    tables: list[str]
    kind: CallKind
    note: str
    asked_at: datetime


class TableView(msgspec.Struct, frozen=True, kw_only=True):
    """A table on the map with the party that sits there, what it owes and what it waits for."""

    id: TableId
    number: str
    seats: int
    area: str
    x: int
    y: int
    active: bool
    sticker: str
    seating_id: SeatingId | None
    state: SeatingState | None
    people: int
    opened_at: datetime | None
    unpaid_minor: int
    in_kitchen: int
    ready: int
    calls: list[OpenCall]


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """What the code on a table says; every phone after the first also tells the party's `join_code`."""

    sticker: Annotated[str, Meta(min_length=20, max_length=20, pattern="^[A-Za-z0-9_-]+$")]
    join_code: Annotated[str, Meta(pattern="^([0-9]{6})?$")] = ""
    people: People | None = None


class OpenTable(msgspec.Struct, frozen=True, kw_only=True):
    """How many sit down."""

    people: People = 2


class AddGuest(msgspec.Struct, frozen=True, kw_only=True):
    """The phone of a guest who has not scanned, so that the bill can be in somebody's name."""

    phone: Annotated[str, Meta(min_length=5, max_length=20, pattern=r"^[0-9+() -]+$")]


class MoveTo(msgspec.Struct, frozen=True, kw_only=True):
    """The table a party moves to; `from_table_id` when it sits at several."""

    to_table_id: UUID
    from_table_id: UUID | None = None


class MergeInto(msgspec.Struct, frozen=True, kw_only=True):
    """The party that another one joins, with its tables, dishes and phones."""

    into_seating_id: UUID


class CallStaff(msgspec.Struct, frozen=True, kw_only=True):
    """What a table calls staff for."""

    kind: CallKind = CallKind.WAITER
    note: Words = ""


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """A phone at the table; guests are known to each other by number and the name they gave."""

    member_id: MemberId
    number: int
    name: str
    joined_at: datetime
