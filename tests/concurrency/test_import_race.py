"""Two imports of one mall at once: the lock on the group makes the second find what the first made."""

import asyncio
from datetime import UTC, datetime

import pytest
from tests.factories.imports import csv_file, mall_lines
from tests.factories.malls import make_mall

from galleria.foundation import malls, venue
from galleria.foundation.venue import operations
from galleria.kernel.errors import Invalid
from galleria.platform.actors import SYSTEM
from galleria.platform.runtime import Runtime

RIVALS = 4


async def _race(runtime: Runtime) -> list[venue.ImportReport | BaseException]:
    made = await make_mall(runtime)
    file = csv_file(mall_lines(f"r-{made.code[2:]}", f"r-{made.code}"))
    return await asyncio.gather(
        *(
            venue.import_mall(runtime, group_id=made.group_id, files=[file], actor=SYSTEM, now=datetime.now(UTC))
            for _ in range(RIVALS)
        ),
        return_exceptions=True,
    )


async def test_with_the_lock_one_creates_and_the_others_change_nothing(runtime: Runtime) -> None:
    reports = await _race(runtime)
    created = sorted(r.counts["shop"].created for r in reports if isinstance(r, venue.ImportReport))
    assert created == [0] * (RIVALS - 1) + [1]


async def test_without_the_lock_rivals_collide(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = asyncio.Barrier(RIVALS)
    settled = operations._settled  # noqa: SLF001 - the moment between looking and writing

    async def unguarded(*_: object) -> None:
        """Take no lock."""

    async def together(*args: object) -> object:
        found = await settled(*args)  # type: ignore[arg-type]
        await ready.wait()
        return found

    monkeypatch.setattr(malls, "lock_group", unguarded)
    monkeypatch.setattr(operations, "_settled", together)
    outcomes = await _race(runtime)
    assert sum(isinstance(outcome, Invalid) for outcome in outcomes) == RIVALS - 1
