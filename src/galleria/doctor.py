"""`galleria doctor`: recomputes what must always hold, and says what does not.

Each module lists its invariants in `wiring.py` as statements that return one text a violation; the doctor runs them
all and adds what only it can see: pending migrations and parked jobs.
"""

from collections.abc import Sequence

import asyncpg
import msgspec

from galleria.main import MODULES
from galleria.platform import migrations
from galleria.platform.module import Invariant


class Finding(msgspec.Struct, frozen=True):
    """What one check found: nothing, or a text a violation."""

    check: str
    problems: list[str]


PARKED = Invariant(
    "no job is parked",
    "SELECT format('%s has failed for good (job %s)', entrypoint, id) FROM pgqueuer WHERE status = 'failed' LIMIT 20",
)


async def examine(dsn: str) -> list[Finding]:
    """Run every check against the database at `dsn` and return what each found, in the order of the modules."""
    findings = [Finding("migrations are applied", [f"{name} is pending" for name in migrations.pending(dsn)])]
    if findings[0].problems:
        return findings
    connection = await asyncpg.connect(dsn)
    try:
        # One snapshot for all: a busy system must not look broken because two statements saw two moments.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for invariant in invariants():
                rows = await connection.fetch(invariant.sql)
                findings.append(Finding(invariant.name, [row[0] for row in rows]))
    finally:
        await connection.close()
    return findings


def invariants() -> Sequence[Invariant]:
    """Return every module's invariants and the queue's."""
    return [*(invariant for module in MODULES for invariant in module.invariants), PARKED]
