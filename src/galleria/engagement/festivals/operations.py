"""Writes of festivals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from galleria.engagement.festivals import queries, rules, store
from galleria.engagement.festivals.model import (
    PACE_UNIT,
    Festival,
    FestivalChange,
    FestivalInput,
    FestivalState,
    Kill,
    Pace,
    PauseCode,
    PauseReason,
)
from galleria.engagement.festivals.rules import FestivalEnded, FestivalMoved, Finding
from galleria.kernel.errors import FieldError, Invalid, NotFound
from galleria.kernel.ids import CouponId, FestivalId, MallId, new_id
from galleria.platform.actors import SYSTEM, Actor
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import coupons
from galleria.value.coupons import CouponState

GATE = "festival"
"""What a coupon names as its `gate` to be had in a festival only, and nowhere past its waiting room."""
KILLED_ZH, KILLED_EN = "活动已由商场紧急停止", "The mall has stopped this festival."


async def create(tx: Tx, *, mall_id: MallId, festival: FestivalInput, now: datetime) -> Festival:
    """Write a festival as a draft; the caller has made sure that the actor may. Raises Invalid naming wrong fields."""
    rules.check(festival)
    festival_id = FestivalId(new_id())
    pace = Pace(festival.opens_at, PACE_UNIT, 0)
    await store.add(tx, mall_id=mall_id, festival_id=festival_id, festival=festival, pace=pace, now=now)
    await _set_coupons(tx, mall_id, festival_id, festival.coupon_ids)
    return await _told(tx, "festivals.created", mall_id, festival_id, now)


async def update(
    tx: Tx, *, mall_id: MallId, festival_id: FestivalId, change: FestivalChange, now: datetime
) -> Festival:
    """Change what is given of a festival: a draft in anything, an announced one not in what people were told.

    A new rate holds from now on. Raises NotFound, FestivalMoved, Invalid.
    """
    row = await _lock(tx, mall_id, festival_id)
    present = _input(row)
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    merged: FestivalInput = msgspec.structs.replace(present, **given)
    rules.check_change(row.state, present, merged)
    rules.check(merged)
    pace = row.pace
    if row.state is FestivalState.DRAFT:
        pace = Pace(merged.opens_at, PACE_UNIT, 0)
        await _set_coupons(tx, mall_id, festival_id, merged.coupon_ids)
    elif row.state is FestivalState.OPEN:
        pace = rules.at_another_pace(pace, merged.admit_per_s, now)
    await store.replace(tx, mall_id=mall_id, festival_id=festival_id, festival=merged, pace=pace)
    return await _told(tx, "festivals.changed", mall_id, festival_id, now)


async def announce(tx: Tx, *, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """Announce a draft, which then opens by itself. Its coupons must be live: they went through the launch checks.

    Raises NotFound, FestivalMoved, FestivalEnded, Invalid naming each coupon that is not live or has another gate.
    """
    row = await _lock(tx, mall_id, festival_id)
    if row.state is not FestivalState.DRAFT:
        raise FestivalMoved(state=row.state.value)
    if now >= row.closes_at:
        raise FestivalEnded(closes_at=queries.iso(row.closes_at))
    await _check_live(tx, mall_id, row.coupon_ids)
    pace = Pace(max(row.opens_at, now), PACE_UNIT, row.admit_per_s)
    await store.set_state(tx, mall_id=mall_id, festival_id=festival_id, state=FestivalState.OPEN, pace=pace)
    return await _told(tx, "festivals.announced", mall_id, festival_id, now)


async def pause(
    tx: Tx, *, actor: Actor, mall_id: MallId, festival_id: FestivalId, reason: PauseReason, now: datetime
) -> Festival:
    """Stop queue and claims, and say why; places are kept. Raises NotFound, FestivalMoved unless it is open."""
    row = await _lock(tx, mall_id, festival_id)
    if row.state is not FestivalState.OPEN:
        raise FestivalMoved(state=row.state.value)
    await _stop(tx, actor, row, PauseCode.OPERATOR, reason.text_zh, reason.text_en, now)
    return await _told(tx, "festivals.paused", mall_id, festival_id, now)


async def kill(
    tx: Tx, *, actor: Actor, mall_id: MallId, festival_id: FestivalId, reason: Kill, now: datetime
) -> Festival:
    """Stop every coupon of a festival, in whatever state it is.

    Each coupon is paused under its row's lock, which every claim holds until it commits: a claim that is under way
    commits before this does, and one that comes later finds the coupon paused. Raises NotFound.
    """
    row = await _lock(tx, mall_id, festival_id)
    text_zh, text_en = reason.text_zh.strip() or KILLED_ZH, reason.text_en.strip() or KILLED_EN
    await _stop(tx, actor, row, PauseCode.KILLED, text_zh, text_en, now)
    return await _told(tx, "festivals.killed", mall_id, festival_id, now)


async def resume(tx: Tx, *, actor: Actor, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """Let a paused festival go on where it stood, with the coupons it had paused; anomalies count as looked at.

    Raises NotFound, FestivalMoved unless it is paused, FestivalEnded.
    """
    row = await _lock(tx, mall_id, festival_id)
    if row.state is not FestivalState.PAUSED:
        raise FestivalMoved(state=row.state.value)
    if now >= row.closes_at:
        raise FestivalEnded(closes_at=queries.iso(row.closes_at))
    stopped = await store.paused_coupons(tx, mall_id=mall_id, festival_id=festival_id)
    await _move(tx, actor, mall_id, stopped, CouponState.PAUSED, CouponState.LIVE, now)
    await store.mark_paused(tx, mall_id=mall_id, festival_id=festival_id, coupon_ids=stopped, paused=False)
    await store.clear_anomalies(tx, mall_id=mall_id, festival_id=festival_id, now=now)
    pace = rules.at_another_pace(row.pace, row.admit_per_s, now)
    await store.set_state(tx, mall_id=mall_id, festival_id=festival_id, state=FestivalState.OPEN, pace=pace)
    return await _told(tx, "festivals.resumed", mall_id, festival_id, now)


async def end(tx: Tx, *, actor: Actor, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """End a festival for good, and with it its coupons that are live or paused. Raises NotFound, FestivalMoved."""
    row = await _lock(tx, mall_id, festival_id)
    if row.state is FestivalState.ENDED:
        raise FestivalMoved(state=row.state.value)
    if row.state is not FestivalState.DRAFT:
        for before in (CouponState.LIVE, CouponState.PAUSED):
            await _move(tx, actor, mall_id, row.coupon_ids, before, CouponState.ENDED, now)
    pace = rules.at_another_pace(row.pace, 0, now)
    await store.set_state(tx, mall_id=mall_id, festival_id=festival_id, state=FestivalState.ENDED, pace=pace)
    return await _told(tx, "festivals.ended", mall_id, festival_id, now)


async def report(
    tx: Tx, *, mall_id: MallId, festival_id: FestivalId, findings: Sequence[Finding], now: datetime
) -> int:
    """Write down what looks wrong and, if the festival is open, pause it with the gravest as the reason.

    Returns how many findings are new. Emits `festivals.anomaly` for each. Raises NotFound.
    """
    row = await _lock(tx, mall_id, festival_id)
    new = [
        finding
        for finding in findings
        if await store.add_anomaly(
            tx, mall_id=mall_id, festival_id=festival_id, anomaly_id=new_id(), finding=finding, now=now
        )
    ]
    for finding in new:
        data: dict[str, str | int | None] = {
            "kind": finding.kind.value, "key": finding.key, "seen": finding.seen, "allowed": finding.allowed,
            "text_zh": finding.text_zh, "text_en": finding.text_en,
        }  # fmt: skip
        tx.emit(Event("festivals.anomaly", festival_id, data, topics=(f"mall:{mall_id}",)))
    if new and row.state is FestivalState.OPEN:
        gravest = max(new, key=lambda finding: finding.seen / finding.allowed)
        await _stop(tx, SYSTEM, row, PauseCode.ANOMALY, gravest.text_zh, gravest.text_en, now)
        await _told(tx, "festivals.paused", mall_id, festival_id, now)
    tx.subject = str(festival_id)
    return len(new)


async def count_sources(
    tx: Tx, *, mall_id: MallId, festival_id: FestivalId, told: Sequence[store.Told], now: datetime
) -> int:
    """Add to what each device and address has claimed; returns how many of them."""
    tx.subject = str(festival_id)
    await store.count_sources(tx, mall_id=mall_id, festival_id=festival_id, told=told, now=now)
    return len(told)


async def put_figures(
    tx: Tx,
    *,
    mall_id: MallId,
    festival_id: FestivalId,
    minutes: Sequence[store.MinuteCount],
    shops: Sequence[store.ShopCount],
) -> int:
    """Write the board's figures of claims by minute and uses by shop; returns how many."""
    tx.subject = str(festival_id)
    if minutes:
        await store.put_minutes(tx, mall_id=mall_id, festival_id=festival_id, counts=minutes)
    if shops:
        await store.put_shops(tx, mall_id=mall_id, festival_id=festival_id, counts=shops)
    return len(minutes) + len(shops)


async def _stop(
    tx: Tx, actor: Actor, row: store.Row, code: PauseCode, text_zh: str, text_en: str, now: datetime
) -> None:
    """Pause a locked festival and its live coupons; a draft and an ended one only lose their coupons' claims."""
    stopped = await _move(tx, actor, row.mall_id, row.coupon_ids, CouponState.LIVE, CouponState.PAUSED, now)
    await store.mark_paused(tx, mall_id=row.mall_id, festival_id=row.id, coupon_ids=stopped, paused=True)
    if row.state in {FestivalState.DRAFT, FestivalState.ENDED}:
        return
    await store.set_state(
        tx,
        mall_id=row.mall_id,
        festival_id=row.id,
        state=FestivalState.PAUSED,
        pace=rules.at_another_pace(row.pace, 0, now),
        code=code,
        text_zh=text_zh,
        text_en=text_en,
        by=None if actor is SYSTEM else actor.id,
        at=now,
    )


async def _move(
    tx: Tx,
    actor: Actor,
    mall_id: MallId,
    coupon_ids: Sequence[CouponId],
    before: CouponState,
    after: CouponState,
    now: datetime,
) -> list[CouponId]:
    """Move those of the coupons that are in a state to another, each under its lock, in sorted order; return them."""
    moved = []
    for coupon_id in sorted(coupon_ids):
        coupon = await coupons.lock_coupon(tx, (mall_id, coupon_id))
        if coupon is not None and coupon.state is before:
            await coupons.set_state(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id, state=after, now=now)
            moved.append(coupon_id)
    return moved


async def _set_coupons(tx: Tx, mall_id: MallId, festival_id: FestivalId, coupon_ids: Sequence[UUID]) -> None:
    errors = []
    for i, coupon_id in enumerate(coupon_ids):
        try:
            coupon = await coupons.get_coupon(tx, mall_id=mall_id, coupon_id=CouponId(coupon_id))
        except NotFound:
            errors.append(FieldError(f"coupon_ids[{i}]", "festival_coupon_unknown"))
            continue
        if coupon.points_price:
            errors.append(FieldError(f"coupon_ids[{i}]", "festival_coupon_priced"))
    if errors:
        raise Invalid(errors=tuple(errors))
    others = await store.set_coupons(tx, mall_id=mall_id, festival_id=festival_id, coupon_ids=coupon_ids)
    if others:
        raise Invalid(
            errors=tuple(
                FieldError(f"coupon_ids[{i}]", "festival_coupon_taken")
                for i, coupon_id in enumerate(coupon_ids)
                if coupon_id in others
            )
        )


async def _check_live(tx: Tx, mall_id: MallId, coupon_ids: Sequence[CouponId]) -> None:
    errors = []
    for i, coupon_id in enumerate(coupon_ids):
        coupon = await coupons.get_coupon(tx, mall_id=mall_id, coupon_id=coupon_id)
        if coupon.state is not CouponState.LIVE:
            errors.append(FieldError(f"coupon_ids[{i}]", "festival_coupon_not_live"))
        elif coupon.gate != GATE:
            errors.append(FieldError(f"coupon_ids[{i}]", "festival_coupon_ungated"))
    if errors:
        raise Invalid(errors=tuple(errors))


async def _lock(tx: Tx, mall_id: MallId, festival_id: FestivalId) -> store.Row:
    row = await store.lock(tx, mall_id=mall_id, festival_id=festival_id)
    if row is None:
        raise NotFound
    tx.subject = str(festival_id)
    return row


async def _told(tx: Tx, kind: str, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """Return a festival as it now is, and tell that it changed."""
    festival = await queries.get_festival(tx, mall_id=mall_id, festival_id=festival_id, now=now)
    tx.subject = str(festival_id)
    data: dict[str, Any] = {"phase": festival.phase.value}
    if festival.pause is not None:
        data |= {"why": festival.pause.code.value, "text_zh": festival.pause.text_zh, "text_en": festival.pause.text_en}
    tx.emit(Event(kind, festival_id, data, topics=(f"mall:{mall_id}",)))
    return festival


def _input(row: store.Row) -> FestivalInput:
    return FestivalInput(**{name: getattr(row, name) for name in FestivalInput.__struct_fields__})
