"""Questions about age, and the gate."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import OrderId, ShopId, StaffId, VariantId
from galleria.onsite.scango.model.basics import ITEMS_MAX, STORABLE, Pieces, Reason, Scan, ScanState, SessionId, Words


class AgeState(StrEnum):
    """How a question to staff about a shopper's age stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class Outcome(StrEnum):
    """What staff decided at the gate."""

    PASSED = "passed"
    HELD = "held"


class AgeCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A question to staff whether a shopper is old enough, and the answer."""

    id: UUID
    session_id: SessionId
    min_age: int
    state: AgeState
    asked_at: datetime
    decided_at: datetime | None
    staff_name: str
    reason: str


class DecideAge(msgspec.Struct, frozen=True, kw_only=True):
    """Whether staff let a shopper have goods with an age limit; a refusal needs a reason."""

    approve: bool
    reason: Words = ""


class ExitPass(msgspec.Struct, frozen=True, kw_only=True):
    """What makes the code shown at the gate: the serial and four digits that change every `step_seconds`."""

    session_id: SessionId
    shop_id: ShopId
    state: ScanState
    order_id: OrderId
    pieces: int
    paid_minor: int
    currency: str
    must_check: bool
    serial: str
    secret_base64: str
    step_seconds: int
    server_now: datetime


class GateLookup(msgspec.Struct, frozen=True, kw_only=True):
    """A code shown at the gate of a shop."""

    shop_id: UUID
    code: Annotated[str, Meta(min_length=12, max_length=40, pattern=STORABLE)]


class GateItem(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a good that were paid and not given back: they may leave."""

    line_id: UUID
    variant_id: VariantId
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    quantity: int
    min_age: int | None


class GateView(msgspec.Struct, frozen=True, kw_only=True):
    """A session at the gate: what was paid, whether to look into the bag and why, and how many pieces to scan."""

    session_id: SessionId
    shop_id: ShopId
    order_id: OrderId
    number: str
    member_masked: str
    state: ScanState
    must_check: bool
    reasons: list[str]
    rescan_pieces: int
    pieces: int
    paid_minor: int
    currency: str
    paid_at: datetime | None
    items: list[GateItem]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A good found in the bag, by its barcode, and how many."""

    code: Scan
    quantity: Pieces = 1


class GateDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What staff found in the bag and decided; `everything` when all of it was scanned, not a sample."""

    shop_id: UUID
    outcome: Outcome
    found: Annotated[list[Found], Meta(max_length=ITEMS_MAX)] = []
    everything: bool = False
    note: Words = ""


class BagDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Where bag and receipt differ: `found` pieces in the bag, `paid` ones on the receipt."""

    variant_id: VariantId
    name_zh: str
    name_en: str
    found: int
    paid: int


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded at the gate."""

    id: UUID
    session_id: SessionId
    outcome: Outcome
    state: ScanState
    differences: list[BagDifference]
    staff_name: str
    at: datetime


class GateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A decision at the gate in a list."""

    id: UUID
    session_id: SessionId
    outcome: Outcome
    scanned: int
    differences: list[BagDifference]
    note: str
    staff_name: str
    must_check: bool
    at: datetime


class GateLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many pieces of a line to give back."""

    line_id: UUID
    count: Pieces


class GateRefund(msgspec.Struct, frozen=True, kw_only=True):
    """What is given back at the gate, because it was paid and is not in the bag, and why."""

    shop_id: UUID
    lines: Annotated[list[GateLine], Meta(min_length=1, max_length=ITEMS_MAX)]
    reason: Reason


class AgeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A question about age as staff see it: who waits, with what."""

    id: UUID
    session_id: SessionId
    member_masked: str
    min_age: int
    state: AgeState
    asked_at: datetime
    decided_at: datetime | None
    staff_id: StaffId | None
    staff_name: str
    reason: str
    goods_zh: list[str]
    goods_en: list[str]
