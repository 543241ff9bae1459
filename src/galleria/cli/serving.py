"""Commands that keep an installation going: serve, worker, migrate, demo, doctor, openapi."""

import asyncio
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import click
import uvloop

from galleria import main as composition
from galleria.cli.installation import bring_up_to_date, database
from galleria.demo import loader
from galleria.demo.loader import Size
from galleria.demo.panel import GROUP, TIME_ZONE, panel
from galleria.doctor import examine
from galleria.kernel.periods import business_date
from galleria.platform import logs, processes
from galleria.platform.db import utc_now
from galleria.platform.settings import PREFIX, Settings, SettingsError, load
from galleria.worker import until_told, work


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database's schema up to date."""
    with database(settings) as dsn:
        applied = bring_up_to_date(dsn)
    click.echo("\n".join(applied) or "the database is up to date")


@click.command()
@click.option("--no-worker", is_flag=True, help="Leave jobs to `galleria worker` processes elsewhere.")
@click.pass_obj
def serve(settings: Settings, *, no_worker: bool) -> None:
    """Serve the web and, unless told otherwise, do the jobs; the database is brought up to date first."""
    require_providers(settings)
    with database(settings) as dsn:
        bring_up_to_date(dsn)
        sys.exit(run_processes(settings, dsn, worker=not no_worker))


def require_providers(settings: Settings) -> None:
    """Stop with a clear message when a provider that people depend on is not configured."""
    try:
        composition.require_providers(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def run_processes(settings: Settings, dsn: str, *, worker: bool, greeting: str | None = None) -> int:
    """Keep the web server and the worker alive until told to stop; return the exit status."""
    environment = {**os.environ, f"{PREFIX}DATABASE_URL": dsn, "PROMETHEUS_MULTIPROC_DIR": _metrics_dir(settings)}
    command = [sys.executable, "-m", "galleria.cli"]
    web = processes.Child("web", [*command, "web"], environment, lambda: is_ready(settings))
    children = [web, processes.Child("worker", [*command, "worker"], environment)] if worker else [web]
    said = greeting or f"Galleria serves on {settings.origin}"
    return processes.run(children, on_ready=lambda: click.echo(said, err=greeting is None))


@click.command()
@click.option("--seed-only", is_flag=True, help="Seed the mall if there is none, and do not serve.")
@click.option("--members", default=Size().members, hidden=True)
@click.option("--orders", default=Size().orders, hidden=True)
@click.option("--days", default=Size().days, hidden=True)
def demo(*, seed_only: bool, members: int, orders: int, days: int) -> None:
    """Serve a lively mall, invented and seeded if there is none: codes on screen, payments in a sandbox."""
    for name, value in (("SANDBOX", "true"), ("LOG_FORMAT", "console"), ("LOG_LEVEL", "warning")):
        os.environ.setdefault(f"{PREFIX}{name}", value)
    settings = load()
    logs.configure(style=settings.log_format, level=settings.log_level)
    with database(settings) as dsn:
        bring_up_to_date(dsn)
        ours = asyncio.run(_seed(settings, dsn, Size(members, orders, days)))
        if not seed_only:
            sys.exit(run_processes(settings, dsn, worker=True, greeting=panel(settings.origin, sign_ins=ours)))


async def _seed(settings: Settings, dsn: str, size: Size) -> bool:
    """Load the demo mall into an empty database; return whether the mall in it is the demo's."""
    now = utc_now()
    today = business_date(now, TIME_ZONE)
    if await loader.load(dsn, settings, today=today, now=now, on_progress=click.echo, size=size):
        return True
    return GROUP in await loader.groups(dsn)


def is_ready(settings: Settings) -> bool:
    """Return whether /readyz answers 200."""
    try:
        with urllib.request.urlopen(f"http://{settings.host}:{settings.port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@click.command(hidden=True)
@click.pass_obj
def web(settings: Settings) -> None:
    """Serve the web only, on GALLERIA_DATABASE_URL; `serve` starts this."""
    from granian import Granian  # noqa: PLC0415 - only this command needs the server
    from granian.constants import Interfaces, Loops  # noqa: PLC0415 - as above

    Granian(
        "galleria.asgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.web_processes,
        loop=Loops.uvloop,
        factory=True,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()


@click.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Do jobs and scheduled work only."""
    require_providers(settings)
    with database(settings) as dsn:
        uvloop.run(_work(settings, dsn))


async def _work(settings: Settings, dsn: str) -> None:
    runtime = await composition.build_runtime(settings, dsn, name="galleria-worker")
    try:
        await work(
            runtime,
            dsn,
            tasks=[task for module in composition.MODULES for task in module.tasks],
            schedules=[schedule for module in composition.MODULES for schedule in module.schedules],
            stopping=until_told(),
        )
    finally:
        await runtime.db.pool.close()


@click.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Check settings, database and migrations, recompute every invariant; exit 1 when anything is wrong."""
    with database(settings) as dsn:
        findings = asyncio.run(examine(dsn))
    for finding in findings:
        click.echo(f"{'wrong' if finding.problems else 'ok':>5}  {finding.check}")
        for problem in finding.problems:
            click.echo(f"       - {problem}")
    wrong = sum(len(finding.problems) for finding in findings)
    click.echo(f"{len(findings)} checks, {wrong} problem{'' if wrong == 1 else 's'}")
    sys.exit(1 if wrong else 0)


@click.command()
def openapi() -> None:
    """Print the API description; `make api` commits it as openapi.json."""
    click.echo(composition.described().decode())


def _metrics_dir(settings: Settings) -> str:
    """Return an empty folder where the processes share their figures."""
    folder = Path(settings.data_dir).resolve() / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    return str(folder)


COMMANDS = [serve, worker, migrate, demo, doctor, web, openapi]
