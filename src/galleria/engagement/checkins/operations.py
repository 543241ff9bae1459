"""Writes of check-ins."""

from datetime import datetime, timedelta
from uuid import UUID

from galleria.engagement.checkins import queries, rules, store
from galleria.engagement.checkins.model import CheckedIn, CheckedInToday, Ladder, LadderInput, NoLadder, Rung
from galleria.foundation import malls
from galleria.kernel.errors import FieldError, Invalid
from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId, new_id
from galleria.kernel.periods import business_date, business_day
from galleria.platform.actors import Actor
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import coupons, points
from galleria.value.coupons import ClaimSource

TITLE_ZH, TITLE_EN = "连续签到第 {streak} 天", "Check-in, day {streak} in a row"


async def set_ladder(tx: Tx, *, mall_id: MallId, ladder: LadderInput, now: datetime) -> Ladder:
    """Set a mall's ladder; the caller has made sure that the actor may. Raises Invalid naming wrong rungs."""
    rules.check(ladder)
    await _check_coupons(tx, mall_id, ladder.rungs)
    row = store.LadderRow(ladder.active, ladder.repeats, ladder.points_last_days, now)
    await store.put_ladder(tx, mall_id, row, ladder.rungs)
    tx.subject = str(mall_id)
    tx.emit(Event("checkins.ladder_set", mall_id, {"rungs": len(ladder.rungs)}, topics=(f"mall:{mall_id}",)))
    return await queries.get_ladder(tx, mall_id=mall_id)


async def check_in(tx: Tx, *, actor: Actor, mall_id: MallId, now: datetime) -> CheckedIn:
    """Check a member in for the mall's day and give what the rung brings.

    Of two at once one inserts the visit and the other finds it: one reward. Raises NoLadder, CheckedInToday.
    """
    ladder = await store.ladder(tx, mall_id)
    if ladder is None or not ladder.active:
        raise NoLadder
    zone, member_id = (await malls.get_mall(tx, mall_id)).time_zone, actor.member_id
    day, visit_id = business_date(now, zone), new_id()
    streak = await store.add_visit(tx, mall_id=mall_id, member_id=member_id, visit_id=visit_id, day=day, now=now)
    if streak is None:
        raise CheckedInToday(next_at=_iso(business_day(day, zone).ends_at))
    rung = rules.reward(streak, await store.rungs(tx, mall_id), repeats=ladder.repeats)
    given, claim_id = 0, None
    if rung is not None and rung.points:
        given = rung.points
        await _give_points(tx, actor, mall_id, visit_id, streak, given, ladder.points_last_days, now)
    if rung is not None and rung.coupon_id is not None:
        claim_id = await _give_coupon(tx, mall_id, member_id, CouponId(rung.coupon_id), visit_id, now)
    if given or claim_id:
        await store.reward_visit(tx, mall_id=mall_id, member_id=member_id, day=day, points=given, claim_id=claim_id)
    tx.subject = str(visit_id)
    topics = (f"mall:{mall_id}", f"member:{member_id}")
    tx.emit(Event("checkins.checked_in", visit_id, {"streak": streak, "points": given}, topics=topics))
    coupon_id = None if rung is None or rung.coupon_id is None else CouponId(rung.coupon_id)
    titles = await queries.coupon_titles(tx, mall_id, [] if coupon_id is None else [coupon_id])
    zh, en = titles.get(coupon_id, ("", ""))
    return CheckedIn(
        day=day,
        streak=streak,
        points=given,
        claim_id=claim_id,
        coupon_id=coupon_id,
        coupon_zh=zh,
        coupon_en=en,
        coupon_missed=coupon_id is not None and claim_id is None,
    )


async def _give_points(
    tx: Tx, actor: Actor, mall_id: MallId, visit_id: UUID, streak: int, given: int, last_days: int | None, now: datetime
) -> None:
    await points.give(
        tx,
        group_id=await malls.group_of(tx, mall_id),
        mall_id=mall_id,
        member_id=actor.member_id,
        points=given,
        reference=visit_id,
        title_zh=TITLE_ZH.format(streak=streak),
        title_en=TITLE_EN.format(streak=streak),
        expires_at=None if last_days is None else now + timedelta(days=last_days),
        now=now,
    )


async def _give_coupon(
    tx: Tx, mall_id: MallId, member_id: MemberId, coupon_id: CouponId, visit_id: UUID, now: datetime
) -> ClaimId | None:
    """Give the rung's coupon, once for a visit; None when there is none left or the member has all he may."""
    granted = await coupons.grant(
        tx,
        mall_id=mall_id,
        coupon_id=coupon_id,
        member_id=member_id,
        source=ClaimSource.EVENT,
        reference=visit_id,
        now=now,
    )
    return granted.claims[0].id if granted.claims else None


async def _check_coupons(tx: Tx, mall_id: MallId, rungs: list[Rung]) -> None:
    wanted = [CouponId(rung.coupon_id) for rung in rungs if rung.coupon_id is not None]
    found = {coupon.id: coupon for coupon in await coupons.list_coupons(tx, mall_id=mall_id, coupon_ids=wanted)}
    errors = []
    for i, rung in enumerate(rungs):
        coupon = None if rung.coupon_id is None else found.get(CouponId(rung.coupon_id))
        if rung.coupon_id is not None and coupon is None:
            errors.append(FieldError(f"rungs[{i}].coupon_id", "rung_coupon_unknown"))
        elif coupon is not None and ClaimSource.EVENT not in coupon.issue_by:
            errors.append(FieldError(f"rungs[{i}].coupon_id", "rung_coupon_not_given"))
    if errors:
        raise Invalid(errors=tuple(errors))


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")
