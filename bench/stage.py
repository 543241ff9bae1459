"""What a bench plays on: a fresh embedded PostgreSQL and `galleria serve` in production mode on it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from galleria.doctor import examine
from galleria.kernel.ids import GroupId, new_id
from galleria.platform import postgres
from galleria.platform.actors import ActorKind
from galleria.platform.auth.tokens import Claims, Signer

SECRET = "bench-" * 8


class Stage:
    """A running installation: its port, database address, and a way to mint members' tokens."""

    def __init__(self, folder: Path, embedded: postgres.Embedded, port: int) -> None:
        self.folder = folder
        self.embedded = embedded
        self.dsn = embedded.dsn
        self.port = port
        self.signer = Signer(SECRET.encode())
        self._server: subprocess.Popen[bytes] | None = None

    def token(self, member_id: UUID, group_id: UUID) -> str:
        ends_at = int((datetime.now(UTC) + timedelta(hours=2)).timestamp())
        return self.signer.token(Claims(ActorKind.MEMBER, member_id, new_id(), ends_at, GroupId(group_id)))

    def staff_token(self, staff_id: UUID, session_id: UUID, group_id: UUID) -> str:
        ends_at = int((datetime.now(UTC) + timedelta(hours=2)).timestamp())
        return self.signer.token(Claims(ActorKind.STAFF, staff_id, session_id, ends_at, GroupId(group_id)))

    def environment(self) -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("GALLERIA_")},
            "GALLERIA_DATABASE_URL": self.dsn,
            "GALLERIA_DATA_DIR": str(self.folder / "var"),
            "GALLERIA_PORT": str(self.port),
            "GALLERIA_SECRET_KEY": SECRET,
            "GALLERIA_SANDBOX": "true",
            "GALLERIA_LOG_LEVEL": "warning",
        }

    async def settle(self) -> None:
        """Gather the statistics that autovacuum would have by now, a minute after rows came: of tables with rows.

        Called after a warm-up as well: what is planned for a table while it is empty reads it from end to end, and is
        planned anew once there are statistics.
        """
        async with database(self.dsn) as connection:
            tables = "SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables"
            for table in await connection.fetch(tables):
                if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table['name']})"):
                    await connection.execute(f"ANALYZE {table['name']}")

    async def serve(self) -> None:
        """Start the server on what was seeded."""
        await self.settle()
        self._server = subprocess.Popen(
            [sys.executable, "-m", "galleria.cli", "serve"], env=self.environment(), start_new_session=True
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
            except OSError:
                await asyncio.sleep(0.1)
            else:
                await asyncio.sleep(0.5)
                return
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        """Kill the supervisor, and with it every process of the server, as a power cut would."""
        if self._server is not None:
            self._server.send_signal(signal.SIGKILL)
            self._server.wait()
            self._server = None

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(30)
            self._server = None

    def cpu_seconds(self) -> float:
        """Return the CPU time spent so far by the processes of the server, PostgreSQL's not counted."""
        assert self._server is not None
        parents, ticks = dict[int, int](), dict[int, int]()
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            process = int(path.parent.name)
            parents[process], ticks[process] = int(fields[1]), int(fields[11]) + int(fields[12])
        ours = {self._server.pid}
        while more := {process for process, parent in parents.items() if parent in ours} - ours:
            ours |= more
        return sum(ticks.get(process, 0) for process in ours) / os.sysconf("SC_CLK_TCK")

    async def healthy(self) -> bool:
        """Return whether `galleria doctor` finds nothing wrong, and print what it finds."""
        findings = await examine(self.dsn)
        for finding in findings:
            for problem in finding.problems:
                print(f"  doctor: {finding.check}: {problem}")
        return not any(finding.problems for finding in findings)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Lend an installation with a migrated, empty database; the caller seeds it and calls `serve`."""
    folder = Path(tempfile.mkdtemp(prefix="galleria-bench-"))
    embedded = postgres.start(folder / "postgres")
    made = Stage(folder, embedded, free_port())
    try:
        command = [sys.executable, "-m", "galleria.cli", "migrate"]
        subprocess.run(command, env=made.environment(), check=True, stdout=subprocess.DEVNULL)
        yield made
    finally:
        made.stop()
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def database(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port
