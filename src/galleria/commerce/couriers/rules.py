"""Pure decisions of couriers: which quote is taken, what a notice moves, what a run costs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from galleria.commerce.couriers.model import (
    RUN_ENDED,
    RUN_TRANSITIONS,
    CancelWhy,
    Choose,
    CourierNotice,
    CourierOrder,
    CourierPolicy,
    Quote,
    Request,
    RequestState,
    Run,
    RunId,
    RunState,
    Trouble,
)
from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind, Entry, Posting
from galleria.kernel.ids import MallId

COST = "couriers.cost"
"""The code of the entry that a run's cost makes."""

NEVER_AGAIN = frozenset({Trouble.CALLED_OFF, Trouble.OUT_OF_RANGE, Trouble.REFUSED})
"""Ends of a run after which its company is not asked again for the same goods."""


AT_OUR_COST = frozenset({Trouble.CALLED_OFF, Trouble.NOT_ACCEPTED, Trouble.MERCHANT_NOT_READY})
"""Ends for which a courier who was on the way already gets the fee for calling off."""


def next_company(quotes: Sequence[Quote], runs: Sequence[Run], policy: CourierPolicy) -> Quote | None:
    """Return the quote to take next, None when there is none left or enough was tried.

    By the mall's policy among companies that answered with a price below its limit; one that has let the goods down
    comes after all that have not, and one that does not go there is not asked again.
    """
    if len(runs) >= policy.tries_max:
        return None
    failed = [run.company for run in runs]
    never = {run.company for run in runs if run.reason in {trouble.value for trouble in NEVER_AGAIN}}
    usable = [
        quote
        for quote in quotes
        if quote.price_minor is not None
        and quote.company not in never
        and (not policy.companies or quote.company in policy.companies)
        and (policy.price_max_minor is None or quote.price_minor <= policy.price_max_minor)
    ]
    return min(usable, key=lambda quote: (failed.count(quote.company), *_wish(quote, policy)), default=None)


def _wish(quote: Quote, policy: CourierPolicy) -> tuple[int, int, int]:
    place = policy.companies.index(quote.company) if quote.company in policy.companies else len(policy.companies)
    price, minutes = quote.price_minor or 0, quote.minutes or 0
    if policy.choose is Choose.CHEAPEST:
        return price, minutes, place
    if policy.choose is Choose.FASTEST:
        return minutes, price, place
    return place, price, minutes


def ask_again(quotes: Sequence[Quote]) -> bool:
    """Return whether asking for quotes again makes sense: nobody named a price, and somebody did not answer."""
    return all(quote.price_minor is None for quote in quotes) and any(
        quote.why_not is Trouble.UNAVAILABLE for quote in quotes
    )


def why_failed(quotes: Sequence[Quote], runs: Sequence[Run], policy: CourierPolicy) -> Trouble:
    """Return why nobody carries the goods: what ended the last run, or why there was none."""
    if runs and runs[-1].reason in set(Trouble):
        return Trouble(runs[-1].reason)
    priced = [quote for quote in quotes if quote.price_minor is not None]
    if priced and policy.price_max_minor is not None:
        return Trouble.TOO_DEAR
    return next((quote.why_not for quote in quotes if quote.why_not is not None), Trouble.CAPACITY)


def new_run(request: Request, quote: Quote, n: int, run_id: RunId, now: datetime) -> Run:
    """Return the run that a quote taken begins."""
    return Run(
        mall_id=request.mall_id,
        id=run_id,
        request_id=request.id,
        n=n,
        company=quote.company,
        state=RunState.QUOTED,
        reason="",
        token=quote.token,
        price_minor=quote.price_minor or 0,
        tip_minor=0,
        tip_asked_minor=0,
        cancel_minor=quote.cancel_minor,
        return_minor=quote.return_minor,
        cost_minor=0,
        told_minor=None,
        reference=None,
        cancel_why=None,
        courier_name="",
        courier_phone="",
        lat=None,
        lon=None,
        seen_at=None,
        told_at=None,
        asked_at=None,
        asks=0,
        error="",
        created_at=now,
        offered_at=None,
        accepted_at=None,
        picked_at=None,
        delivered_at=None,
        ended_at=None,
    )


def order_of(request: Request, run: Run) -> CourierOrder:
    """Return what a run's company is asked to carry."""
    return CourierOrder(
        id=run.id,
        mall_id=request.mall_id,
        number=request.number,
        title=request.title,
        pickup=request.pickup,
        dropoff=request.dropoff,
        goods_minor=request.goods_minor,
        weight_g=request.weight_g,
        currency=request.currency,
        ready_at=request.ready_at,
        deliver_by=request.deliver_by,
        price_minor=run.price_minor,
        token=run.token,
        reference=run.reference,
    )


class Effect(msgspec.Struct, frozen=True):
    """What a notice does: `moved` to the run as it is then, `stale` (behind us already), or `orphan`.

    An orphan is a run that is over here while its company still carries it out.
    """

    outcome: str
    run: Run


def effect_of(run: Run, notice: CourierNotice, now: datetime) -> Effect:
    """Return what a notice does to a run: steps may be missed, never undone."""
    state = notice.state
    if state is None:
        return Effect("stale", run)
    known = _heard(run, notice, now)
    if run.state is RunState.CANCELLED and state not in RUN_ENDED:
        return Effect("orphan", known)
    if state not in RUN_TRANSITIONS[run.state]:
        return Effect("stale", known if state is run.state else msgspec.structs.replace(run, told_at=now))
    return Effect("moved", _moved(known, state, notice, now))


def _heard(run: Run, notice: CourierNotice, now: datetime) -> Run:
    """Return a run with what a notice adds, whatever it moves."""
    seen = notice.lat is not None and notice.lon is not None
    return msgspec.structs.replace(
        run,
        told_at=now,
        reference=notice.reference or run.reference,
        courier_name=notice.courier_name or run.courier_name,
        courier_phone=notice.courier_phone or run.courier_phone,
        lat=notice.lat if seen else run.lat,
        lon=notice.lon if seen else run.lon,
        seen_at=notice.said_at if seen else run.seen_at,
        told_minor=run.told_minor if notice.cost_minor is None else notice.cost_minor,
    )


def _moved(run: Run, state: RunState, notice: CourierNotice, now: datetime) -> Run:
    at = min(notice.said_at, now)
    ended = state in RUN_ENDED
    moved = msgspec.structs.replace(
        run,
        state=state,
        reason=_reason(run, state, notice),
        error="",
        offered_at=run.offered_at or at,
        accepted_at=run.accepted_at or (at if _reached(state, RunState.ACCEPTED) else None),
        picked_at=run.picked_at or (at if _reached(state, RunState.PICKED) else None),
        delivered_at=at if state is RunState.DELIVERED else None,
        ended_at=at if ended else None,
        lat=None if ended else run.lat,
        lon=None if ended else run.lon,
    )
    return msgspec.structs.replace(moved, cost_minor=cost(moved) if ended else 0)


def _reason(run: Run, state: RunState, notice: CourierNotice) -> str:
    """Return why a run is where it is: what the company says, else why we called it off."""
    if notice.reason is not None and notice.reason is not Trouble.CALLED_OFF:
        return notice.reason.value
    if state is RunState.CANCELLED and run.cancel_why is CancelWhy.NOT_ACCEPTED:
        return Trouble.NOT_ACCEPTED.value
    return Trouble.CALLED_OFF.value if state is RunState.CANCELLED or notice.reason is not None else run.reason


_ORDER = (
    RunState.OFFERED, RunState.ACCEPTED, RunState.TO_SHOP, RunState.PICKED, RunState.DELIVERING, RunState.DELIVERED,
    RunState.RETURNING, RunState.RETURNED,
)  # fmt: skip


def _reached(state: RunState, step: RunState) -> bool:
    return state in _ORDER and _ORDER.index(state) >= _ORDER.index(step)


def cost(run: Run) -> int:
    """Return what an ended run costs by what was agreed when its quote was taken (minor units).

    Delivered: the price and the tip. Returned: those and the fee for bringing it back. Called off by us after a
    courier had taken it: the fee for that. Called off by the company: nothing.
    """
    if run.state is RunState.DELIVERED:
        return run.price_minor + run.tip_minor
    if run.state is RunState.RETURNED:
        return run.price_minor + run.tip_minor + run.return_minor
    ours = run.reason in {trouble.value for trouble in AT_OUR_COST}
    return run.cancel_minor if ours and run.accepted_at is not None else 0


def company_id(mall_id: MallId, company: str) -> UUID:
    """Return the owner of what a mall owes a company: a UUIDv5 of the two, so that nobody looks it up."""
    return uuid5(mall_id, f"couriers/{company}")


def cost_entry(run: Run, currency: str) -> Entry | None:
    """Return the ledger entry of what an ended run costs, None when it costs nothing."""
    if not run.cost_minor:
        return None
    costs = ledger.account(AccountKind.DELIVERY_COSTS, run.mall_id, currency)
    owed = ledger.account(AccountKind.COURIER_PAYABLE, company_id(run.mall_id, run.company), currency)
    return Entry(
        COST,
        run.id,
        [Posting(costs, -run.cost_minor), Posting(owed, run.cost_minor)],
        {"company": run.company, "state": run.state.value},
    )


STANDS: dict[RunState, RequestState] = {
    RunState.QUOTED: RequestState.SEEKING,
    RunState.OFFERED: RequestState.SEEKING,
    RunState.ACCEPTED: RequestState.ACCEPTED,
    RunState.TO_SHOP: RequestState.TO_SHOP,
    RunState.PICKED: RequestState.PICKED,
    RunState.DELIVERING: RequestState.DELIVERING,
    RunState.DELIVERED: RequestState.DELIVERED,
    RunState.RETURNING: RequestState.RETURNING,
    RunState.RETURNED: RequestState.RETURNED,
}
"""Where a request stands by its run; a run that was cancelled is another company's chance."""
