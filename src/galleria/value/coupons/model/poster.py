"""Posters: a coupon behind a QR code on a wall."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import CouponId


class NewPoster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the poster hangs."""

    label: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S")]


class Poster(msgspec.Struct, frozen=True, kw_only=True):
    """A poster: `path` is what its QR code leads to in the shopper's app, `claims` how many got the coupon by it."""

    id: UUID
    coupon_id: CouponId
    label: str
    token: str
    path: str
    claims: int
    created_at: datetime
    closed_at: datetime | None
