"""May a member get a coupon: decided for many who come at once, first come first served."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import GroupId, MemberId
from galleria.value.coupons.model.claim import Facts, Want
from galleria.value.coupons.model.pool import Pool
from galleria.value.coupons.model.template import Audience, ClaimSource, Coupon, CouponState
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.audience import belongs
from galleria.value.coupons.rules.pool import PoolBook
from galleria.value.coupons.rules.template import iso, worth_minor


class Held(msgspec.Struct, frozen=True):
    """How many claims of a coupon a member has, the newest one's time, and how many of them are of today."""

    member_id: MemberId
    count: int
    last_at: datetime
    today: int = 0


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was issued of a coupon so far, as far as its limits ask: to these members, devices and households."""

    members: Mapping[MemberId, Held]
    devices: Mapping[UUID, int] = {}
    households: Mapping[UUID, int] = {}
    pools: Sequence[Pool] = ()
    day: date | None = None
    zone: ZoneInfo | None = None


class Award(msgspec.Struct, frozen=True):
    """A claim to be made: its number among its member's, and the pool it comes out of."""

    seq: int
    pool_id: UUID | None = None


def refusal(coupon: Coupon, *, claimed: int, mine: int, my_last: datetime | None, now: datetime) -> DomainError | None:
    """Return why a member may not claim now, or None; `claimed` of all and `mine` of this member are counts.

    That the member has one already is said before that all are gone: who has theirs need not worry.
    """
    if coupon.state is CouponState.DRAFT:
        return NotFound()
    if coupon.state is CouponState.ENDED or now >= coupon.claim_until:
        return refusals.CouponEnded(claim_until=iso(coupon.claim_until))
    if mine >= coupon.per_member:
        return _had_theirs(coupon, my_last)
    if coupon.state is CouponState.PAUSED:
        return refusals.CouponPaused()
    if now < coupon.claim_from:
        return refusals.CouponNotStarted(claim_from=iso(coupon.claim_from))
    if claimed >= coupon.total:
        return refusals.CouponSoldOut(total=coupon.total)
    return None


def _had_theirs(coupon: Coupon, last: datetime | None) -> DomainError:
    return refusals.CouponLimitReached(per_member=coupon.per_member, taken_at=iso(last) if last else "")


def way_refusal(coupon: Coupon, source: ClaimSource, through: str | None) -> DomainError | None:
    """Return why a coupon is not given out by this way, or None."""
    if source not in coupon.issue_by and not (source is ClaimSource.POINTS and ClaimSource.CLAIM in coupon.issue_by):
        return refusals.CouponNotIssuedSo(source=source.value)
    if coupon.gate is not None and source in {ClaimSource.CLAIM, ClaimSource.POINTS} and through != coupon.gate:
        return refusals.CouponGated(gate=coupon.gate)
    return None


def decide(coupon: Coupon, wants: Sequence[Want], counted: Counted, group_id: GroupId) -> list[Award | DomainError]:
    """Return for each want, first come first served, what it gets or why not.

    What is granted on the way counts for those behind, towards every limit. A member of another group than the
    mall's, `group_id`, finds no coupon.
    """
    sheet = _Sheet(coupon, counted)
    return [NotFound() if want.group_id != group_id else sheet.settle(want) for want in wants]


class _Sheet:
    """The counts of one coupon while a batch is settled."""

    def __init__(self, coupon: Coupon, counted: Counted) -> None:
        self.coupon = coupon
        self.mine = {member: (held.count, held.last_at) for member, held in counted.members.items()}
        self.today = Counter({member: held.today for member, held in counted.members.items()})
        self.devices = Counter(counted.devices)
        self.households = Counter(counted.households)
        self.pools = PoolBook(counted.pools) if coupon.pooled else None
        self.claimed = coupon.claimed
        self.zone = counted.zone
        self.day_claimed = coupon.day_claimed if counted.day == coupon.day_on else 0
        self.worth = 0 if coupon.budget_minor is None else worth_minor(coupon) or 0
        self.committed = coupon.committed_minor

    def settle(self, want: Want) -> Award | DomainError:
        refused = way_refusal(self.coupon, want.source, want.through) or self._refusal(want)
        if refused is not None:
            return refused
        pool = None if self.pools is None else self.pools.choose(want.facts, want.now)
        if isinstance(pool, DomainError):
            return pool
        return self._take(want, None if pool is None else pool.id)

    def _refusal(self, want: Want) -> DomainError | None:
        mine, last = self.mine.get(want.member_id, (0, None))
        return (
            refusal(self.coupon, claimed=self.claimed, mine=mine, my_last=last, now=want.now)
            or self._day_refusal(want)
            or audience_refusal(self.coupon.audience, want.facts, self.zone, want.now)
            or sharing_refusal(self.coupon, want.facts, self.devices, self.households)
            or self._budget_refusal()
        )

    def _day_refusal(self, want: Want) -> DomainError | None:
        coupon = self.coupon
        if coupon.per_member_day is not None and self.today[want.member_id] >= coupon.per_member_day:
            return refusals.CouponDayLimitReached(per_member_day=coupon.per_member_day)
        if coupon.daily_total is not None and self.day_claimed >= coupon.daily_total:
            return refusals.CouponSoldOutToday(daily_total=coupon.daily_total)
        return None

    def _budget_refusal(self) -> DomainError | None:
        budget = self.coupon.budget_minor
        return None if budget is None or self.committed + self.worth <= budget else refusals.CouponBudgetSpent()

    def _take(self, want: Want, pool_id: UUID | None) -> Award:
        count = self.mine.get(want.member_id, (0, None))[0] + 1
        self.mine[want.member_id] = (count, want.now)
        self.today[want.member_id] += 1
        if want.facts.device is not None:
            self.devices[want.facts.device] += 1
        if want.facts.household_id is not None:
            self.households[want.facts.household_id] += 1
        self.claimed += 1
        self.day_claimed += 1
        self.committed += self.worth
        if self.pools is not None and pool_id is not None:
            self.pools.take(pool_id)
        return Award(count, pool_id)


def audience_refusal(audience: Audience, facts: Facts, zone: ZoneInfo | None, now: datetime) -> DomainError | None:
    """Return why a coupon is not for a member, or None; what is not known of them does not open it."""
    missing = belongs(audience, facts, now if zone is None else now.astimezone(zone))
    return None if missing is None else refusals.CouponNotForYou(audience=missing)


def sharing_refusal(
    coupon: Coupon, facts: Facts, devices: Mapping[UUID, int], households: Mapping[UUID, int]
) -> DomainError | None:
    """Return why this device or household may have no more of a coupon, or None."""
    if coupon.per_device is not None:
        if facts.device is None:
            return refusals.CouponDeviceUnknown()
        if devices.get(facts.device, 0) >= coupon.per_device:
            return refusals.CouponDeviceLimit(per_device=coupon.per_device)
    if coupon.per_household is None or facts.household_id is None:
        return None
    full = households.get(facts.household_id, 0) >= coupon.per_household
    return refusals.CouponHouseholdLimit(per_household=coupon.per_household) if full else None


def receiving_refusal(coupon: Coupon, want: Want, counted: Counted) -> DomainError | None:
    """Return why a member may not take a coupon over from a friend, or None: it must not lift them over a limit."""
    held = counted.members.get(want.member_id)
    if held is not None and held.count >= coupon.per_member:
        return _had_theirs(coupon, held.last_at)
    return audience_refusal(coupon.audience, want.facts, counted.zone, want.now) or sharing_refusal(
        coupon, want.facts, counted.devices, counted.households
    )
