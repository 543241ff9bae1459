"""The watch over festivals: what looks wrong stops them, and the board's slow figures are counted."""

from datetime import datetime, timedelta

from galleria.engagement.festivals import operations, queries, store
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime

AFTER = timedelta(minutes=10)
"""Vouchers are used long after a festival has closed; claims are counted for the board until a little later."""


async def watch(runtime: Runtime, now: datetime) -> None:
    """Look at every festival that people are in: pause what looks wrong, count what the board shows."""
    async with runtime.db.read() as tx:
        keys = await store.running(tx, now=now, since=now - AFTER)
    for key in keys:
        await count(runtime, key, now)
        await look(runtime, key, now)


async def look(runtime: Runtime, key: store.Key, now: datetime) -> None:
    """Report what looks wrong with one festival, which pauses it; nothing is written when nothing is found."""
    async with runtime.db.read() as tx:
        found = await queries.findings(tx, mall_id=key.mall_id, festival_id=key.id)
    if found:
        await runtime.db.write(
            Command(kind="festivals.report", actor=SYSTEM, now=now, mall_id=key.mall_id),
            lambda tx: operations.report(tx, mall_id=key.mall_id, festival_id=key.id, findings=found, now=now),
            returns=int,
        )


async def count(runtime: Runtime, key: store.Key, now: datetime) -> None:
    """Count the claims of the young minutes and the uses by shop; nothing is written when nothing is new."""
    async with runtime.db.read() as tx:
        minutes, shops = await queries.figures(tx, mall_id=key.mall_id, festival_id=key.id)
    if minutes or shops:
        await runtime.db.write(
            Command(kind="festivals.count", actor=SYSTEM, now=now, mall_id=key.mall_id),
            lambda tx: operations.put_figures(
                tx, mall_id=key.mall_id, festival_id=key.id, minutes=minutes, shops=shops
            ),
            returns=int,
        )
