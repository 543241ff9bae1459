"""Pools: a coupon's total divided by time, by district and by tier."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.value.coupons.model.template import Aware, Label, Total


class PoolInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many for those of a district or tier within a window; what is left out does not narrow.

    With `roll_over` what is left at the end of the window is added to the next of the same district and tier.
    """

    starts_at: Aware | None = None
    ends_at: Aware | None = None
    district: Label | None = None
    tier: Label | None = None
    total: Total
    roll_over: bool = False


class Pools(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All the pools of a coupon; none means that there is one stock for all."""

    pools: Annotated[list[PoolInput], Meta(max_length=200)]


class Pool(PoolInput, frozen=True, kw_only=True):
    """A pool: `claimed` of `total` and what was `carried` in (or, below zero, out of it)."""

    id: UUID
    claimed: int
    carried: int
