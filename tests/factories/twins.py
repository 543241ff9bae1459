"""Tables without constraints, in which a test shows the race that the real ones do not have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from galleria.platform.runtime import Runtime


@asynccontextmanager
async def twins(runtime: Runtime, *tables: str) -> AsyncIterator[None]:
    """Give the schema `twin` a bare copy of each table, and take it away afterwards."""
    async with runtime.db.read() as tx:
        await tx.value("CREATE SCHEMA twin")
        for table in tables:
            await tx.value(
                f"CREATE TABLE twin.{table.partition('.')[2]} (LIKE {table} INCLUDING DEFAULTS INCLUDING IDENTITY)"
            )
            await tx.value(f"INSERT INTO twin.{table.partition('.')[2]} SELECT * FROM {table}")
    try:
        yield
    finally:
        async with runtime.db.read() as tx:
            await tx.value("DROP SCHEMA twin CASCADE")
