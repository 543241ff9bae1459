"""Reads of couriers."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from galleria.commerce.couriers import store
from galleria.commerce.couriers.model import (
    REQUEST_ENDED,
    RUN_ENDED,
    CancelWhy,
    Companies,
    CompanyView,
    Compared,
    Comparison,
    CourierCompany,
    CourierPolicy,
    PolicyView,
    Quote,
    QuoteView,
    Request,
    RequestId,
    RequestState,
    RequestView,
    Run,
    RunId,
    RunView,
)
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, ShipmentId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.kernel.periods import business_day
from galleria.kernel.places import Whereabouts
from galleria.platform.tx import ReadTx

SEEN_LAST = timedelta(minutes=10)
"""How long a courier's last known position is shown; an old one misleads."""

ANYBODY = CourierPolicy(companies=[])


async def get_policy(tx: ReadTx, *, mall_id: MallId) -> CourierPolicy:
    """Return what a mall has decided about couriers; until it does, it works with all that are connected."""
    return await store.policy(tx, mall_id) or ANYBODY


async def live_run(tx: ReadTx, request: Request) -> Run | None:
    """Return the run of a request that is under way."""
    runs = await store.runs_of(tx, request.mall_id, [request.id])
    return next((run for run in runs if run.state not in RUN_ENDED), None)


async def run_with_request(tx: ReadTx, *, mall_id: MallId, run_id: RunId) -> tuple[Request, Run]:
    """Return a run and its request; raises NotFound."""
    run = await store.find_run(tx, mall_id, run_id)
    request = None if run is None else await store.find_request(tx, mall_id, run.request_id)
    if run is None or request is None:
        raise NotFound
    return request, run


async def find_request(tx: ReadTx, *, mall_id: MallId, request_id: RequestId) -> Request:
    """Return a request; raises NotFound."""
    found = await store.find_request(tx, mall_id, request_id)
    if found is None:
        raise NotFound
    return found


async def get_request(tx: ReadTx, *, mall_id: MallId, request_id: RequestId, now: datetime) -> RequestView:
    """Return a request with its quotes and runs; raises NotFound."""
    found = await find_request(tx, mall_id=mall_id, request_id=request_id)
    [view] = await _views(tx, mall_id, [found], now)
    return view


async def list_requests(
    tx: ReadTx,
    *,
    mall_id: MallId,
    state: RequestState | None,
    live: bool,
    company: str | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page[RequestView]:
    """Return a page of requests, the newest first: of one state, only those under way (`live`), or all."""
    states = [state] if state is not None else [s for s in RequestState if live and s not in REQUEST_ENDED]
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_requests(tx, mall_id, states=states, company=company, before=before, limit=limit + 1)
    return page_of(await _views(tx, mall_id, rows, now), limit, lambda request: (request.id,))


async def whereabouts(
    tx: ReadTx, *, mall_id: MallId, shipment_id: ShipmentId, member_id: MemberId, now: datetime
) -> Whereabouts:
    """Return which courier brings a member's shipment and where; raises NotFound unless one has it."""
    request = await store.last_request(tx, mall_id, shipment_id, member_id)
    if request is None or request.state not in {RequestState.PICKED, RequestState.DELIVERING}:
        raise NotFound
    run = await live_run(tx, request)
    if run is None:
        raise NotFound
    fresh = run.seen_at is not None and now - run.seen_at <= SEEN_LAST
    return Whereabouts(
        name=run.courier_name[:1],
        phone=run.courier_phone,
        lat=run.lat if fresh else None,
        lon=run.lon if fresh else None,
        seen_at=_iso(run.seen_at) if fresh else None,
        expected_at=_iso(request.deliver_by),
        stops_before=None,
        to_lat=request.dropoff.lat,
        to_lon=request.dropoff.lon,
    )


async def compare(tx: ReadTx, *, mall_id: MallId, first: date, last: date, companies: Companies) -> Comparison:
    """Return the connected companies side by side, from one day of the mall's calendar to another, both counted."""
    mall = await malls.get_mall(tx, mall_id)
    since, until = business_day(first, mall.time_zone).starts_at, business_day(last, mall.time_zone).ends_at
    counted = {row.company: row for row in await store.compare(tx, mall_id, since, until or since)}
    names = list(dict.fromkeys([*companies.names, *counted]))
    return Comparison(
        currency=mall.currency,
        companies=[_compared(name, companies.get(name), counted.get(name)) for name in names],
    )


def _compared(name: str, company: CourierCompany | None, row: store.Counted | None) -> Compared:
    counted = {} if row is None else msgspec.structs.asdict(row)
    on_time, delivered = counted.pop("on_time", 0), counted.get("delivered", 0)
    empty: dict[str, Any] = {
        **dict.fromkeys(("quotes", "declined", "runs", "accepted", "delivered", "cancelled", "returned"), 0),
        **dict.fromkeys(("mean_price_minor", "mean_minutes", "accept_s")),
        **{"troubles": {}, "cost_minor": 0, "differences": 0},
    }
    return Compared(
        **{**empty, **counted, "company": name},
        title_zh=name if company is None else company.title_zh,
        title_en=name if company is None else company.title_en,
        on_time_bp=on_time * 10_000 // delivered if delivered else None,
    )


async def policy_view(tx: ReadTx, *, mall_id: MallId, companies: Companies) -> PolicyView:
    """Return a mall's policy with the companies it can choose from."""
    known = [company for name in companies.names if (company := companies.get(name)) is not None]
    return PolicyView(
        policy=await get_policy(tx, mall_id=mall_id),
        companies=[CompanyView(name=one.name, title_zh=one.title_zh, title_en=one.title_en) for one in known],
    )


async def _views(tx: ReadTx, mall_id: MallId, requests: Sequence[Request], now: datetime) -> list[RequestView]:
    if not requests:
        return []
    ids = [request.id for request in requests]
    quotes = await store.quotes_of(tx, mall_id, ids)
    runs = await store.runs_of(tx, mall_id, ids)
    return [
        RequestView(
            id=request.id,
            shipment_id=request.shipment_id,
            number=request.number,
            title=request.title,
            pickup=request.pickup,
            dropoff=request.dropoff,
            currency=request.currency,
            ready_at=request.ready_at,
            deliver_by=request.deliver_by,
            state=request.state,
            reason=request.reason,
            late=(request.ended_at or now) > request.deliver_by,
            created_at=request.created_at,
            ended_at=request.ended_at,
            quotes=[_quote_view(quote) for request_id, quote in quotes if request_id == request.id],
            runs=[_run_view(run) for run in runs if run.request_id == request.id],
        )
        for request in requests
    ]


def _quote_view(quote: Quote) -> QuoteView:
    return QuoteView(
        company=quote.company,
        price_minor=quote.price_minor,
        minutes=quote.minutes,
        cancel_minor=quote.cancel_minor,
        why_not=quote.why_not,
        at=quote.at,
    )


def _run_view(run: Run) -> RunView:
    return RunView(
        id=run.id,
        n=run.n,
        company=run.company,
        state=run.state,
        reason=run.reason,
        price_minor=run.price_minor,
        tip_minor=run.tip_minor,
        tip_asked_minor=run.tip_asked_minor,
        cost_minor=run.cost_minor,
        told_minor=run.told_minor,
        reference=run.reference,
        calling_off=run.cancel_why in {CancelWhy.ASKED, CancelWhy.NOT_ACCEPTED} and run.state not in RUN_ENDED,
        courier_name=run.courier_name,
        courier_phone=run.courier_phone,
        error=run.error,
        created_at=run.created_at,
        accepted_at=run.accepted_at,
        picked_at=run.picked_at,
        delivered_at=run.delivered_at,
        ended_at=run.ended_at,
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
