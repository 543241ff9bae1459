"""The worker's part: read a file, check all of it, apply it whole; or write one."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from galleria.commerce.merchandising import operations, queries, rules
from galleria.commerce.merchandising.model import FileProblem, ImportDone, TransferKind, TransferState, Work
from galleria.kernel.errors import DomainError
from galleria.kernel.ids import MallId
from galleria.platform import i18n
from galleria.platform.actors import SYSTEM, Actor, ActorKind
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

PAGE = 500
"""Products an export reads at a time."""


async def run(runtime: Runtime, *, mall_id: str, transfer_id: str) -> None:
    """Do a transfer that has not ended; doing it again is harmless."""
    async with runtime.db.read() as tx:
        work = await queries.get_work(tx, mall_id=MallId(UUID(mall_id)), transfer_id=UUID(transfer_id))
    if work is None or work.state in {TransferState.DONE, TransferState.FAILED}:
        return
    with suppress(operations.AlreadyEnded):
        await (_import(runtime, work) if work.kind is TransferKind.GOODS_IMPORT else _export(runtime, work))


async def _import(runtime: Runtime, work: Work) -> None:
    sheet = await asyncio.to_thread(_sheet, runtime, work)
    total = len(sheet.rows)
    await _tell(runtime, work, total, 0)

    if sheet.problems and not sheet.rows:
        await _fail(runtime, work, total, [_told(work, p) for p in sheet.problems])
        return
    now = utc_now()

    async def tell(done: int) -> None:
        await _tell(runtime, work, total, done)

    try:
        await runtime.db.write(
            _command("merchandising.import_goods", work, now),
            lambda tx: operations.apply(tx, work=work, sheet=sheet, tell=tell, now=now),
            returns=ImportDone,
        )
    except operations.FileRefused as refused:
        await _fail(runtime, work, total, [_told(work, p) for p in refused.problems])
    except operations.AlreadyEnded:
        raise
    except DomainError as error:
        await _fail(runtime, work, total, [_told_error(work, error)])


async def _export(runtime: Runtime, work: Work) -> None:
    async def tell(total: int, done: int) -> None:
        await _tell(runtime, work, total, done)

    rows = await _goods_rows(runtime, work, tell)
    content = await asyncio.to_thread(lambda: b"".join(rules.write(rows)))
    name = await runtime.files.put(content, "csv")
    now = utc_now()
    await runtime.db.write(
        _command("merchandising.export_goods", work, now),
        lambda tx: operations.end(tx, work=work, state=TransferState.DONE, rows=len(rows), result=name, now=now),
        returns=bool,
    )


async def _goods_rows(runtime: Runtime, work: Work, tell: Callable[[int, int], Awaitable[None]]) -> list[list[str]]:
    rows: list[list[str]] = []
    after: str | None = None
    while True:
        async with runtime.db.read() as tx:
            found, after = await queries.goods_rows(tx, work=work, after=after, limit=PAGE)
        rows += found
        if after is None:
            return rows
        await tell(len(rows), len(rows))


def _sheet(runtime: Runtime, work: Work) -> rules.Sheet:
    path = runtime.files.find(work.source_file or "")
    if path is None:
        return rules.Sheet(frozenset(), [], [rules.RowProblem(0, "", "file_gone")])
    return rules.read(path.read_bytes())


async def _tell(runtime: Runtime, work: Work, total: int, done: int) -> None:
    """Record progress in a transaction of its own, which a reader sees while the goods wait to be committed."""

    async def note(tx: Tx) -> None:
        await operations.note_progress(tx, work=work, rows_total=total, rows_done=done)

    await runtime.db.write(_command("merchandising.progress", work, utc_now()), note, returns=type(None))


async def _fail(runtime: Runtime, work: Work, total: int, problems: list[FileProblem]) -> None:
    now = utc_now()
    await runtime.db.write(
        _command("merchandising.refuse_goods", work, now),
        lambda tx: operations.end(tx, work=work, state=TransferState.FAILED, rows=total, problems=problems, now=now),
        returns=bool,
    )


def _command(kind: str, work: Work, now: datetime) -> Command:
    actor = SYSTEM if work.staff_id == SYSTEM.id else Actor(kind=ActorKind.STAFF, id=work.staff_id)
    return Command(kind=kind, actor=actor, now=now, mall_id=work.mall_id, input=work.id)


def _told(work: Work, problem: rules.RowProblem) -> FileProblem:
    zh, en = (i18n.text(f"fields.{problem.code}", locale, **problem.params) for locale in i18n.LOCALES)
    return FileProblem(work.file_name, problem.line, problem.field, problem.code, zh, en)


def _told_error(work: Work, error: DomainError) -> FileProblem:
    zh, en = (i18n.describe(error, locale) for locale in i18n.LOCALES)
    return FileProblem(work.file_name, 0, "", error.code, zh, en)
