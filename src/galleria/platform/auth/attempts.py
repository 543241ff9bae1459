"""Attempt limits that hold across processes: a counter a bucket and window, raised by one statement.

The counter commits on its own, so a refused or failing request still counts.
"""

from datetime import datetime

from galleria.kernel.errors import TooMany
from galleria.platform.db import Database
from galleria.platform.tx import Tx


async def count(db: Database, *, bucket: str, limit: int, window_s: int, now: datetime) -> None:
    """Count one attempt in `bucket`; raises TooMany beyond `limit` in the current window of `window_s` seconds."""
    epoch = int(now.timestamp())
    window = epoch - epoch % window_s
    async with db.read() as tx:  # one statement of its own: an attempt counts even when the request is refused
        attempts = await tx.value(
            """
            INSERT INTO platform.attempt AS a (bucket, window_start, attempts)
            VALUES ($1, to_timestamp($2), 1)
            ON CONFLICT (bucket, window_start) DO UPDATE SET attempts = a.attempts + 1
            RETURNING attempts
            """,
            bucket,
            window,
        )
    if attempts > limit:
        raise TooMany(retry_after=window + window_s - epoch)


async def forgive(db: Database, *, bucket: str, window_s: int, now: datetime) -> None:
    """Take one counted attempt back: it was none of those that are limited."""
    epoch = int(now.timestamp())
    async with db.read() as tx:
        await tx.value(
            """
            WITH last AS (
              DELETE FROM platform.attempt WHERE bucket = $1 AND window_start = to_timestamp($2) AND attempts = 1
            )
            UPDATE platform.attempt SET attempts = attempts - 1
             WHERE bucket = $1 AND window_start = to_timestamp($2) AND attempts > 1
            """,
            bucket,
            epoch - epoch % window_s,
        )


async def forget_before(tx: Tx, moment: datetime) -> int:
    """Delete the counters of windows that began before a moment; returns how many."""
    return await tx.run("DELETE FROM platform.attempt WHERE window_start < $1", moment)
