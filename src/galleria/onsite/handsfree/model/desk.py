"""Desks, shelves, labels, runs through the mall, counts, and what a person must look at."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import BagId, MallId, ShopId, StaffId
from galleria.onsite.handsfree.model.bag import BagStorage, BagView
from galleria.onsite.handsfree.model.texts import SAYING, Code, FloorCode, Name, UnitCode


class BagPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a mall promises.

    A bag on a desk's shelf is reminded of after `remind_after_h`, moved to the store room after `store_after_h` and
    goes back to its shop after `return_after_h`. Cold bags wait `chilled_h` or `frozen_h` in all. A bag is worth at
    most `declared_max_minor` if its value was declared, else `undeclared_max_minor`. A claim is made within
    `claim_days` of the hand-over.
    """

    active: bool = True
    remind_after_h: int = 4
    store_after_h: int = 24
    return_after_h: int = 168
    chilled_h: int = 6
    frozen_h: int = 3
    declared_max_minor: int = 2_000_000
    undeclared_max_minor: int = 50_000
    claim_days: int = 7


Hours = Annotated[int, Meta(ge=1, le=2000)]
Worth = Annotated[int, Meta(ge=0, le=10_000_000_000)]


class BagPolicyInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What sets a mall's policy; see `Policy`."""

    active: bool
    remind_after_h: Hours
    store_after_h: Hours
    return_after_h: Hours
    chilled_h: Hours
    frozen_h: Hours
    declared_max_minor: Worth
    undeclared_max_minor: Worth
    claim_days: Annotated[int, Meta(ge=1, le=90)]


class BagLabelBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Labels printed together; `used` of them are on bags."""

    id: UUID
    shop_id: ShopId | None
    count: int
    used: int
    staff_name: str = ""
    staff_id: StaffId
    created_at: datetime


class BagLabelList(msgspec.Struct, frozen=True, kw_only=True):
    """The labels of a batch that are on no bag yet, in their order; for printers that draw labels themselves."""

    batch: BagLabelBatch
    qr_prefix: str
    labels: list[str]


class NewBagLabels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many labels to make, for one shop or for any."""

    count: Annotated[int, Meta(ge=1, le=960)]
    shop_id: ShopId | None = None


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A label and the shop it was made for, if for one."""

    code: str
    shop_id: ShopId | None


class BagDeskKind(StrEnum):
    """What a place for bags is."""

    DESK = "desk"
    CAR_BAY = "car_bay"
    STORE_ROOM = "store_room"


class BagShelf(msgspec.Struct, frozen=True, kw_only=True):
    """A shelf of a desk: how cold it is, how many bags it holds and may hold."""

    id: UUID
    desk_id: UUID
    code: str
    storage: BagStorage
    capacity: int
    used: int


class BagDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A place for bags, with its shelves."""

    id: UUID
    code: str
    kind: BagDeskKind
    name_zh: str
    name_en: str
    floor_code: str
    unit_code: str
    open: bool
    shelves: list[BagShelf]


class BagDeskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What sets a desk up."""

    code: Code
    kind: BagDeskKind
    name_zh: Name
    name_en: Name
    floor_code: FloorCode = ""
    unit_code: UnitCode = ""


class BagDeskChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a desk; what is left out stays."""

    name_zh: Name | None = None
    name_en: Name | None = None
    floor_code: FloorCode | None = None
    unit_code: UnitCode | None = None
    open: bool | None = None


class BagShelfInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shelf by its code: made, or given another capacity; without capacity it is taken away, when it is empty."""

    code: Annotated[str, Meta(min_length=1, max_length=12, pattern=SAYING)]
    storage: BagStorage = BagStorage.AMBIENT
    capacity: Annotated[int, Meta(ge=0, le=1000)]


class BagShelfBoard(BagShelf, frozen=True, kw_only=True):
    """A shelf with what lies on it."""

    bags: list[BagView]


class BagDeskBoard(msgspec.Struct, frozen=True, kw_only=True):
    """A desk as those who work there see it; `coming` are bags on their way."""

    desk: BagDesk
    shelves: list[BagShelfBoard]
    coming: list[BagView]
    count_id: UUID | None


class BagStop(msgspec.Struct, frozen=True, kw_only=True):
    """A shop on a runner's way, with the bags that wait there; `metres` are from the stop before, where known.

    `mine` when the caller has taken the stop on; `fetcher` who else has.
    """

    shop_id: ShopId
    shop_zh: str
    shop_en: str
    floor_code: str
    unit_code: str
    metres: int | None
    mine: bool
    fetcher: str | None
    oldest_at: datetime
    bags: list[BagView]


class BagRun(msgspec.Struct, frozen=True, kw_only=True):
    """A runner's work: stops in the order of the way, what he carries, and what is to leave the desks.

    `bring_out` goes to cars, `put_away` to the store room or back to its shop.
    """

    stops: list[BagStop]
    carrying: list[BagView]
    bring_out: list[BagView]
    put_away: list[BagView]


class BagCountState(StrEnum):
    """A count is open while it is scanned."""

    OPEN = "open"
    CLOSED = "closed"


class CountDifference(StrEnum):
    """What a count found wrong."""

    MISSING = "missing"  # should lie here and was not scanned
    EXTRA = "extra"  # was scanned and should not lie here
    UNKNOWN = "unknown"  # is no label of ours, or not sealed


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """A count of a desk's shelves."""

    mall_id: MallId
    id: UUID
    desk_id: UUID
    state: BagCountState
    staff_id: StaffId
    started_at: datetime
    closed_at: datetime | None


class BagCountLine(msgspec.Struct, frozen=True, kw_only=True):
    """A label of a count: expected or not, seen or not; a difference once it is closed."""

    label: str
    expected: bool
    seen_at: datetime | None
    difference: CountDifference | None


class BagCount(msgspec.Struct, frozen=True, kw_only=True):
    """A count with its lines; `last` of a desk tells when it was last counted."""

    id: UUID
    desk_id: UUID
    state: BagCountState
    staff_name: str
    started_at: datetime
    closed_at: datetime | None
    expected: int
    seen: int
    lines: list[BagCountLine]


class BagExceptionKind(StrEnum):
    """What a person must look at."""

    SCAN = "scan"  # a scan that does not fit
    MISSING = "missing"
    EXTRA = "extra"
    UNKNOWN = "unknown"
    TOO_LONG = "too_long"  # a cold bag has waited too long
    TO_STORE = "to_store"
    TO_RETURN = "to_return"


class BagProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person must look at; of a scan `detail` says what it was and why it does not fit."""

    id: UUID
    kind: BagExceptionKind
    label: str
    bag_id: BagId | None
    shop_zh: str | None
    shop_en: str | None
    detail: dict[str, str | int | None]
    opened_at: datetime
    closed_at: datetime | None
    closed_by_name: str | None = None
    closed_by: StaffId | None
    note: str | None


class BagBoard(msgspec.Struct, frozen=True, kw_only=True):
    """How many bags are where, and what waits for a person."""

    at_shop: int
    carried: int
    shelved: int
    lost: int
    exceptions: int
    claims: int
