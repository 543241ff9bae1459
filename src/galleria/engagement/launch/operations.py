"""Writes of launch: going live, waiting for a second person, deciding, going back."""

from datetime import datetime

from galleria.engagement.launch import queries, rules, store
from galleria.engagement.launch.model import (
    AlreadyLive,
    AlreadyPending,
    Candidate,
    ChangeSuperseded,
    Finding,
    LaunchOutcome,
    LaunchPolicy,
    LaunchSubject,
    NothingBefore,
    NotLaunchable,
    OwnRequest,
    Review,
    ReviewDecided,
    ReviewId,
    ReviewOutdated,
    ReviewState,
    SubjectKind,
    Undone,
)
from galleria.foundation import malls
from galleria.kernel.errors import Forbidden, NotFound
from galleria.kernel.ids import CouponId, MallId, OfferId, StaffId, new_id
from galleria.platform.actors import SYSTEM, Actor, Permission
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import coupons, offers, pricing


async def launch(tx: Tx, *, actor: Actor, mall_id: MallId, subject: LaunchSubject, now: datetime) -> Review:
    """Check the newest version of a subject and let it go live, or have it wait for a second person.

    Raises NotFound, Forbidden, NotLaunchable for what has ended, AlreadyLive, AlreadyPending, and LaunchRefused with
    every finding that must be put right.
    """
    await malls.mall_target(tx, mall_id)
    candidate = await queries.load(tx, mall_id, subject.subject_kind, subject.subject_id, now)
    await queries.require(tx, actor, mall_id, candidate, queries.MANAGE[candidate.kind])
    if candidate.state == "ended":
        raise NotLaunchable
    if candidate.state == "live" and candidate.live_version == candidate.version:
        raise AlreadyLive(version=candidate.version)
    return await _launch(tx, actor, mall_id, candidate, vouched=False, now=now)


async def _launch(
    tx: Tx, actor: Actor, mall_id: MallId, candidate: Candidate, *, vouched: bool, now: datetime
) -> Review:
    """Check and let live or wait. What is `vouched` for was approved before and needs no second person again."""
    report = await queries.report(tx, mall_id, candidate, now)
    found = rules.without_vouched(report.findings) if vouched else report.findings
    _refuse(found)
    pending = rules.outcome(found) is LaunchOutcome.PENDING
    await store.withdraw_outdated(tx, mall_id=mall_id, candidate=candidate, by=actor.id, now=now)
    row = await store.add(
        tx,
        mall_id=mall_id,
        review_id=ReviewId(new_id()),
        candidate=candidate,
        findings=found,
        pending=pending,
        requested_by=actor.id,
        now=now,
    )
    if row is None:
        raise AlreadyPending
    if pending:
        await _wait(tx, mall_id, candidate, now)
    else:
        await _go_live(tx, actor, mall_id, candidate, second_person=vouched, now=now)
    return await _told(tx, actor, mall_id, row)


def _refuse(found: list[Finding]) -> None:
    if rules.outcome(found) is LaunchOutcome.REFUSED:
        raise rules.refusal(found)


async def _told(tx: Tx, actor: Actor, mall_id: MallId, row: store.ReviewRow) -> Review:
    tx.subject = str(row.id)
    kind = "launch.requested" if row.state is ReviewState.PENDING else "launch.decided"
    data: dict[str, str | int | None] = {
        "subject_kind": row.subject_kind.value,
        "subject_id": str(row.subject_id),
        "state": row.state.value,
    }
    tx.emit(Event(kind, row.id, data, topics=(f"mall:{mall_id}",)))
    [review] = await queries.as_reviews(tx, actor, mall_id, [row])
    return review


async def _go_live(
    tx: Tx, actor: Actor, mall_id: MallId, candidate: Candidate, *, second_person: bool, now: datetime
) -> None:
    """Let a version be what holds from now on. Whoever launches has been asked for permission here."""
    version = candidate.version
    if candidate.kind is SubjectKind.OFFER:
        await offers.approve(tx, mall_id=mall_id, offer_id=OfferId(candidate.id), version=version, now=now)
    elif candidate.kind is SubjectKind.COUPON:
        coupon_id = CouponId(candidate.id)
        approved = await coupons.approve(tx, mall_id=mall_id, coupon_id=coupon_id, version=version, now=now)
        if approved.state is not coupons.CouponState.LIVE:
            live = coupons.CouponState.LIVE
            await coupons.set_state(tx, actor=SYSTEM, mall_id=mall_id, coupon_id=coupon_id, state=live, now=now)
    else:
        rule_id = pricing.RuleId(candidate.id)
        await pricing.approve(
            tx,
            mall_id=mall_id,
            rule_id=rule_id,
            version=version,
            staff_id=StaffId(actor.id),
            second_person=second_person,
            now=now,
        )
        await pricing.set_state(tx, mall_id=mall_id, rule_id=rule_id, state=pricing.RuleState.LIVE, now=now)


async def _wait(tx: Tx, mall_id: MallId, candidate: Candidate, now: datetime) -> None:
    """Let what is launched show that it waits; a coupon's draft waits as a draft."""
    if candidate.kind is SubjectKind.OFFER:
        offer_id = OfferId(candidate.id)
        await offers.await_approval(tx, mall_id=mall_id, offer_id=offer_id, version=candidate.version, now=now)
    elif candidate.kind is SubjectKind.PRICE_RULE:
        rule_id = pricing.RuleId(candidate.id)
        await pricing.set_state(tx, mall_id=mall_id, rule_id=rule_id, state=pricing.RuleState.PENDING, now=now)


async def _wait_no_longer(tx: Tx, mall_id: MallId, row: store.ReviewRow, now: datetime) -> None:
    if row.subject_kind is SubjectKind.OFFER:
        await offers.back_to_draft(tx, mall_id=mall_id, offer_id=OfferId(row.subject_id), now=now)
    elif row.subject_kind is SubjectKind.PRICE_RULE:
        rule_id = pricing.RuleId(row.subject_id)
        rule = await pricing.get_rule(tx, mall_id=mall_id, rule_id=rule_id, now=now)
        if rule.state is pricing.RuleState.PENDING:
            await pricing.set_state(tx, mall_id=mall_id, rule_id=rule_id, state=pricing.RuleState.DRAFT, now=now)


async def approve(tx: Tx, *, actor: Actor, mall_id: MallId, review_id: ReviewId, now: datetime) -> Review:
    """Let what was requested go live, as a second person.

    It is checked again: raises LaunchRefused when it must be refused by now; else NotFound, Forbidden, OwnRequest,
    ReviewDecided, ReviewOutdated when there is a newer version.
    """
    row = await _lock_to_decide(tx, actor, mall_id, review_id)
    candidate = await queries.load(tx, mall_id, row.subject_kind, row.subject_id, now)
    if candidate.version != row.version or candidate.state == "ended":
        raise ReviewOutdated(version=candidate.version)
    report = await queries.report(tx, mall_id, candidate, now)
    _refuse(report.findings)
    decided = await _decide(tx, actor, mall_id, row, ReviewState.APPROVED, now=now)
    await _go_live(tx, actor, mall_id, candidate, second_person=True, now=now)
    return await _told(tx, actor, mall_id, decided)


async def reject(tx: Tx, *, actor: Actor, mall_id: MallId, review_id: ReviewId, reason: str, now: datetime) -> Review:
    """Send a request back with a reason, as a second person; raises NotFound, Forbidden, OwnRequest, ReviewDecided."""
    row = await _lock_to_decide(tx, actor, mall_id, review_id)
    decided = await _decide(tx, actor, mall_id, row, ReviewState.REJECTED, reason=reason, now=now)
    await _wait_no_longer(tx, mall_id, decided, now)
    return await _told(tx, actor, mall_id, decided)


async def withdraw(tx: Tx, *, actor: Actor, mall_id: MallId, review_id: ReviewId, now: datetime) -> Review:
    """Take one's own request back; raises NotFound, Forbidden for another's, ReviewDecided."""
    await malls.mall_target(tx, mall_id)
    row = await store.lock(tx, mall_id=mall_id, review_id=review_id)
    if row is None:
        raise NotFound
    if row.requested_by != actor.id:
        raise Forbidden
    decided = await _decide(tx, actor, mall_id, row, ReviewState.WITHDRAWN, now=now)
    await _wait_no_longer(tx, mall_id, decided, now)
    return await _told(tx, actor, mall_id, decided)


async def _lock_to_decide(tx: Tx, actor: Actor, mall_id: MallId, review_id: ReviewId) -> store.ReviewRow:
    """Return a pending request, locked, that the actor may decide; of two who come at once the second is too late."""
    await malls.mall_target(tx, mall_id)
    row = await store.lock(tx, mall_id=mall_id, review_id=review_id)
    if row is None:
        raise NotFound
    if not await queries.may_decide(tx, actor, mall_id, row, await store.policy(tx, mall_id)):
        raise Forbidden
    if row.requested_by == actor.id:
        raise OwnRequest
    if row.state is not ReviewState.PENDING:
        raise ReviewDecided(state=row.state.value)
    return row


async def _decide(
    tx: Tx,
    actor: Actor,
    mall_id: MallId,
    row: store.ReviewRow,
    state: ReviewState,
    *,
    now: datetime,
    reason: str | None = None,
) -> store.ReviewRow:
    decided = await store.decide(
        tx, mall_id=mall_id, review_id=row.id, state=state, decided_by=actor.id, reason=reason, now=now
    )
    if decided is None:
        raise ReviewDecided(state=row.state.value)
    return decided


async def undo(tx: Tx, *, actor: Actor, mall_id: MallId, change_id: str, now: datetime) -> Undone:
    """Go back to the version before a change, which must be the newest one; the old terms become a new version.

    When the change or the version before it was live, the old terms are launched at once: if they were before, they
    had their second person then; what must be refused by now still is. Raises NotFound, Forbidden, ChangeSuperseded,
    NothingBefore, LaunchRefused.
    """
    kind, subject_id, version = rules.parse_change_id(change_id)
    await malls.mall_target(tx, mall_id)
    undone = await queries.load(tx, mall_id, kind, subject_id, now)
    await queries.require(tx, actor, mall_id, undone, queries.MANAGE[kind])
    if version > undone.version:
        raise NotFound
    if version < undone.version:
        raise ChangeSuperseded(version=undone.version)
    if version == 1:
        raise NothingBefore
    await _restore(tx, actor, mall_id, undone, version - 1, now)
    candidate = await queries.load(tx, mall_id, kind, subject_id, now)
    tx.subject = change_id
    if undone.state not in {"live", "paused"} or undone.live_version not in {version, version - 1}:
        return Undone(candidate.version, None)
    vouched = await store.was_launched(tx, mall_id=mall_id, kind=kind, subject_id=subject_id, version=version - 1)
    return Undone(candidate.version, await _launch(tx, actor, mall_id, candidate, vouched=vouched, now=now))


async def _restore(tx: Tx, actor: Actor, mall_id: MallId, undone: Candidate, version: int, now: datetime) -> None:
    if undone.kind is SubjectKind.OFFER:
        await offers.restore(tx, actor=actor, mall_id=mall_id, offer_id=OfferId(undone.id), version=version, now=now)
    elif undone.kind is SubjectKind.COUPON:
        await coupons.restore(tx, actor=actor, mall_id=mall_id, coupon_id=CouponId(undone.id), version=version, now=now)
    else:
        await pricing.restore_rule(
            tx,
            mall_id=mall_id,
            rule_id=pricing.RuleId(undone.id),
            version=version,
            staff_id=StaffId(actor.id),
            now=now,
        )


async def set_policy(tx: Tx, *, actor: Actor, mall_id: MallId, policy: LaunchPolicy, now: datetime) -> LaunchPolicy:
    """Set a mall's limits; for the mall's operators. Raises Forbidden."""
    actor.require(Permission.OFFER_APPROVE, await malls.mall_target(tx, mall_id))
    tx.subject = str(mall_id)
    await store.set_policy(tx, mall_id, policy, by=actor.id, now=now)
    return policy
