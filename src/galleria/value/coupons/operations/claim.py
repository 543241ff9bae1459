"""Members claim: many at once by the surge path, one inside another write when it costs points."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from galleria.foundation import malls
from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import ClaimId, CouponId, MallId, new_id
from galleria.kernel.periods import business_date, business_day
from galleria.platform.batching import Done, Outcome, Surge
from galleria.platform.command import Command, Event
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import points
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim, ClaimState, Facts, Want
from galleria.value.coupons.model.pool import Pool
from galleria.value.coupons.model.template import ClaimSource, Coupon
from galleria.value.coupons.operations.pool import roll
from galleria.value.coupons.queries import facts
from galleria.value.coupons.rules.claiming import Award, Counted, decide
from galleria.value.coupons.rules.template import ends_at, worth_minor
from galleria.value.coupons.store import issuing
from galleria.value.coupons.store import pool as pool_store
from galleria.value.coupons.store import template as store

PRICED = {ClaimSource.CLAIM, ClaimSource.POINTS, ClaimSource.POSTER}
"""Ways on which a member pays a coupon's price in points."""


async def claim(
    runtime: Runtime,
    command: Command,
    *,
    coupon_id: CouponId,
    through: str | None = None,
    device: UUID | None = None,
    district: str | None = None,
    source: ClaimSource = ClaimSource.CLAIM,
    reference: UUID | None = None,
    member: Facts | None = None,
) -> Claim:
    """Give the command's member one claim, by the surge path unless it costs points. Commits before it returns.

    `through` names the gate the member comes by. What a coupon asks of its members (tier, birthday, household, first
    purchase) is looked up here, only for one that asks; a door that has just looked tells it as `member`. Raises
    NotFound (no such coupon, or of another group), the refusals of `rules.claiming.decide`, points' refusal when the
    balance is short, Unavailable when too many wait.
    """
    actor, mall_id = command.actor, command.mall_id
    if mall_id is None:
        raise AssertionError("a claim is made in a mall")
    needs = await queries.needs(runtime.db, mall_id=mall_id, coupon_id=coupon_id)
    known = Facts(device=device, district=district)
    if member is not None:
        known = msgspec.structs.replace(member, device=device, district=district)
    if (needs.profile and member is None) or needs.customer:
        async with runtime.db.read() as tx:
            looked_up = await facts.of_members(tx, mall_id, [actor.member_id], needs=needs, known=known)
            known = looked_up[actor.member_id]
    want = Want(
        group_id=actor.group_id,
        member_id=actor.member_id,
        now=command.now,
        claim_id=ClaimId(new_id()),
        source=ClaimSource.POINTS if needs.points and source is ClaimSource.CLAIM else source,
        through=through,
        reference=reference,
        facts=known,
    )
    if needs.points:
        return await runtime.db.write(
            command, lambda tx: claim_in(tx, mall_id=mall_id, coupon_id=coupon_id, want=want), returns=Claim
        )
    return await runtime.batcher(CLAIMING, returns=Claim).submit((mall_id, coupon_id), command, want)


async def claim_in(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, want: Want) -> Claim:
    """Give one member one claim inside the caller's transaction, paying its price in points. Raises as `claim`."""
    coupon = await lock_coupon(tx, (mall_id, coupon_id))
    [outcome] = await claim_many(tx, coupon, [want])
    if isinstance(outcome, DomainError):
        raise outcome
    if coupon is not None and coupon.points_price > 0 and want.source in PRICED:
        await _pay(tx, coupon, want)
    tx.subject = outcome.subject
    tx.events.extend(outcome.events)
    return outcome.value


async def _pay(tx: Tx, coupon: Coupon, want: Want) -> None:
    """Spend a coupon's price in points; who bears the coupon's cost takes them."""
    await points.spend(
        tx,
        group_id=await malls.group_of(tx, coupon.mall_id),
        mall_id=coupon.mall_id,
        member_id=want.member_id,
        points=coupon.points_price,
        taker_id=coupon.funder_merchant_id or coupon.mall_id,
        code="coupons.claim",
        reference=want.claim_id,
        title_zh=f"兑换优惠券：{coupon.title_zh}",
        title_en=f"Coupon: {coupon.title_en}",
        now=want.now,
    )


async def lock_coupon(tx: Tx, lane: tuple[MallId, CouponId]) -> Coupon | None:
    """Lock the coupon that a batch claims, to the end of the transaction."""
    mall_id, coupon_id = lane
    return await store.lock(tx, mall_id=mall_id, coupon_id=coupon_id)


async def claim_many(tx: Tx, coupon: Coupon | None, wants: Sequence[Want]) -> list[Outcome[Claim]]:
    """Give many members one claim each of one locked coupon, in the order they came; each its claim or why not.

    The counts of all wanting members are read at once, the claims inserted at once, and the coupon counted up once.
    A coupon limited by day, device, household or pool costs one more statement each for that. No points are paid.
    """
    if coupon is None:
        return [NotFound() for _ in wants]
    group_id = await malls.group_of(tx, coupon.mall_id)
    counted = await count(tx, coupon, wants)
    awards = decide(coupon, wants, counted, group_id)
    granted = [(want, award) for want, award in zip(wants, awards, strict=True) if isinstance(award, Award)]
    if granted and not await _take(tx, coupon, granted, counted):
        raise AssertionError("the coupon's count changed under its lock")
    coupon_id, topics = str(coupon.id), (f"mall:{coupon.mall_id}",)
    return [
        Done(_claim(coupon, want), str(want.claim_id), (_event(want, coupon_id, topics),))
        if isinstance(award, Award)
        else award
        for want, award in zip(wants, awards, strict=True)
    ]


CLAIMING: Surge[Want, Claim] = Surge(lock=lock_coupon, settle=claim_many)


async def count(tx: Tx, coupon: Coupon, wants: Sequence[Want]) -> Counted:
    """Return what was issued of a locked coupon so far, as far as its limits ask."""
    now = max(want.now for want in wants)
    zone = await _zone(tx, coupon)
    day = None if zone is None else business_date(now, zone)
    by_day = coupon.per_member_day is not None
    members = await issuing.held_by(
        tx,
        mall_id=coupon.mall_id,
        coupon_id=coupon.id,
        member_ids=[want.member_id for want in wants],
        day_from=business_day(day, zone).starts_at if by_day and day is not None and zone is not None else None,
    )
    shared = []
    if coupon.per_device is not None or coupon.per_household is not None:
        shared = await issuing.shared_by(
            tx,
            mall_id=coupon.mall_id,
            coupon_id=coupon.id,
            devices=[want.facts.device for want in wants if want.facts.device is not None],
            households=[want.facts.household_id for want in wants if want.facts.household_id is not None],
        )
    return Counted(
        members=members,
        devices={row.id: row.count for row in shared if row.device},
        households={row.id: row.count for row in shared if not row.device},
        pools=await _pools(tx, coupon, now) if coupon.pooled else (),
        day=day if coupon.daily_total is not None else None,
        zone=None if zone is None else ZoneInfo(zone),
    )


async def _zone(tx: Tx, coupon: Coupon) -> str | None:
    """Return the mall's time zone when the coupon goes by its calendar."""
    by_calendar = (coupon.daily_total, coupon.per_member_day, coupon.audience.birthday)
    if all(limit is None for limit in by_calendar):
        return None
    return (await malls.get_mall(tx, coupon.mall_id)).time_zone


async def _pools(tx: Tx, coupon: Coupon, now: datetime) -> list[Pool]:
    pools = await pool_store.list_pools(tx, mall_id=coupon.mall_id, coupon_id=coupon.id)
    return await roll(tx, mall_id=coupon.mall_id, coupon_id=coupon.id, pools=pools, now=now)


async def _take(tx: Tx, coupon: Coupon, granted: Sequence[tuple[Want, Award]], counted: Counted) -> bool:
    return await issuing.take(
        tx,
        coupon=coupon,
        wants=[want for want, _ in granted],
        awards=[award for _, award in granted],
        worth_minor=0 if coupon.budget_minor is None else worth_minor(coupon) or 0,
        day=counted.day,
    )


def _claim(coupon: Coupon, want: Want) -> Claim:
    return Claim(
        id=want.claim_id,
        coupon_id=coupon.id,
        state=ClaimState.ISSUED,
        claimed_at=want.now,
        use_from=coupon.use_from,
        use_until=ends_at(coupon, want.now),
        source=want.source,
    )


def _event(want: Want, coupon_id: str, topics: tuple[str, ...]) -> Event:
    data: dict[str, str | int | None] = {"coupon_id": coupon_id, "member_id": str(want.member_id), "count": 1}
    return Event("coupons.claimed", want.claim_id, data, topics=topics)
