"""Fetching what providers say of a day, outside of any transaction, and comparing it mall by mall."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import structlog

from galleria.foundation import malls
from galleria.foundation.malls import Mall
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value.payments import operations, queries, rules
from galleria.value.payments.model import (
    PaymentProvider,
    ProviderRefused,
    Providers,
    ProviderUnavailable,
    StatementLine,
)
from galleria.value.payments.model.reconciliation import StatementOf

log = structlog.get_logger()

READY_AT = time(10, 30)
"""When providers have yesterday's statement, by their own clocks."""

DAYS_BACK = 3
"""How far back a day is tried whose statement could not be had."""


async def reconcile_due(runtime: Runtime, now: datetime) -> None:
    """Compare the statements of the last days that were not compared yet."""
    for provider in runtime.port(Providers):
        here = now.astimezone(provider.calendar)
        ready = here.date() if here.time() >= READY_AT else here.date() - timedelta(days=1)
        for back in range(DAYS_BACK, 0, -1):
            await _unless_compared(runtime, provider, ready - timedelta(days=back), now)


async def reconcile_day(runtime: Runtime, provider: str, day: str) -> None:
    """Fetch and compare the statement of a day, again if need be; raises ProviderUnavailable to be tried again."""
    found = runtime.port(Providers).get(provider)
    if found is not None:
        await _compare(runtime, found, date.fromisoformat(day), utc_now())


async def _unless_compared(runtime: Runtime, provider: PaymentProvider, day: date, now: datetime) -> None:
    async with runtime.db.read() as tx:
        if await queries.is_compared(tx, provider=provider.name, day=day):
            return
    try:
        await _compare(runtime, provider, day, now)
    except (ProviderUnavailable, ProviderRefused) as error:
        log.warning("payments.no_statement", provider=provider.name, day=str(day), error=str(error))


async def _compare(runtime: Runtime, provider: PaymentProvider, day: date, now: datetime) -> None:
    lines = await provider.statement(day)
    starts_at = datetime.combine(day, time.min, provider.calendar)
    ends_at = datetime.combine(day + timedelta(days=1), time.min, provider.calendar)
    async with runtime.db.read() as tx:
        known = {mall.id: mall for mall in await malls.list_malls(tx)}
        active = await queries.active_malls(tx, provider=provider.name, starts_at=starts_at, ends_at=ends_at)
    split = rules.by_mall(lines, sorted(known))
    for mall_id in sorted({*split, *active} & known.keys()):
        mall = known[mall_id]
        which = StatementOf(
            mall_id=mall_id,
            provider=provider.name,
            day=day,
            starts_at=starts_at,
            ends_at=ends_at,
            currency=mall.currency,
        )
        await _write(runtime, mall, which, split.get(mall_id, []), now)


async def _write(
    runtime: Runtime, mall: Mall, which: StatementOf, lines: Sequence[StatementLine], now: datetime
) -> None:
    command = Command(
        kind="payments.reconcile",
        actor=SYSTEM,
        now=now,
        mall_id=mall.id,
        input={"provider": which.provider, "day": which.day, "lines": len(lines)},
    )
    await runtime.db.write(command, lambda tx: operations.reconcile(tx, which=which, lines=lines, now=now), returns=int)
