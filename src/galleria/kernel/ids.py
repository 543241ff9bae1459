"""Identifiers: UUID version 7 (RFC 9562, section 5.7), made by the application.

They sort by creation time, so an index on them stays dense and a page of "newest first" needs no second key.
"""

import secrets
import time
from datetime import UTC, datetime
from typing import NewType
from uuid import UUID

GroupId = NewType("GroupId", UUID)
MallId = NewType("MallId", UUID)
MerchantId = NewType("MerchantId", UUID)
ShopId = NewType("ShopId", UUID)
CategoryId = NewType("CategoryId", UUID)
MemberId = NewType("MemberId", UUID)
StaffId = NewType("StaffId", UUID)
ProductId = NewType("ProductId", UUID)
VariantId = NewType("VariantId", UUID)
CouponId = NewType("CouponId", UUID)
ClaimId = NewType("ClaimId", UUID)
OfferId = NewType("OfferId", UUID)
SponsorId = NewType("SponsorId", UUID)
HouseholdId = NewType("HouseholdId", UUID)
FestivalId = NewType("FestivalId", UUID)
OrderId = NewType("OrderId", UUID)
SubOrderId = NewType("SubOrderId", UUID)
LineId = NewType("LineId", UUID)
TicketId = NewType("TicketId", UUID)
IntentId = NewType("IntentId", UUID)
AttemptId = NewType("AttemptId", UUID)
RefundId = NewType("RefundId", UUID)
JournalId = NewType("JournalId", UUID)
TenderId = NewType("TenderId", UUID)
ShipmentId = NewType("ShipmentId", UUID)
SlotId = NewType("SlotId", UUID)
PointId = NewType("PointId", UUID)
AddressId = NewType("AddressId", UUID)
CaseId = NewType("CaseId", UUID)
BagId = NewType("BagId", UUID)
TripId = NewType("TripId", UUID)
TableId = NewType("TableId", UUID)


def new_id() -> UUID:
    """Return a fresh UUIDv7: 48 bits of Unix milliseconds, then 74 random bits.

    Within a process each is greater than the one before (RFC 9562, section 6.2, method 2), so that what one command
    makes in the same millisecond keeps its order.
    """
    global _last  # noqa: PLW0603 - the one thing a monotonic generator must remember
    number = time.time_ns() // 1_000_000 << 74 | secrets.randbits(74)
    _last = number if number > _last else _last + 1 + secrets.randbits(32)
    return _uuid7(_last >> 74, _last & (1 << 74) - 1)


_last = 0


def id_at(moment: datetime, *, entropy: int) -> UUID:
    """Return the UUIDv7 of an aware moment with the given 74 bits of entropy; for seeds and page borders."""
    return _uuid7(int(moment.timestamp() * 1000), entropy & (1 << 74) - 1)


def moment_of(identifier: UUID) -> datetime:
    """Return the moment (UTC, to the millisecond) that a UUIDv7 carries."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, tz=UTC)


def _uuid7(milliseconds: int, entropy: int) -> UUID:
    high, low = entropy >> 62, entropy & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
