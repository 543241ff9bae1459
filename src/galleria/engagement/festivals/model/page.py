"""What shoppers see of festivals."""

from datetime import datetime

import msgspec

from galleria.engagement.festivals.model.festival import District, Phase
from galleria.kernel.ids import CouponId, FestivalId
from galleria.value.coupons import CouponState


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
