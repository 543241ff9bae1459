"""What commands stand on: the database, a runtime that serves nobody, and refusals told to a terminal."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import click

from galleria import main as composition
from galleria.foundation import malls
from galleria.kernel.errors import DomainError
from galleria.platform import i18n, jobs, logs, migrations, postgres
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings

T = TypeVar("T")


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Lend the address of the database: the configured one, or the embedded one, started for the time being."""
    if settings.database_url:
        yield settings.database_url
        return
    embedded = postgres.start(settings.data_dir / "postgres")
    try:
        yield embedded.dsn
    finally:
        embedded.stop()


def bring_up_to_date(dsn: str) -> list[str]:
    """Apply migrations and the queue's own schema; return the names of the migrations applied."""
    applied = migrations.apply(dsn)
    asyncio.run(jobs.install(dsn))
    return applied


def on_installation(settings: Settings, do: Callable[[Runtime], Awaitable[T]]) -> T:
    """Do something with the installation's database, brought up to date; refusals end the program with status 1."""

    async def run(dsn: str) -> T:
        async with _runtime(settings, dsn) as runtime:
            return await do(runtime)

    # A command tells its result itself; what the server would log is noise on a terminal.
    logs.configure(style=settings.log_format, level="error")
    with database(settings) as dsn:
        bring_up_to_date(dsn)
        try:
            return asyncio.run(run(dsn))
        except DomainError as error:
            raise Refused(error) from error


class Refused(click.ClickException):
    """A refusal of the domain: what it says, and every field that is wrong, a line each."""

    def __init__(self, error: DomainError) -> None:
        fields = [(e.field, i18n.text(f"fields.{e.code}", locale(), **e.params)) for e in error.errors]
        super().__init__("\n".join([i18n.describe(error, locale()), *table(fields)]))


def locale() -> str:
    """Return the language of the terminal: Chinese when the environment says so, else English."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-CN" if spoken.lower().startswith("zh") else "en"


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with their columns under each other; the last column is as long as it is."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)] if rows else []
    return [
        "  " + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    ]


async def the_mall(runtime: Runtime, code: str) -> malls.Mall:
    """Return the mall with a code; ends the program when there is none."""
    async with runtime.db.read() as tx:
        found = await malls.find_mall(tx, code)
    if found is None:
        raise click.ClickException(f"there is no mall with the code {code}")
    return found


async def the_shop(runtime: Runtime, mall: malls.Mall, code: str) -> malls.Shop:
    """Return the shop with a code in a mall; ends the program when there is none."""
    async with runtime.db.read() as tx:
        found = [shop for shop in await malls.all_shops(tx, mall.id) if shop.code == code]
    if not found:
        raise click.ClickException(f"{mall.code} has no shop with the code {code}")
    return found[0]


@contextlib.asynccontextmanager
async def _runtime(settings: Settings, dsn: str) -> AsyncIterator[Runtime]:
    runtime = await composition.build_runtime(settings, dsn, name="galleria-command", serving=False)
    try:
        yield runtime
    finally:
        await runtime.db.pool.close()
