"""Single-use codes and the batches they are made in."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import CouponId

BATCH_MAX = 1_000_000


class BatchState(StrEnum):
    """Where a batch of codes stands."""

    MAKING = "making"  # a job writes its codes, chunk by chunk
    READY = "ready"
    VOID = "void"  # no code of it is good any more


class NewBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many codes to make, and what each begins with."""

    count: Annotated[int, Meta(ge=1, le=BATCH_MAX)]
    prefix: Annotated[str, Meta(pattern="^[2-9A-HJKMNP-Z]{0,6}$")] = ""


class CodeBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of codes: `made` of `count` exist, `redeemed` of them were used."""

    id: UUID
    coupon_id: CouponId
    prefix: str
    count: int
    made: int
    redeemed: int
    state: BatchState
    created_at: datetime
    ready_at: datetime | None
    voided_at: datetime | None


class CodeEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code as a shopper types it; spaces, hyphens and small letters do not matter."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]
