"""Requests come from above, are offered to one company after the other, and are called off."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from galleria.commerce.couriers import queries, rules, store
from galleria.commerce.couriers.model import (
    CancelWhy,
    CourierPolicy,
    CourierPolicyInput,
    Quote,
    Request,
    RequestId,
    RequestState,
    Run,
    RunId,
    RunState,
    UnknownCompany,
)
from galleria.commerce.couriers.operations import telling
from galleria.foundation import malls
from galleria.kernel.ids import MallId, MemberId, ShipmentId, new_id
from galleria.kernel.places import Stop
from galleria.platform.tx import Tx

ROUNDS_MAX = 5
"""How often all companies are asked for quotes while none of them answers."""


async def request(
    tx: Tx,
    *,
    mall_id: MallId,
    shipment_id: ShipmentId,
    member_id: MemberId,
    number: str,
    title: str,
    pickup: Stop,
    dropoff: Stop,
    goods_minor: int,
    ready_at: datetime,
    deliver_by: datetime,
    now: datetime,
    weight_g: int = 1000,
) -> RequestId:
    """Have a courier company fetch a shipment and bring it; returns its request, the same one when asked again.

    Companies are asked for quotes after the commit; what becomes of it is told by `couriers.moved`.
    """
    standing = await store.live_request(tx, mall_id, shipment_id)
    if standing is not None:
        return standing.id
    new = Request(
        mall_id=mall_id,
        id=RequestId(new_id()),
        shipment_id=shipment_id,
        member_id=member_id,
        number=number,
        title=title,
        pickup=pickup,
        dropoff=dropoff,
        goods_minor=goods_minor,
        weight_g=weight_g,
        currency=(await malls.get_mall(tx, mall_id)).currency,
        ready_at=ready_at,
        deliver_by=deliver_by,
        state=RequestState.QUOTING,
        reason="",
        tries=0,
        asked=0,
        created_at=now,
        ended_at=None,
    )
    if not await store.add_request(tx, new):
        other = await store.live_request(tx, mall_id, shipment_id)
        return new.id if other is None else other.id
    telling.told(tx, new, RequestState.QUOTING.value)
    tx.enqueue(telling.ask_quotes(new))
    return new.id


async def cancel(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, reason: str, now: datetime
) -> RequestState | None:
    """Call a shipment's request off and return where it stands then; None when it has none under way.

    While no company has it, it is over at once. Else the company is told after the commit, and what it answers is
    told by `couriers.moved`: cancelled, or, when the goods are on their way, returning.
    """
    found = await store.live_request(tx, mall_id, shipment_id)
    standing = None if found is None else await store.lock_request(tx, mall_id, found.id)
    if standing is None:
        return None
    tx.subject = str(standing.id)
    if standing.ended_at is not None:  # it ended while we waited for the lock
        return standing.state
    run = await queries.live_run(tx, standing)
    if run is None:
        await end(tx, standing, RequestState.CANCELLED, reason=reason, now=now)
        return RequestState.CANCELLED
    await call_off(tx, run, CancelWhy.ASKED)
    return standing.state


async def call_off(tx: Tx, run: Run, why: CancelWhy) -> None:
    """Have a run's company told that it is not needed; its request is locked."""
    await store.write_run(tx, msgspec.structs.replace(run, cancel_why=why))
    tx.enqueue(telling.of_run(telling.CALL_OFF, run.mall_id, run.id))


async def end(tx: Tx, request: Request, state: RequestState, *, reason: str, now: datetime, company: str = "") -> None:
    """End a request, its row locked, and tell it."""
    await store.move_request(tx, request, state, reason=reason, ended_at=now)
    telling.told(tx, request, state.value, reason=reason, company=company)


async def take_quotes(
    tx: Tx, *, mall_id: MallId, request_id: RequestId, quotes: Sequence[Quote], now: datetime
) -> RunId | None:
    """Keep what companies answered and offer the request to the best of them; None when nobody can carry it now."""
    standing = await store.lock_request(tx, mall_id, request_id)
    if standing is None or standing.state is not RequestState.QUOTING:
        return None
    tx.subject = str(request_id)
    await store.put_quotes(tx, mall_id, request_id, quotes)
    if rules.ask_again(quotes) and await store.count_asking(tx, mall_id, request_id) < ROUNDS_MAX:
        tx.enqueue(telling.ask_quotes(standing))
        return None
    return await offer_next(tx, standing, now=now)


async def offer_next(tx: Tx, request: Request, *, now: datetime) -> RunId | None:
    """Offer a request, locked and without a run under way, to the next company; without one it fails."""
    policy = await queries.get_policy(tx, mall_id=request.mall_id)
    quotes = [quote for _, quote in await store.quotes_of(tx, request.mall_id, [request.id])]
    runs = await store.runs_of(tx, request.mall_id, [request.id])
    chosen = rules.next_company(quotes, runs, policy)
    if chosen is None:
        await end(tx, request, RequestState.FAILED, reason=rules.why_failed(quotes, runs, policy).value, now=now)
        return None
    run = rules.new_run(request, chosen, len(runs) + 1, RunId(new_id()), now)
    await store.add_run(tx, run)
    await store.move_request(tx, request, RequestState.SEEKING, reason="", ended_at=None)
    telling.told(tx, request, RequestState.SEEKING.value, company=run.company)
    tx.enqueue(telling.of_run(telling.CREATE, request.mall_id, run.id))
    return run.id


async def overdue(tx: Tx, *, mall_id: MallId, run_id: RunId) -> bool:
    """Call off a run that no courier took in time; True unless one has meanwhile."""
    if await store.lock_request_of(tx, mall_id, run_id) is None:
        return False
    run = await store.find_run(tx, mall_id, run_id)
    if run is None or run.state is not RunState.OFFERED or run.cancel_why is not None:
        return False
    tx.subject = str(run.request_id)
    await call_off(tx, run, CancelWhy.NOT_ACCEPTED)
    return True


async def set_policy(
    tx: Tx, *, mall_id: MallId, new: CourierPolicyInput, known: Sequence[str], now: datetime
) -> CourierPolicy:
    """Set how a mall chooses among the `known` companies. Raises UnknownCompany."""
    for name in new.companies:
        if name not in known:
            raise UnknownCompany(company=name)
    policy = CourierPolicy(
        choose=new.choose,
        companies=list(dict.fromkeys(new.companies)),
        accept_minutes=new.accept_minutes,
        tries_max=new.tries_max,
        price_max_minor=new.price_max_minor,
    )
    await store.put_policy(tx, mall_id, policy, now)
    tx.subject = str(mall_id)
    return policy
