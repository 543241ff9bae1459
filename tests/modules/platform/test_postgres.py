"""The embedded PostgreSQL with real processes: started, adopted, stopped, killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psycopg
import pytest

from galleria.platform import postgres

# An owner that says where it listens and then waits to be killed, or for its stdin to end.
OWNER = """
import sys
from pathlib import Path
from galleria.platform import postgres
embedded = postgres.start(Path(sys.argv[1]))
print(embedded.dsn, flush=True)
sys.stdin.read()
"""


def living(data_dir: Path) -> set[int]:
    """Processes that work in the cluster or hold it in their arguments; zombies do neither."""
    cluster = data_dir.resolve() / "cluster"
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            here = (entry / "cwd").readlink() == cluster
            named = os.fsencode(cluster) in (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if here or named:
            found.add(int(entry.name))
    return found


def gone_within(data_dir: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while living(data_dir) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not living(data_dir)


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "cluster" / "postmaster.pid").read_text().split()[0])


def own(data_dir: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OWNER, str(data_dir)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def dsn_of(owner: subprocess.Popen[str]) -> str:
    assert owner.stdout is not None
    return owner.stdout.readline().strip()


def kill(owner: subprocess.Popen[str]) -> None:
    owner.kill()
    owner.communicate()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder for one cluster, short enough for a socket, with a space and characters beyond ASCII."""
    with tempfile.TemporaryDirectory(prefix="the mall 商场 ") as folder:
        path = Path(folder) / "data"
        yield path
        assert gone_within(path, 10), "the test left processes behind"


async def test_a_fresh_cluster_serves_asyncpg_and_psycopg(data_dir: Path) -> None:
    embedded = postgres.start(data_dir)
    try:
        connection = await asyncpg.connect(embedded.dsn)
        assert await connection.fetchval("SELECT current_user || '@' || current_database()") == "galleria@galleria"
        assert await connection.fetchval("SELECT lower('ÀB商') || ('B' < 'a')") == "àb商true"
        assert await connection.fetchval("SELECT NOT rolsuper FROM pg_roles WHERE rolname = 'galleria'")
        await connection.close()
        with psycopg.connect(embedded.superuser_dsn) as superuser:
            shown = {
                name: superuser.execute(f"SHOW {name}").fetchone()
                for name in ("fsync", "synchronous_commit", "listen_addresses", "server_encoding", "jit")
            }
        assert shown == {
            "fsync": ("on",),
            "synchronous_commit": ("on",),
            "listen_addresses": ("",),
            "server_encoding": ("UTF8",),
            "jit": ("off",),
        }
    finally:
        embedded.stop()


def test_a_second_start_is_fast_and_stop_leaves_nothing(data_dir: Path) -> None:
    postgres.start(data_dir).stop()
    assert not living(data_dir)
    before = time.monotonic()
    embedded = postgres.start(data_dir, options={"work_mem": "3MB", "application_name": "it's a \\ test"})
    assert time.monotonic() - before < 2
    with psycopg.connect(embedded.superuser_dsn) as superuser:
        assert superuser.execute("SHOW work_mem").fetchone() == ("3MB",)
    embedded.stop()
    embedded.stop()
    assert not living(data_dir)


def test_a_running_postmaster_is_shared_and_the_last_owner_stops_it(data_dir: Path) -> None:
    first, second = own(data_dir), own(data_dir)  # both at once, on a cluster that does not exist yet
    assert dsn_of(first) == dsn_of(second) != ""
    embedded = postgres.start(data_dir)
    pid = postmaster(data_dir)
    kill(first)
    second.communicate()
    assert second.returncode == 0
    with psycopg.connect(embedded.dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert postmaster(data_dir) == pid
    embedded.stop()
    assert not living(data_dir)


def test_killing_the_owner_stops_postgres_and_keeps_what_was_committed(data_dir: Path) -> None:
    owner = own(data_dir)
    connection = psycopg.connect(dsn_of(owner))
    connection.execute("CREATE TABLE kept (it text)")
    connection.execute("INSERT INTO kept VALUES ('committed')")
    connection.commit()
    connection.execute("INSERT INTO kept VALUES ('not committed')")
    kill(owner)
    assert gone_within(data_dir, 10)
    connection.close()
    embedded = postgres.start(data_dir)
    with psycopg.connect(embedded.dsn) as again:
        assert again.execute("SELECT it FROM kept").fetchall() == [("committed",)]
    embedded.stop()


def test_killing_owner_and_keeper_leaves_a_postmaster_that_is_adopted(data_dir: Path) -> None:
    owner = own(data_dir)
    dsn = dsn_of(owner)
    pid = postmaster(data_dir)
    (keeper,) = (
        other for other in living(data_dir) if b"postgres_keeper" in Path(f"/proc/{other}/cmdline").read_bytes()
    )
    os.kill(keeper, signal.SIGKILL)
    kill(owner)
    embedded = postgres.start(data_dir)
    assert embedded.dsn == dsn
    assert postmaster(data_dir) == pid
    embedded.stop()
    assert not living(data_dir)


def test_killing_everything_at_once_recovers(data_dir: Path) -> None:
    owner = own(data_dir)
    with psycopg.connect(dsn_of(owner)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    for pid in [owner.pid, *living(data_dir)]:
        with suppress(ProcessLookupError):  # a backend follows its postmaster
            os.kill(pid, signal.SIGKILL)
    owner.communicate()
    embedded = postgres.start(data_dir)
    with psycopg.connect(embedded.dsn) as again:
        assert again.execute("SELECT one FROM kept").fetchone() == (1,)
    embedded.stop()


def test_a_stale_pid_file_with_the_number_of_a_stranger(data_dir: Path) -> None:
    embedded = postgres.start(data_dir)
    pid_file, socket_lock = data_dir / "cluster" / "postmaster.pid", data_dir / "run" / ".s.PGSQL.5432.lock"
    assert socket_lock.exists()
    stale = pid_file.read_text()
    embedded.stop()
    owner_of_files = pid_file.parent.stat()
    identity = {"user": owner_of_files.st_uid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **identity) as stranger:
        for path in (pid_file, socket_lock):
            path.write_text(stale.replace(stale.split()[0], str(stranger.pid), 1))
            os.chown(path, owner_of_files.st_uid, owner_of_files.st_gid)
        embedded = postgres.start(data_dir)
        assert postmaster(data_dir) != stranger.pid
        embedded.stop()
        assert stranger.poll() is None
        stranger.kill()
    assert not socket_lock.exists()


def test_a_path_too_long_for_a_socket(data_dir: Path) -> None:
    deep = data_dir / ("d" * 100) / "data"
    embedded = postgres.start(deep)
    with psycopg.connect(embedded.dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert embedded.socket_dir.stat().st_mode & 0o777 == 0o700
    embedded.stop()
    embedded.socket_dir.rmdir()
    assert not living(deep)


def test_createdb_copies_a_template_and_dropdb_drops_it(data_dir: Path) -> None:
    embedded = postgres.start(data_dir)
    with psycopg.connect(embedded.dsn) as connection:
        connection.execute("CREATE TABLE shop AS SELECT 'tea' AS name")
    postgres.createdb(embedded, 'a "copy"', template="galleria")
    held = psycopg.connect(embedded.dsn_for('a "copy"'))
    assert held.execute("SELECT name FROM shop").fetchone() == ("tea",)
    with pytest.raises(psycopg.errors.DuplicateDatabase):
        postgres.createdb(embedded, 'a "copy"')
    postgres.dropdb(embedded, 'a "copy"')
    postgres.dropdb(embedded, 'a "copy"')
    held.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(embedded.dsn_for('a "copy"'))
    embedded.stop()


def test_a_setting_that_postgres_refuses_is_told_and_nothing_is_left(data_dir: Path) -> None:
    with pytest.raises(postgres.EmbeddedPostgresError, match="shared_buffers"):
        postgres.start(data_dir, options={"shared_buffers": "plenty"})
    assert not living(data_dir)


def test_data_of_another_version_is_refused_untouched(data_dir: Path) -> None:
    (data_dir / "cluster").mkdir(parents=True)
    (data_dir / "cluster" / "PG_VERSION").write_text("16\n")
    with pytest.raises(postgres.EmbeddedPostgresError, match="PostgreSQL 16"):
        postgres.start(data_dir)
    assert [path.name for path in (data_dir / "cluster").iterdir()] == ["PG_VERSION"]


def test_killing_the_owner_while_it_creates_the_cluster_spoils_nothing(data_dir: Path) -> None:
    for delay in (0.25, 0.4, 0.55):
        owner = own(data_dir)
        time.sleep(delay)
        kill(owner)
    embedded = postgres.start(data_dir)
    with psycopg.connect(embedded.dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    embedded.stop()
    initdb = ["pgrep", "-f", f"initdb.*{data_dir}"]
    while subprocess.run(initdb, check=False, stdout=subprocess.DEVNULL).returncode == 0:
        time.sleep(0.05)
    postgres.start(data_dir).stop()
    assert not list(data_dir.glob("cluster-partial-*"))
