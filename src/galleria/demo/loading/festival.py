"""What begins in the demo mall soon: a festival of vouchers, and the ladder of check-ins. Made through the doors."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from galleria.engagement import checkins, festivals
from galleria.kernel.ids import GroupId, MallId, MemberId
from galleria.platform.actors import SYSTEM, Actor, ActorKind
from galleria.platform.tx import Tx
from galleria.value import coupons

SOON = timedelta(minutes=30)
LASTS = timedelta(days=3)
RELEASES = (2_000, 1_500, 1_500)
STREAK = 3


class _Shopper(msgspec.Struct, frozen=True):
    group_id: GroupId
    id: MemberId


async def begin(tx: Tx, *, mall_code: str, phone: str, now: datetime) -> None:
    """Announce a festival that opens in half an hour, and let the demo's own shopper have checked in three days."""
    mall_id = MallId(await tx.value("SELECT id FROM malls.mall WHERE code = $1", mall_code))
    await _festival(tx, mall_id, now)
    await _ladder(tx, mall_id, phone, now)


async def _festival(tx: Tx, mall_id: MallId, now: datetime) -> None:
    opens_at, closes_at = now + SOON, now + SOON + LASTS
    hours = [opens_at + timedelta(hours=i) for i in range(len(RELEASES))]
    pools = [
        coupons.PoolInput(starts_at=starts_at, ends_at=ends_at, total=total, roll_over=True)
        for starts_at, ends_at, total in zip(hours, [*hours[1:], closes_at], RELEASES, strict=True)
    ]
    city = await _coupon(
        tx,
        mall_id,
        now,
        pools,
        title_zh="城市消费券 满100减30",
        title_en="City voucher: 30 off 100",
        kind=coupons.CouponKind.AMOUNT,
        amount_minor=3_000,
        threshold_minor=10_000,
        claim_until=closes_at,
        total=sum(RELEASES),
        budget_minor=3_000 * sum(RELEASES),
        per_household=2,
        gate="festival",
    )
    tenth = await _coupon(
        tx,
        mall_id,
        now,
        [],
        title_zh="周年庆 9 折券",
        title_en="Anniversary: 10% off",
        kind=coupons.CouponKind.PERCENT,
        percent_bp=1_000,
        cap_minor=5_000,
        claim_until=closes_at,
        total=1_000,
        gate="festival",
    )
    written = festivals.FestivalInput(
        title_zh="春日消费券",
        title_en="Spring vouchers",
        text_zh="满减券分三个整点投放，9 折券一次放完。先取号，轮到您时领取；您的位置会一直保留。",
        text_en="The vouchers come in three releases, the 10% coupons at once. Take a number and claim when it is your "
        "turn; your place is kept.",
        opens_at=opens_at,
        closes_at=closes_at,
        coupon_ids=[city.id, tenth.id],
        admit_per_s=50,
    )
    made = await festivals.create(tx, mall_id=mall_id, festival=written, now=now)
    await festivals.announce(tx, mall_id=mall_id, festival_id=made.id, now=now)


async def _ladder(tx: Tx, mall_id: MallId, phone: str, now: datetime) -> None:
    gift = await _coupon(
        tx,
        mall_id,
        now,
        [],
        title_zh="连续签到礼券 满50减10",
        title_en="Check-in gift: 10 off 50",
        kind=coupons.CouponKind.AMOUNT,
        amount_minor=1_000,
        threshold_minor=5_000,
        claim_until=now + timedelta(days=365),
        total=100_000,
        per_member=52,
        issue_by=(coupons.ClaimSource.EVENT,),
    )
    points = {1: 2, 2: 2, 3: 5, 4: 2, 5: 2, 6: 5}
    rungs = [*(checkins.Rung(day=day, points=given) for day, given in points.items()),
             checkins.Rung(day=7, points=10, coupon_id=gift.id)]  # fmt: skip
    ladder = checkins.LadderInput(active=True, points_last_days=365, rungs=rungs)
    await checkins.set_ladder(tx, mall_id=mall_id, ladder=ladder, now=now)
    row = await tx.one(_Shopper, "SELECT group_id, id FROM members.member WHERE phone = $1", phone)
    if row is None:
        return
    actor = Actor(kind=ActorKind.MEMBER, id=row.id, group_id=row.group_id)
    for back in range(STREAK, 0, -1):
        await checkins.check_in(tx, actor=actor, mall_id=mall_id, now=now - timedelta(days=back))


async def _coupon(
    tx: Tx, mall_id: MallId, now: datetime, pools: list[coupons.PoolInput], **says: Any
) -> coupons.Coupon:
    """Write, approve and publish a coupon of the mall that may be used for a month after it is claimed."""
    written = coupons.CouponInput(
        claim_from=now - timedelta(days=1),
        use_from=now - timedelta(days=1),
        use_until=says["claim_until"] + timedelta(days=30),
        funder=coupons.CouponFunder.MALL,
        **says,
    )
    made = await coupons.create(tx, actor=SYSTEM, mall_id=mall_id, coupon=written, now=now)
    if pools:
        await coupons.set_pools(tx, actor=SYSTEM, mall_id=mall_id, coupon_id=made.id, pools=coupons.Pools(pools=pools))
    await coupons.approve(tx, mall_id=mall_id, coupon_id=made.id, version=made.version, now=now)
    return await coupons.set_state(
        tx, actor=SYSTEM, mall_id=mall_id, coupon_id=made.id, state=coupons.CouponState.LIVE, now=now
    )
