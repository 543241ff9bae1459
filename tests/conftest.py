"""The stage every test plays on: one embedded PostgreSQL a run, one database a worker cloned from a migrated template.

Tests commit for real and never clean up: each makes its own group and mall, so none sees another's rows.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import hypothesis
import pytest
from argon2 import PasswordHasher
from litestar import Litestar

from galleria.platform import jobs, migrations, postgres
from galleria.platform.auth import passwords
from galleria.platform.postgres_keeper import locked
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings
from tests.factories.app import running

hypothesis.settings.register_profile("galleria", deadline=None)  # two cores shared by many are no stopwatch
hypothesis.settings.load_profile("galleria")
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="galleria-metrics-"))


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> None:
    """Hash passwords at the least strength: a hundred staff at full strength take half a minute and prove nothing."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # noqa: SLF001 - see above


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[postgres.Embedded]:
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    embedded = postgres.start(shared / "postgres", options={"fsync": "off", "max_connections": "300"})
    yield embedded
    embedded.stop()


@pytest.fixture(scope="session")
def new_database(
    cluster: postgres.Embedded, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """Return what makes a migrated, empty database of a name of this worker's own, and returns its name."""
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent

    with locked(shared / "template.lock"):
        if not (shared / "template.done").exists():
            postgres.createdb(cluster, "template")
            migrations.apply(cluster.dsn_for("template"))
            asyncio.run(jobs.install(cluster.dsn_for("template")))
            (shared / "template.done").touch()

    def make(prefix: str) -> str:
        with locked(shared / "template.lock"):
            postgres.createdb(cluster, f"{prefix}_{worker_id}", template="template")
        return f"{prefix}_{worker_id}"

    return make


@pytest.fixture(scope="session")
def dsn(cluster: postgres.Embedded, new_database: Callable[[str], str]) -> str:
    return cluster.dsn_for(new_database("test"))


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=Path(tmp_path_factory.mktemp("var")), secret_key="s" * 40, sandbox=True)


@pytest.fixture(scope="session")
async def app(dsn: str, settings: Settings) -> AsyncIterator[Litestar]:
    async with running(settings, dsn) as app:
        yield app


@pytest.fixture(scope="session")
def runtime(app: Litestar) -> Runtime:
    found: Runtime = app.state.runtime
    return found


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, in process, signed in as nobody; `as_member` and `as_staff` in factories sign in."""
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
