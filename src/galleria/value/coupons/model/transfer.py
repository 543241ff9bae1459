"""Transfers: a coupon given to a friend by a link."""

from datetime import datetime
from enum import StrEnum

import msgspec

from galleria.kernel.ids import ClaimId, CouponId
from galleria.value.coupons.model.template import CouponKind


class CouponTransferState(StrEnum):
    """Where a transfer stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class CouponTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon on offer to whoever has the link; `path` is where the link leads in the shopper's app."""

    claim_id: ClaimId
    token: str
    path: str
    state: CouponTransferState
    expires_at: datetime


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """What a friend sees of a coupon that is offered to them."""

    coupon_id: CouponId
    state: CouponTransferState
    expires_at: datetime
    use_until: datetime
    mine: bool
    title_zh: str
    title_en: str
    kind: CouponKind
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    threshold_minor: int
