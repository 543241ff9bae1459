"""Companies are called: outside of any transaction, each outcome recorded in one of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from galleria.commerce.couriers import notices, queries, rules, store
from galleria.commerce.couriers.model import (
    RUN_ENDED,
    Companies,
    CourierCompany,
    CourierOrder,
    CourierRefused,
    CourierUnavailable,
    Quote,
    Request,
    RequestId,
    RequestState,
    Run,
    RunId,
    RunState,
    Trouble,
)
from galleria.commerce.couriers.operations import asking, hearing
from galleria.kernel.ids import MallId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

QUOTE_S = 8
"""How long a company has to name a price; the others do not wait for it."""

log = structlog.get_logger()


async def ask_quotes(runtime: Runtime, mall_id: str, request_id: str) -> None:
    """Ask the mall's companies, all at once, what they want for a request, and offer it to the best."""
    mall, wanted = MallId(UUID(mall_id)), RequestId(UUID(request_id))
    async with runtime.db.read() as tx:
        request = await queries.find_request(tx, mall_id=mall, request_id=wanted)
        policy = await queries.get_policy(tx, mall_id=mall)
    if request.state is not RequestState.QUOTING:
        return
    companies, now = runtime.port(Companies), utc_now()
    names = [name for name in policy.companies or companies.names if companies.get(name) is not None]
    quotes = list(await asyncio.gather(*(_quote(companies.get(name), request, now) for name in names)))
    await _write(
        runtime,
        "couriers.take_quotes",
        mall,
        {"request_id": request.id, "companies": names},
        lambda tx: asking.take_quotes(tx, mall_id=mall, request_id=request.id, quotes=quotes, now=now),
    )


async def _quote(company: CourierCompany | None, request: Request, now: datetime) -> Quote:
    if company is None:
        raise AssertionError("only connected companies are asked")
    try:
        said = await asyncio.wait_for(company.quote(_unplaced(request)), QUOTE_S)
    except CourierRefused as error:
        return Quote(company=company.name, price_minor=None, minutes=None, why_not=error.trouble, at=now)
    except (CourierUnavailable, TimeoutError):
        return Quote(company=company.name, price_minor=None, minutes=None, why_not=Trouble.UNAVAILABLE, at=now)
    return Quote(
        company=company.name,
        price_minor=said.price_minor,
        minutes=said.minutes,
        token=said.token,
        cancel_minor=said.cancel_minor,
        return_minor=said.return_minor,
        at=now,
    )


def _unplaced(request: Request) -> CourierOrder:
    probe = Quote(company="", price_minor=0, minutes=0, at=request.created_at)
    return rules.order_of(request, rules.new_run(request, probe, 1, RunId(request.id), request.created_at))


async def create(runtime: Runtime, mall_id: str, run_id: str) -> None:
    """Place a run's order at its company, under the run's id. Raises CourierUnavailable, to be tried again."""
    request, run = await _read(runtime, mall_id, run_id)
    if run.state is RunState.QUOTED and run.cancel_why is None:
        await _answered(runtime, request, run, _create)


async def call_off(runtime: Runtime, mall_id: str, run_id: str) -> None:
    """Tell a company that a run is not needed. Raises CourierUnavailable, to be tried again."""
    request, run = await _read(runtime, mall_id, run_id)
    if run.cancel_why is not None:
        await _answered(runtime, request, run, _call_off)


async def tip(runtime: Runtime, mall_id: str, run_id: str) -> None:
    """Tell a company of a higher tip. Raises CourierUnavailable, to be tried again."""
    request, run = await _read(runtime, mall_id, run_id)
    if run.state in RUN_ENDED or run.tip_asked_minor <= run.tip_minor:
        return
    wanted, company = run.tip_asked_minor, _company(runtime, run)
    error = ""
    try:
        await company.tip(rules.order_of(request, run), tip_minor=wanted)
    except CourierRefused as refusal:
        error = str(refusal)
    await _write(
        runtime,
        "couriers.tip_answered",
        run.mall_id,
        {"run_id": run.id, "tip_minor": wanted, "error": error},
        lambda tx: hearing.tip_answered(
            tx, mall_id=run.mall_id, run_id=run.id, tip_minor=wanted, taken=not error, error=error
        ),
    )


async def confirm_returned(runtime: Runtime, mall_id: str, run_id: str) -> None:
    """Tell a company that its goods are back in the shop. Raises CourierUnavailable, to be tried again."""
    request, run = await _read(runtime, mall_id, run_id)
    try:
        await _company(runtime, run).confirm_returned(rules.order_of(request, run))
    except CourierRefused as error:
        log.warning("couriers.return_refused", run=str(run.id), error=str(error))


async def sweep(runtime: Runtime, now: datetime) -> None:
    """Ask about runs nobody told us of for a while; what came to nothing is sent again, under the same number."""
    async with runtime.db.read() as tx:
        silent = await store.silent(tx, now=now, limit=100)
    for mall_id, run_id in silent:
        request, run = await _read(runtime, str(mall_id), str(run_id))
        try:
            if run.cancel_why is not None:
                await _answered(runtime, request, run, _call_off)
            elif run.state is RunState.QUOTED:
                await _answered(runtime, request, run, _create)
            else:
                await _answered(runtime, request, run, _query)
        except CourierUnavailable as error:
            log.info("couriers.silent", run=str(run_id), error=str(error))


async def call_off_overdue(runtime: Runtime, now: datetime) -> None:
    """Call off runs that no courier took in time, so that another company gets its chance."""
    default = queries.ANYBODY.accept_minutes
    async with runtime.db.read() as tx:
        due = await store.not_accepted(tx, now=now, default_minutes=default, limit=100)
    for mall_id, run_id in due:
        await _write(
            runtime,
            "couriers.overdue",
            mall_id,
            {"run_id": run_id},
            _overdue(mall_id, run_id),
        )


def _overdue(mall_id: MallId, run_id: RunId) -> Callable[[Tx], Awaitable[bool]]:
    return lambda tx: asking.overdue(tx, mall_id=mall_id, run_id=run_id)


async def _create(runtime: Runtime, request: Request, run: Run) -> None:
    now, mall = utc_now(), run.mall_id
    try:
        reference = await _company(runtime, run).create(rules.order_of(request, run))
    except CourierRefused as error:
        trouble, text = error.trouble, str(error)
        await _write(
            runtime,
            "couriers.refused",
            mall,
            {"run_id": run.id, "trouble": trouble},
            lambda tx: hearing.refused(tx, mall_id=mall, run_id=run.id, trouble=trouble, error=text, now=now),
        )
        return
    await _write(
        runtime,
        "couriers.created",
        mall,
        {"run_id": run.id, "reference": reference},
        lambda tx: hearing.created(tx, mall_id=mall, run_id=run.id, reference=reference, now=now),
    )


async def _call_off(runtime: Runtime, request: Request, run: Run) -> None:
    now, why = utc_now(), "" if run.cancel_why is None else run.cancel_why.value
    notice = await _company(runtime, run).cancel(rules.order_of(request, run), reason=why)
    await _write(
        runtime,
        "couriers.called_off",
        run.mall_id,
        {"run_id": run.id, "state": notice.state},
        lambda tx: hearing.called_off(tx, mall_id=run.mall_id, run_id=run.id, notice=notice, now=now),
    )


async def _query(runtime: Runtime, request: Request, run: Run) -> None:
    now = utc_now()
    await _write(
        runtime, "couriers.ask", run.mall_id, {"run_id": run.id},
        lambda tx: store.mark_asked(tx, run.mall_id, run.id, now),
    )  # fmt: skip
    await notices.act_on(runtime, await _company(runtime, run).query(rules.order_of(request, run)), now)


async def _answered(
    runtime: Runtime, request: Request, run: Run, call: Callable[[Runtime, Request, Run], Awaitable[None]]
) -> None:
    """Call a company about a run; when it does not answer, note that and raise CourierUnavailable."""
    try:
        await call(runtime, request, run)
    except CourierUnavailable as error:
        now, reason = utc_now(), str(error)
        await _write(
            runtime,
            "couriers.unanswered",
            run.mall_id,
            {"run_id": run.id, "error": reason},
            lambda tx: hearing.unanswered(tx, mall_id=run.mall_id, run_id=run.id, error=reason, now=now),
        )
        raise


def _company(runtime: Runtime, run: Run) -> CourierCompany:
    found = runtime.port(Companies).get(run.company)
    if found is None:
        raise CourierUnavailable(f"no courier company is called {run.company}")
    return found


async def _read(runtime: Runtime, mall_id: str, run_id: str) -> tuple[Request, Run]:
    async with runtime.db.read() as tx:
        return await queries.run_with_request(tx, mall_id=MallId(UUID(mall_id)), run_id=RunId(UUID(run_id)))


async def _write(
    runtime: Runtime, kind: str, mall_id: MallId, given: dict[str, Any], operation: Callable[[Tx], Awaitable[Any]]
) -> None:
    command = Command(kind=kind, actor=SYSTEM, now=utc_now(), mall_id=mall_id, input=given)
    await runtime.db.write(command, operation, returns=object)
