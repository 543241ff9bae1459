"""Reads of check-ins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from galleria.engagement.checkins import rules, store
from galleria.engagement.checkins.model import CheckInStanding, Ladder, Rung, RungView
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CouponId, MallId, MemberId
from galleria.kernel.periods import business_date, business_day
from galleria.platform.tx import ReadTx
from galleria.value import coupons


async def get_ladder(tx: ReadTx, *, mall_id: MallId) -> Ladder:
    """Return a mall's ladder; raises NotFound while it has none."""
    row = await store.ladder(tx, mall_id)
    if row is None:
        raise NotFound
    return Ladder(
        active=row.active,
        repeats=row.repeats,
        points_last_days=row.points_last_days,
        rungs=await store.rungs(tx, mall_id),
        changed_at=row.changed_at,
    )


async def standing(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, now: datetime) -> CheckInStanding:
    """Return where a member stands today, on the mall's clock. Raises NotFound for no such mall."""
    zone = (await malls.get_mall(tx, mall_id)).time_zone
    today = business_date(now, zone)
    row, rungs = await store.ladder(tx, mall_id), await store.rungs(tx, mall_id)
    last = await store.last_visit(tx, mall_id=mall_id, member_id=member_id)
    done = last is not None and last.day == today
    unbroken = last is not None and last.day >= today - timedelta(days=1)
    streak = last.streak if last is not None and unbroken else 0
    active = row is not None and row.active
    next_at = business_day(today, zone).ends_at
    if next_at is None:
        raise AssertionError("a day ends")
    return CheckInStanding(
        active=active,
        streak=streak,
        done_today=done,
        today=today,
        next_at=next_at,
        rungs=await _views(tx, mall_id, rungs, streak, done=done, repeats=row is not None and row.repeats),
    )


async def _views(
    tx: ReadTx, mall_id: MallId, rungs: Sequence[Rung], streak: int, *, done: bool, repeats: bool
) -> list[RungView]:
    """Return the rungs as the member sees them: those up to his place are done, the one of today is marked."""
    if not rungs:
        return []
    titles = await coupon_titles(tx, mall_id, [rung.coupon_id for rung in rungs if rung.coupon_id is not None])
    days = [rung.day for rung in rungs]
    today = rules.place(streak if done else streak + 1, days, repeats=repeats)
    return [
        RungView(
            day=rung.day,
            points=rung.points,
            coupon_id=None if rung.coupon_id is None else CouponId(rung.coupon_id),
            coupon_zh=zh,
            coupon_en=en,
            done=rung.day < today or (done and rung.day == today),
            today=rung.day == today,
        )
        for rung in rungs
        for zh, en in [titles.get(rung.coupon_id, ("", ""))]
    ]


async def coupon_titles(tx: ReadTx, mall_id: MallId, coupon_ids: Sequence[UUID]) -> dict[UUID | None, tuple[str, str]]:
    """Return the titles of those coupons that exist, zh and en."""
    if not coupon_ids:
        return {}
    found = await coupons.list_coupons(tx, mall_id=mall_id, coupon_ids=[CouponId(one) for one in set(coupon_ids)])
    return {coupon.id: (coupon.title_zh, coupon.title_en) for coupon in found}
