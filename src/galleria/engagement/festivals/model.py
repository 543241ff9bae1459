"""Festivals, their waiting rooms, and what shoppers and operators see of them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from galleria.kernel.ids import ClaimId, CouponId, FestivalId, HouseholdId, MallId, MemberId, ShopId
from galleria.value.coupons import CouponState

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

PACE_UNIT = 1_000_000
"""Millionths of a number: a rate a second is as many of them a microsecond, so paces are exact in integers."""


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


class SourceKind(StrEnum):
    """What an anomaly is about."""

    DEVICE = "device"
    ADDRESS = "address"
    SHOP = "shop"


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


class Pace(msgspec.Struct, frozen=True):
    """How numbers are served: `base` millionths of them by `since`, from then on `per_s` a second."""

    since: datetime
    base: int
    per_s: int


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


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon of a festival, as its page shows it. `remaining` may lag by a second.

    `remaining_now` is what may be claimed before the next release; `next_release_at` is when more come, if they do.
    """

    coupon_id: CouponId
    title_zh: str
    title_en: str
    kind: str
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    threshold_minor: int
    per_member: int
    use_from: datetime
    use_until: datetime
    total: int
    remaining: int
    remaining_now: int
    next_release_at: datetime | None
    state: CouponState


class Alternative(msgspec.Struct, frozen=True):
    """Something else to claim when this is gone: a coupon of the festival, or (`in_festival` false) of the mall."""

    coupon_id: CouponId
    title_zh: str
    title_en: str
    remaining: int
    in_festival: bool


class FestivalCard(msgspec.Struct, frozen=True, kw_only=True):
    """A festival in the mall's list."""

    id: FestivalId
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    opens_at: datetime
    closes_at: datetime
    queue_opens_at: datetime
    phase: Phase
    waiting_room: bool
    vouchers: int


class FestivalList(msgspec.Struct, frozen=True):
    """What is on or coming, soonest first; count down by `server_now`, not by the phone's clock."""

    items: list[FestivalCard]
    server_now: datetime


class FestivalPage(msgspec.Struct, frozen=True, kw_only=True):
    """All the festival page shows; `mine` are the coupons of it that the signed-in member has claimed."""

    id: FestivalId
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    opens_at: datetime
    closes_at: datetime
    queue_opens_at: datetime
    server_now: datetime
    phase: Phase
    pause_zh: str
    pause_en: str
    waiting_room: bool
    proof_of_work: bool
    districts: list[District]
    vouchers: list[Voucher]
    sold_out: bool
    alternatives: list[Alternative]
    mine: list[CouponId]


class Challenge(msgspec.Struct, frozen=True):
    """An ALTCHA challenge: find the number up to `maxnumber` whose SHA-256 after `salt` is `challenge`."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str
    expires_at: datetime


class QueueRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`proof` is the solved challenge, as ALTCHA encodes it (base64 of JSON); needed when the festival says so."""

    proof: Annotated[str, Meta(max_length=2000)] | None = None
    district: DistrictCode | None = None


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """What a ticket says, signed: whose it is, its number, and what its owner was when he queued up."""

    festival_id: FestivalId
    member_id: MemberId
    number: int
    issued_ms: int
    district: str | None = None
    tier: str | None = None
    household_id: HouseholdId | None = None
    birthday: tuple[int, int] | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a ticket stands. `position` people are before it; 0: it is its turn.

    `turn_at` is null while the festival is paused. Ask again after `poll_after_s` seconds.
    """

    number: int
    position: int
    serving: int
    turn_at: datetime | None
    turn_until: datetime | None
    your_turn: bool
    phase: Phase
    pause_zh: str
    pause_en: str
    sold_out: bool
    next_release_at: datetime | None
    alternatives: list[Alternative]
    poll_after_s: int
    server_now: datetime


class Ticket(msgspec.Struct, frozen=True):
    """A place in the queue; keep the `ticket` and ask by it."""

    ticket: str
    standing: Standing


class ClaimRequest(msgspec.Struct, frozen=True):
    """The ticket whose turn it is; null where the festival has no waiting room, and `district` is then said here."""

    ticket: Annotated[str, Meta(max_length=400)] | None = None
    district: DistrictCode | None = None


class FestivalClaim(msgspec.Struct, frozen=True):
    """The voucher just claimed; the wallet shows it from now on."""

    id: ClaimId
    coupon_id: CouponId
    claimed_at: datetime
    use_from: datetime
    use_until: datetime


class Reason(msgspec.Struct, frozen=True):
    """Why a festival is stopped, in the operator's words; shoppers read it too."""

    text_zh: Why
    text_en: Why


class Kill(msgspec.Struct, frozen=True):
    """Why, if there is time to say so."""

    text_zh: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
    text_en: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""


class VoucherFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How one coupon of a festival goes."""

    coupon_id: CouponId
    title_zh: str
    title_en: str
    state: CouponState
    total: int
    claimed: int


class MinuteFigure(msgspec.Struct, frozen=True):
    """Claims in one minute."""

    minute: datetime
    claimed: int


class ShareFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One share of a coupon: a release, a district, a tier, or a crossing of them (null: not divided by it)."""

    coupon_id: CouponId
    opens_at: datetime | None
    district: str | None
    tier: str | None
    total: int
    claimed: int


class ShopFigure(msgspec.Struct, frozen=True, kw_only=True):
    """How often the festival's vouchers were used in a shop, and what it usually redeems in four weeks."""

    shop_id: ShopId
    name_zh: str
    name_en: str
    used: int
    usual: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A device or address, its claims, and some of the members who claimed from it (at most 20)."""

    kind: SourceKind
    key: str
    claims: int
    member_ids: list[MemberId]
    first_at: datetime
    last_at: datetime


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """What looked wrong: who or where (`key`: a device, address or shop), how much of it, and what is allowed."""

    id: UUID
    kind: SourceKind
    key: str
    seen: int
    allowed: int
    member_ids: list[MemberId]
    text_zh: str
    text_en: str
    found_at: datetime
    cleared_at: datetime | None


class QueueFigures(msgspec.Struct, frozen=True):
    """The waiting room: tickets given, the last number, the number served, and about how many wait."""

    issued: int
    number: int
    serving: int
    waiting: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's live board: read again when the mall's stream tells of `coupons.claimed` or `festivals.*`."""

    festival: Festival
    server_now: datetime
    total: int
    claimed: int
    used: int
    worth_minor: int
    budget_minor: int | None
    queue: QueueFigures
    vouchers: list[VoucherFigures]
    by_minute: list[MinuteFigure]
    shares: list[ShareFigure]
    shops: list[ShopFigure]
    sources: list[Source]
    anomalies: list[Anomaly]
