"""Coupons given and taken back without an act of the member."""

from datetime import datetime
from uuid import UUID

from galleria.foundation import malls, members
from galleria.kernel.errors import DomainError, Invalid, NotFound
from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId, new_id
from galleria.platform.actors import Actor
from galleria.platform.batching import Done
from galleria.platform.tx import Tx
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim, Facts, GrantOutcome, IssuedClaim, Want
from galleria.value.coupons.model.grant import NewGrant
from galleria.value.coupons.model.template import ClaimSource, Coupon
from galleria.value.coupons.operations.claim import claim_many
from galleria.value.coupons.queries import facts
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.spending import claim_refusal
from galleria.value.coupons.store import ending, issuing, spending
from galleria.value.coupons.store import template as store


async def grant(
    tx: Tx,
    *,
    mall_id: MallId,
    coupon_id: CouponId,
    member_id: MemberId,
    source: ClaimSource,
    reference: UUID | None,
    quantity: int = 1,
    now: datetime,
) -> GrantOutcome:
    """Give a member coupons within the limits; the same source and reference give them once, however often asked.

    Never refuses for a limit or a state: `refusal` says why there are fewer. Raises NotFound for an unknown coupon.
    """
    claims, refused = await _give(tx, mall_id, coupon_id, member_id, source, reference, quantity, now)
    return GrantOutcome(claims=claims, refusal=None if refused is None else refused.code)


async def _give(
    tx: Tx,
    mall_id: MallId,
    coupon_id: CouponId,
    member_id: MemberId,
    source: ClaimSource,
    reference: UUID | None,
    quantity: int,
    now: datetime,
) -> tuple[list[Claim], DomainError | None]:
    """Give coupons under the coupon's lock, which is what makes the look at what was given before exact."""
    coupon = await store.lock(tx, mall_id=mall_id, coupon_id=coupon_id)
    if coupon is None:
        raise NotFound
    claims: list[Claim] = []
    if reference is not None:
        before = await issuing.granted_before(
            tx, mall_id=mall_id, coupon_id=coupon_id, source=source, reference=reference, member_ids=[member_id]
        )
        claims = before.get(member_id, [])[:quantity]
    wants = await _wants(tx, coupon, member_id, source, reference, range(len(claims), quantity), now)
    if not wants:
        return claims, None
    outcomes = await claim_many(tx, coupon, wants)
    for outcome in outcomes:
        if isinstance(outcome, Done):
            claims.append(outcome.value)
            tx.events.extend(outcome.events)
    return claims, next((outcome for outcome in outcomes if isinstance(outcome, DomainError)), None)


async def _wants(
    tx: Tx,
    coupon: Coupon,
    member_id: MemberId,
    source: ClaimSource,
    reference: UUID | None,
    parts: range,
    now: datetime,
) -> list[Want]:
    if not parts:
        return []
    known = await facts.of_members(tx, coupon.mall_id, [member_id], needs=facts.needs_of(coupon), known=Facts())
    group_id = await malls.group_of(tx, coupon.mall_id)
    return [
        Want(
            group_id=group_id,
            member_id=member_id,
            now=now,
            claim_id=ClaimId(new_id()),
            source=source,
            reference=reference,
            part=part,
            facts=known[member_id],
        )
        for part in parts
    ]


async def void_granted(tx: Tx, *, mall_id: MallId, source: ClaimSource, reference: UUID, now: datetime) -> int:
    """Take back what is unspent of the coupons that were given for a reference, such as an order; returns how many.

    Doing it again is harmless.
    """
    given = await ending.granted_for(tx, mall_id=mall_id, source=source, reference=reference)
    voided = 0
    for coupon_id in sorted(given):
        await store.lock(tx, mall_id=mall_id, coupon_id=coupon_id)
        voided += len(await ending.void(tx, mall_id=mall_id, coupon_id=coupon_id, claim_ids=given[coupon_id], now=now))
    return voided


async def give(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewGrant, now: datetime
) -> GrantOutcome:
    """Give a member a coupon at the wish of staff or of another system.

    Raises Forbidden, NotFound (no such coupon or member), Invalid, and the refusal when nothing at all could be given.
    """
    await queries.require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id)
    member_id = await _member(tx, mall_id, new)
    claims, refused = await _give(
        tx, mall_id, coupon_id, member_id, ClaimSource(new.source.value), new.reference, new.quantity, now
    )
    if refused is not None and not claims:
        raise refused
    tx.subject = str(coupon_id)
    return GrantOutcome(claims=claims, refusal=None if refused is None else refused.code)


async def _member(tx: Tx, mall_id: MallId, new: NewGrant) -> MemberId:
    """Return whom a grant is for; raises Invalid when it names nobody or two, NotFound."""
    if (new.member_id is None) == (new.phone is None):
        raise Invalid.field("member_id", "coupon_one_member")
    group_id = await malls.group_of(tx, mall_id)
    if new.member_id is not None:
        return (await members.get_member(tx, group_id, MemberId(new.member_id))).id
    found = await members.find_by_phone(tx, group_id, new.phone or "")
    if found is None:
        raise NotFound
    return found.id


async def take_back(tx: Tx, *, actor: Actor, mall_id: MallId, claim_id: ClaimId, now: datetime) -> IssuedClaim:
    """Take an unspent coupon back from a member. Raises Forbidden, NotFound, and why it cannot be taken."""
    owned = await ending.find_issued(tx, mall_id=mall_id, claim_id=claim_id)
    if owned is None:
        raise NotFound
    await queries.require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=owned.coupon_id)
    await store.lock(tx, mall_id=mall_id, coupon_id=owned.coupon_id)
    voided = await ending.void(tx, mall_id=mall_id, coupon_id=owned.coupon_id, claim_ids=[claim_id], now=now)
    if not voided:
        standing = await spending.standing(tx, mall_id=mall_id, claim_id=claim_id, member_id=None)
        raise (None if standing is None else claim_refusal(standing, now)) or refusals.ClaimVoid()
    tx.subject = str(claim_id)
    return voided[0]
