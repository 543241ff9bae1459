"""Scans made without a network and uploaded later: what was scanned, what became of it, what a person must look at."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import ShopId, StaffId, TicketId

Bill = Annotated[int, Meta(ge=0, le=10_000_000_000)]


class ScanOutcome(StrEnum):
    """What became of a scan. All but `accepted` wait for a person: something was handed over at the counter."""

    ACCEPTED = "accepted"
    ALREADY_REDEEMED = "already_redeemed"  # used before, or scanned earlier at another till
    EXPIRED = "expired"  # over when it was scanned, or ended before it was uploaded
    NOT_YET = "not_yet"  # not good yet, or not at that hour, when it was scanned
    WRONG_SHOP = "wrong_shop"
    INVALID = "invalid"  # no such code
    VOID = "void"  # refunded, taken back or given to a friend
    LOCKED = "locked"  # set aside by another till or an unpaid order
    BELOW_THRESHOLD = "below_threshold"
    BILL_MISSING = "bill_missing"
    LIMIT = "limit"  # the shop has redeemed as many as it may
    TOO_OLD = "too_old"  # scanned longer ago than scans are kept
    CLOCK = "clock"  # the code is right, but not for the moment: a clock was wrong
    REFUSED = "refused"


class OfflineScan(msgspec.Struct, frozen=True, kw_only=True):
    """One scan as the till kept it; `request_number` is the till's own, and makes uploading it again harmless."""

    request_number: UUID
    shop_id: ShopId
    code: Annotated[str, Meta(min_length=1, max_length=60)]
    scanned_at: datetime
    bill_minor: Bill | None = None


class ScanResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a scan; `duplicate` tells that it was uploaded before. `params` fill the outcome's text."""

    request_number: UUID
    outcome: ScanOutcome
    duplicate: bool
    redemption_id: UUID | None
    discount_minor: int | None
    params: dict[str, str | int]


class LateScan(msgspec.Struct, frozen=True, kw_only=True):
    """A late scan as people look at it."""

    request_number: UUID
    shop_id: ShopId
    shop_zh: str = ""
    shop_en: str = ""
    staff_id: StaffId
    staff_name: str = ""
    serial: str
    ticket_id: TicketId | None
    bill_minor: int | None
    discount_minor: int | None
    scanned_at: datetime
    received_at: datetime
    outcome: ScanOutcome
    detail: dict[str, str | int]
    redemption_id: UUID | None
    closed_by: UUID | None
    closed_by_name: str | None = None
    closed_at: datetime | None
    note: str | None


class NumberReused(Conflict):
    """The request number stands for another scan already."""

    code = "scan_number_reused"


class ScanClosed(Conflict):
    """Nothing about this scan is left to decide."""

    code = "scan_closed"
