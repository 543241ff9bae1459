"""What companies answer and tell is acted on: runs move, costs are posted, another company gets its chance."""

from datetime import datetime

import msgspec
import structlog

from galleria.commerce.couriers import rules, store
from galleria.commerce.couriers.model import (
    RUN_ENDED,
    CancelWhy,
    CourierNotice,
    Request,
    RequestId,
    RequestMoved,
    RequestState,
    Run,
    RunId,
    RunState,
    TipNotRaised,
    Trouble,
)
from galleria.commerce.couriers.operations import asking, telling
from galleria.foundation import ledger, malls
from galleria.kernel.errors import Conflict, NotFound
from galleria.kernel.ids import MallId
from galleria.platform.command import Event
from galleria.platform.tx import Tx

DARK_AFTER = 6
"""Unanswered calls after which a company that nobody has heard of for a run is let go, and told when it wakes up."""

TIPPED = frozenset({RunState.OFFERED, RunState.ACCEPTED, RunState.TO_SHOP})

log = structlog.get_logger()


class Known(Conflict):
    """The company has told this before."""

    code = "courier_notice_known"


async def take_notice(tx: Tx, *, notice: CourierNotice, now: datetime) -> str:
    """Act on what a company told, once; returns `moved`, `stale` or `orphan`. Raises NotFound, Known."""
    request, run = await _locked(tx, notice.mall_id, notice.run_id)
    if run.company != notice.company:
        raise NotFound
    effect = rules.effect_of(run, notice, now)
    if not await store.add_notice(tx, notice, effect.outcome, now):
        raise Known
    tx.subject = str(request.id)
    await _apply(tx, request, run, effect, now)
    return effect.outcome


async def _apply(tx: Tx, request: Request, before: Run, effect: rules.Effect, now: datetime) -> None:
    run = effect.run
    if effect.outcome == "orphan":
        await asking.call_off(tx, run, CancelWhy.ORPHAN)
        return
    if effect.outcome == "stale":
        over = run.state in RUN_ENDED and run.cancel_why is CancelWhy.ORPHAN
        await store.write_run(tx, msgspec.structs.replace(run, cancel_why=None) if over else run)
        if run.lat is not None and run.seen_at != before.seen_at:
            _seen(tx, request)
        return
    if run.cancel_why is CancelWhy.NOT_ACCEPTED and run.state is not RunState.CANCELLED:
        run = msgspec.structs.replace(run, cancel_why=None)  # a courier took it just in time
    await store.write_run(tx, run)
    await _post_cost(tx, request, run, now)
    if run.state is RunState.CANCELLED:
        await _let_go(tx, request, run, now)
        return
    state = rules.STANDS[run.state]
    await store.move_request(tx, request, state, reason=run.reason, ended_at=run.ended_at)
    telling.told(tx, request, state.value, reason=run.reason, company=run.company)


async def _let_go(tx: Tx, request: Request, run: Run, now: datetime) -> None:
    """End a request whose run was called off for good, or offer it to the next company."""
    if run.cancel_why is CancelWhy.ASKED:
        reason = Trouble.CALLED_OFF.value
        await asking.end(tx, request, RequestState.CANCELLED, reason=reason, now=now, company=run.company)
        return
    await asking.offer_next(tx, request, now=now)


async def _post_cost(tx: Tx, request: Request, run: Run, now: datetime) -> None:
    """Post what an ended run costs, once by its id."""
    entry = rules.cost_entry(run, request.currency) if run.state in RUN_ENDED else None
    if entry is not None:
        group_id = await malls.group_of(tx, run.mall_id)
        await ledger.post(tx, group_id=group_id, mall_id=run.mall_id, entries=[entry], now=now)


async def created(tx: Tx, *, mall_id: MallId, run_id: RunId, reference: str, now: datetime) -> RunState:
    """Note that a company has an order; one that is over here meanwhile is called off there."""
    request, run = await _locked(tx, mall_id, run_id)
    tx.subject = str(request.id)
    if run.state is RunState.QUOTED:
        run = msgspec.structs.replace(run, state=RunState.OFFERED, reference=reference, offered_at=now, error="")
        await store.write_run(tx, run)
        telling.told(tx, request, RequestState.SEEKING.value, company=run.company)
        if run.cancel_why is not None:
            tx.enqueue(telling.of_run(telling.CALL_OFF, mall_id, run_id))
    elif run.state is RunState.CANCELLED:
        await asking.call_off(tx, msgspec.structs.replace(run, reference=reference), CancelWhy.ORPHAN)
    return run.state


async def refused(tx: Tx, *, mall_id: MallId, run_id: RunId, trouble: Trouble, error: str, now: datetime) -> RunState:
    """Note that a company did not take an order, and offer it to the next one."""
    request, run = await _locked(tx, mall_id, run_id)
    tx.subject = str(request.id)
    if run.state is RunState.QUOTED:
        await _end_here(tx, request, run, trouble, error, now)
    return run.state


async def _end_here(tx: Tx, request: Request, run: Run, trouble: Trouble, error: str, now: datetime) -> None:
    """End a run that no courier had, without a word of its company, at no cost."""
    ended = msgspec.structs.replace(
        run, state=RunState.CANCELLED, reason=trouble.value, error=error[:200], ended_at=now
    )
    await store.write_run(tx, ended)
    await _let_go(tx, request, ended, now)


async def called_off(tx: Tx, *, mall_id: MallId, run_id: RunId, notice: CourierNotice, now: datetime) -> RunState:
    """Act on what a company answered when a run was called off: gone, never there, or too late."""
    request, run = await _locked(tx, mall_id, run_id)
    tx.subject = str(request.id)
    if notice.state is None and run.state in {RunState.QUOTED, RunState.OFFERED}:
        why = Trouble.CALLED_OFF if run.cancel_why is CancelWhy.ASKED else Trouble.NOT_ACCEPTED
        await _end_here(tx, request, run, why, "", now)
        return RunState.CANCELLED
    if notice.state is None or notice.state is RunState.CANCELLED or run.state in RUN_ENDED:
        effect = rules.effect_of(run, notice, now)
        settled = effect.outcome == "orphan"
        await _apply(tx, request, run, rules.Effect("stale", run) if settled else effect, now)
        return effect.run.state
    kept = msgspec.structs.replace(run, cancel_why=None)
    await store.write_run(tx, kept)
    await _apply(tx, request, kept, rules.effect_of(kept, notice, now), now)
    if run.cancel_why is CancelWhy.ASKED:
        telling.told(tx, request, rules.STANDS[notice.state].value, reason="too_late", company=run.company)
    return notice.state


async def unanswered(tx: Tx, *, mall_id: MallId, run_id: RunId, error: str, now: datetime) -> RunState:
    """Note that a company did not answer; one that stays dark, with no courier known, is let go for another.

    The run is over here then, and called off there as soon as the company answers again.
    """
    request, run = await _locked(tx, mall_id, run_id)
    tx.subject = str(request.id)
    run = msgspec.structs.replace(run, error=error[:200])
    await store.write_run(tx, run)
    await store.mark_asked(tx, mall_id, run_id, now)
    nobody = run.state in {RunState.QUOTED, RunState.OFFERED} and run.cancel_why is not None
    if nobody and run.asks + 1 >= DARK_AFTER:
        log.warning("couriers.dark", company=run.company, run=str(run.id))
        await _end_here(tx, request, run, Trouble.UNAVAILABLE, error, now)
        ended = await store.find_run(tx, mall_id, run_id)
        if ended is not None:
            await store.write_run(tx, msgspec.structs.replace(ended, cancel_why=CancelWhy.ORPHAN))
    return run.state


async def raise_tip(tx: Tx, *, mall_id: MallId, request_id: RequestId, tip_minor: int) -> RequestId:
    """Raise the courier's tip to this much in all; the company is told after the commit.

    Raises NotFound, TipNotRaised.
    """
    request = await store.lock_request(tx, mall_id, request_id)
    if request is None:
        raise NotFound
    runs = await store.runs_of(tx, mall_id, [request_id])
    run = next((run for run in runs if run.state in TIPPED), None)
    if run is None or tip_minor <= run.tip_asked_minor:
        raise TipNotRaised(tip_minor=0 if run is None else run.tip_asked_minor)
    tx.subject = str(request_id)
    await store.write_run(tx, msgspec.structs.replace(run, tip_asked_minor=tip_minor))
    tx.enqueue(telling.of_run(telling.TIP, mall_id, run.id))
    return request_id


async def tip_answered(tx: Tx, *, mall_id: MallId, run_id: RunId, tip_minor: int, taken: bool, error: str = "") -> bool:
    """Note that a company took a tip, or did not; a run that has ended costs what it did without it."""
    request, run = await _locked(tx, mall_id, run_id)
    tx.subject = str(request.id)
    if run.state in RUN_ENDED:
        return False
    kept = max(run.tip_minor, tip_minor) if taken else run.tip_minor
    asked = run.tip_asked_minor if taken else run.tip_minor
    await store.write_run(
        tx, msgspec.structs.replace(run, tip_minor=kept, tip_asked_minor=max(asked, kept), error=error[:200])
    )
    return taken


async def received_back(tx: Tx, *, mall_id: MallId, request_id: RequestId, now: datetime) -> RequestId:
    """Note that goods on their way back are in the shop; the company is told after the commit.

    Raises NotFound, RequestMoved.
    """
    request = await store.lock_request(tx, mall_id, request_id)
    if request is None:
        raise NotFound
    runs = await store.runs_of(tx, mall_id, [request_id])
    run = next((run for run in runs if run.state is RunState.RETURNING), None)
    if run is None:
        raise RequestMoved(state=request.state.value)
    tx.subject = str(request_id)
    said = CourierNotice(
        notice_id=f"received-{run.id}", company=run.company, mall_id=mall_id, run_id=run.id, state=RunState.RETURNED,
        said_at=now,
    )  # fmt: skip
    await _apply(tx, request, run, rules.effect_of(run, said, now), now)
    tx.enqueue(telling.of_run(telling.CONFIRM_RETURNED, mall_id, run.id))
    return request_id


def _seen(tx: Tx, request: Request) -> None:
    data: dict[str, str | int | None] = {"shipment_id": str(request.shipment_id)}
    tx.emit(Event("couriers.seen", request.shipment_id, data, topics=(f"member:{request.member_id}",)))


async def _locked(tx: Tx, mall_id: MallId, run_id: RunId) -> tuple[Request, Run]:
    request = await store.lock_request_of(tx, mall_id, run_id)
    run = await store.find_run(tx, mall_id, run_id)
    if request is None or run is None:
        raise NotFound
    return request, run
