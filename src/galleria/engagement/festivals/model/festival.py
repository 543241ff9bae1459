"""A festival as its operators write, run and stop it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from galleria.kernel.ids import CouponId, FestivalId, MallId

Title = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Text = Annotated[str, Meta(max_length=4000, pattern=r"^[^\x00]*$")]
Why = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Aware = Annotated[datetime, Meta(tz=True)]
DistrictCode = Annotated[str, Meta(pattern="^[a-z0-9_-]{1,24}$")]
Lead = Annotated[int, Meta(ge=0, le=86_400)]
Rate = Annotated[int, Meta(ge=1, le=100_000)]
TurnSeconds = Annotated[int, Meta(ge=10, le=86_400)]
Difficulty = Annotated[int, Meta(ge=1_000, le=5_000_000)]
PerMinute = Annotated[int, Meta(ge=1, le=1_000_000)]
Threshold = Annotated[int, Meta(ge=1, le=1_000_000)]
Factor = Annotated[int, Meta(ge=2, le=1_000)]


class FestivalState(StrEnum):
    """What the operator has done with a festival."""

    DRAFT = "draft"  # being written -> open, ended
    OPEN = "open"  # announced; shoppers come in from `opens_at` until `closes_at` -> paused, ended
    PAUSED = "paused"  # nobody comes in, its coupons are paused -> open, ended
    ENDED = "ended"


class Phase(StrEnum):
    """Where a festival stands at a moment, as people see it."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class PauseCode(StrEnum):
    """Who or what stopped a festival."""

    OPERATOR = "operator"
    KILLED = "killed"
    ANOMALY = "anomaly"


class District(msgspec.Struct, frozen=True):
    """A district that has its own share; shoppers say which one is theirs when they queue up."""

    code: DistrictCode
    name_zh: Title
    name_en: Title


class FestivalInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a festival says: its coupons, when it opens, how fast it lets people in, and what looks wrong.

    `admit_per_s` people a second get their turn, which is theirs alone for `turn_s` seconds; whoever comes later still
    gets in, behind those whose turn it is. `queue_lead_s` before it opens the waiting room does. Limits a minute are
    of each account, device and address. A device or address with more claims than its maximum, or a shop with
    `shop_uses_min` uses and `shop_factor` times its usual share of them, pauses the festival.
    """

    title_zh: Title
    title_en: Title
    text_zh: Text = ""
    text_en: Text = ""
    opens_at: Aware
    closes_at: Aware
    coupon_ids: Annotated[list[UUID], Meta(min_length=1, max_length=20)]
    districts: Annotated[list[District], Meta(max_length=40)] = []
    waiting_room: bool = True
    queue_lead_s: Lead = 600
    admit_per_s: Rate = 500
    turn_s: TurnSeconds = 600
    proof_of_work: bool = True
    difficulty: Difficulty = 50_000
    account_per_minute: PerMinute = 60
    device_per_minute: PerMinute = 120
    address_per_minute: PerMinute = 20_000
    device_claims_max: Threshold = 20
    address_claims_max: Threshold = 5_000
    shop_uses_min: Threshold = 200
    shop_factor: Factor = 10


class FestivalChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a festival; a field left out stays. Once announced, its coupons and opening stay."""

    title_zh: Title | UnsetType = UNSET
    title_en: Title | UnsetType = UNSET
    text_zh: Text | UnsetType = UNSET
    text_en: Text | UnsetType = UNSET
    opens_at: Aware | UnsetType = UNSET
    closes_at: Aware | UnsetType = UNSET
    coupon_ids: Annotated[list[UUID], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    districts: Annotated[list[District], Meta(max_length=40)] | UnsetType = UNSET
    waiting_room: bool | UnsetType = UNSET
    queue_lead_s: Lead | UnsetType = UNSET
    admit_per_s: Rate | UnsetType = UNSET
    turn_s: TurnSeconds | UnsetType = UNSET
    proof_of_work: bool | UnsetType = UNSET
    difficulty: Difficulty | UnsetType = UNSET
    account_per_minute: PerMinute | UnsetType = UNSET
    device_per_minute: PerMinute | UnsetType = UNSET
    address_per_minute: PerMinute | UnsetType = UNSET
    device_claims_max: Threshold | UnsetType = UNSET
    address_claims_max: Threshold | UnsetType = UNSET
    shop_uses_min: Threshold | UnsetType = UNSET
    shop_factor: Factor | UnsetType = UNSET


class Pause(msgspec.Struct, frozen=True):
    """Why a festival stands still, since when, and by whom (null: by itself)."""

    code: PauseCode
    text_zh: str
    text_en: str
    at: datetime
    by: UUID | None


class Festival(msgspec.Struct, frozen=True, kw_only=True):
    """A festival as its operators see it; `phase` is where it stands now."""

    mall_id: MallId
    id: FestivalId
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    opens_at: datetime
    closes_at: datetime
    coupon_ids: list[CouponId]
    districts: list[District]
    waiting_room: bool
    queue_lead_s: int
    admit_per_s: int
    turn_s: int
    proof_of_work: bool
    difficulty: int
    account_per_minute: int
    device_per_minute: int
    address_per_minute: int
    device_claims_max: int
    address_claims_max: int
    shop_uses_min: int
    shop_factor: int
    state: FestivalState
    phase: Phase
    pause: Pause | None
    created_at: datetime


class PauseReason(msgspec.Struct, frozen=True):
    """Why a festival is stopped, in the operator's words; shoppers read it too."""

    text_zh: Why
    text_en: Why


class Kill(msgspec.Struct, frozen=True):
    """Why, if there is time to say so."""

    text_zh: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
    text_en: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
