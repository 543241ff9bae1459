"""Commands that move files: import a mall, import and export a shop's goods."""

import asyncio
import re
import sys
from pathlib import Path
from typing import BinaryIO

import click

from galleria.cli.installation import locale, on_installation, table, the_mall, the_shop
from galleria.commerce import merchandising
from galleria.commerce.merchandising import Transfer, TransferKind, TransferState
from galleria.foundation import malls, venue
from galleria.kernel.ids import GroupId, StaffId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings
from galleria.platform.tx import Tx

FIRST_GROUP = "main"
"""The group that the first import makes when it is told none."""
PROBLEMS = 1000
"""Problems of a goods file read at a time."""
LOOK_EVERY_S = 0.2


@click.group("import")
def import_() -> None:
    """Bring in malls and goods out of files."""


@click.group()
def export() -> None:
    """Write goods to files."""


@import_.command("mall")
@click.option("--group", metavar="CODE", help="The group of malls; made when there is none of that code.")
@click.option("--mall", "mall_code", metavar="CODE", help="The mall of files that name none, such as floor maps.")
@click.option("--dry-run", is_flag=True, help="Tell what would be created and changed, and change nothing.")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.pass_obj
def import_mall(
    settings: Settings, *, group: str | None, mall_code: str | None, dry_run: bool, paths: tuple[Path, ...]
) -> None:
    """Import malls out of CSV, GeoJSON and IMDF files, folders or ZIP archives: all of it or nothing.

    docs/reference/mall-csv.md describes the files.
    """

    async def do(runtime: Runtime) -> tuple[GroupId | malls.NewGroup, venue.ImportReport]:
        into = await _group(runtime, group)
        files = await asyncio.to_thread(venue.source_files, paths)
        report = await venue.import_mall(
            runtime, group_id=into, files=files, actor=SYSTEM, now=utc_now(), mall_code=mall_code, dry_run=dry_run
        )
        return into, report

    into, report = on_installation(settings, do)
    if isinstance(into, malls.NewGroup):
        click.echo(f"{'would make' if dry_run else 'made'} the group {into.code}")
    click.echo("\n".join(_told(report)))


async def _group(runtime: Runtime, code: str | None) -> GroupId | malls.NewGroup:
    """Return the group of a code, the only one, or one to be made."""
    async with runtime.db.read() as tx:
        groups = await malls.list_groups(tx)
    if code is None and len(groups) > 1:
        raise click.UsageError(f"say which group by --group: {', '.join(g.code for g in groups)}")
    code = code or (groups[0].code if groups else FIRST_GROUP)
    known = next((g.id for g in groups if g.code == code), None)
    if known is not None:
        return known
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", code):
        raise click.UsageError("a group's code is 2 to 40 small letters, digits and dashes")
    return malls.NewGroup(code=code, name_zh=code, name_en=code)


def _told(report: venue.ImportReport) -> list[str]:
    """Return an import's report: what changes one by one, then the counts of each kind."""
    changed = [d for d in report.differences if not d.created]
    lines = [f"changed {d.kind} {d.code}: {', '.join(d.fields)}" for d in changed]
    head = ("kind", "created", "changed", "unchanged")
    rows = [(kind, str(c.created), str(c.changed), str(c.unchanged)) for kind, c in report.counts.items()]
    lines += [f"{a:<10}{b:>9}{c:>9}{d:>11}" for a, b, c, d in [head, *rows]]
    return [*lines, "nothing was changed: this was a dry run"] if report.dry_run else lines


@import_.command("goods")
@click.option("--mall", "mall_code", metavar="CODE", required=True, help="The mall.")
@click.option("--shop", "shop_code", metavar="CODE", required=True, help="The shop whose goods they are.")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_goods(settings: Settings, *, mall_code: str, shop_code: str, path: Path) -> None:
    """Import a shop's goods out of a CSV file: all of it or nothing.

    docs/reference/goods-csv.md describes the file.
    """

    async def do(runtime: Runtime) -> tuple[Transfer, list[merchandising.FileProblem]]:
        mall = await the_mall(runtime, mall_code)
        shop = await the_shop(runtime, mall, shop_code)
        source = await runtime.files.put(await asyncio.to_thread(path.read_bytes), "csv")
        ended = await _done(runtime, TransferKind.GOODS_IMPORT, mall, shop, path.name, source)
        return ended, await _problems(runtime, ended)

    ended, problems = on_installation(settings, do)
    if ended.state is not TransferState.DONE:
        rows = [
            (f"{p.file}:{p.line}:{p.field}" if p.line else p.file, p.message_zh if _chinese() else p.message_en)
            for p in problems
        ]
        raise click.ClickException("\n".join(["nothing was imported", *table(rows)]))
    created, changed = ended.created_products, ended.changed_products
    click.echo(f"{ended.rows_total} lines: {created} products created, {changed} changed")


@export.command("goods")
@click.option("--mall", "mall_code", metavar="CODE", required=True, help="The mall.")
@click.option("--shop", "shop_code", metavar="CODE", required=True, help="The shop whose goods they are.")
@click.option("-o", "--output", type=click.File("wb"), default="-", help="Where to; the terminal when left out.")
@click.pass_obj
def export_goods(settings: Settings, *, mall_code: str, shop_code: str, output: BinaryIO) -> None:
    """Write a shop's goods to a CSV file, which `galleria import goods` reads."""

    async def do(runtime: Runtime) -> bytes:
        mall = await the_mall(runtime, mall_code)
        shop = await the_shop(runtime, mall, shop_code)
        ended = await _done(runtime, TransferKind.GOODS_EXPORT, mall, shop, "goods.csv", None)
        async with runtime.db.read() as tx:
            name = await merchandising.result_file(tx, mall_id=mall.id, transfer_id=ended.id)
        found = runtime.files.find(name or "")
        if found is None:
            raise click.ClickException("the export wrote no file")
        return await asyncio.to_thread(found.read_bytes)

    output.write(on_installation(settings, do))


async def _done(
    runtime: Runtime, kind: TransferKind, mall: malls.Mall, shop: malls.Shop, file_name: str, source: str | None
) -> Transfer:
    """Do a transfer in this process, telling how far it is, and return how it ended."""
    now = utc_now()

    async def begin(tx: Tx) -> Transfer:
        return await merchandising.start(
            tx,
            kind=kind,
            mall_id=mall.id,
            shop_id=shop.id,
            staff_id=StaffId(SYSTEM.id),
            file_name=file_name,
            source_file=source,
            queued=False,
            now=now,
        )

    command = Command(
        kind=f"merchandising.{kind.value}", actor=SYSTEM, now=now, mall_id=mall.id, input=(shop.id, file_name)
    )
    started = await runtime.db.write(command, begin, returns=Transfer)
    work = asyncio.create_task(merchandising.run(runtime, mall_id=str(mall.id), transfer_id=str(started.id)))
    with click.progressbar(length=1, label=file_name, file=sys.stderr) as bar:
        while not work.done():
            await asyncio.wait({work}, timeout=LOOK_EVERY_S)
            now_at = await _transfer(runtime, started)
            bar.length = max(now_at.rows_total, 1)
            bar.update(now_at.rows_done - bar.pos)
    await work
    return await _transfer(runtime, started)


async def _transfer(runtime: Runtime, transfer: Transfer) -> Transfer:
    async with runtime.db.read() as tx:
        return await merchandising.get_transfer(tx, mall_id=transfer.mall_id, transfer_id=transfer.id)


async def _problems(runtime: Runtime, transfer: Transfer) -> list[merchandising.FileProblem]:
    found: list[merchandising.FileProblem] = []
    cursor: str | None = None
    while True:
        async with runtime.db.read() as tx:
            page = await merchandising.list_problems(
                tx, mall_id=transfer.mall_id, transfer_id=transfer.id, cursor=cursor, limit=PROBLEMS
            )
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def _chinese() -> bool:
    return locale() == "zh-CN"


COMMANDS = [import_, export]
