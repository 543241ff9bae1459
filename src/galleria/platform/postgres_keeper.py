"""The process between an owner and its embedded PostgreSQL; run as a script.

It starts the postmaster (or adopts one that runs), says ``ready`` on stdout, then waits for end of file on
stdin. The owner holds the other end of that pipe, and the kernel closes it however the owner ends, SIGKILL
included. The last keeper out then shuts PostgreSQL down in fast mode. One path serves ``stop()``, a normal
exit and a crash.

Two lock files make it safe with many owners: *gate* is held, exclusively, by whoever starts or stops;
*owners* is held, shared, by every keeper while its owner lives, so that only the last one can take it
exclusively.

It imports the standard library alone (it runs under ``python -I -S``) and stays out of its owner's session,
so a Ctrl-C meant for the owner, or a signal to the owner's process group, does not reach it.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 120.0  # seconds for crash recovery, or for a shutdown that writes its checkpoint
SOCKET_LOCK = ".s.PGSQL.5432.lock"


class Postmaster:
    """One cluster directory and the means to start and stop its postmaster."""

    def __init__(self, cluster: Path, pg_ctl: Path, uid: int, gid: int) -> None:
        self.cluster = cluster
        self.pg_ctl = pg_ctl
        self.uid = uid
        self.gid = gid

    def ensure_running(self) -> bool:
        """Adopt the running postmaster or start one; True when it accepts connections."""
        self._settle()
        if self._pid() is not None:
            return True
        self._forget_stale_locks()
        # A killed postmaster leaves backends behind for a moment; PostgreSQL rightly refuses until they go.
        log = str(self.cluster / "start.log")
        return any(self._run("start", "-l", log) or self._pause() for _ in range(3))

    def stop(self) -> bool:
        """Shut down in fast mode; True when nothing is left running."""
        self._settle()
        return self._pid() is None or self._run("stop", "-m", "fast")

    def _run(self, action: str, *arguments: str) -> bool:
        """Run pg_ctl as the cluster's user and wait until it is done; True when it succeeded."""
        waiting = ["-w", "-s", "-t", f"{PATIENCE:.0f}"]
        as_root = os.geteuid() == 0
        done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
            [str(self.pg_ctl), action, *waiting, "-D", str(self.cluster), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            user=self.uid if as_root else None,
            group=self.gid if as_root else None,
            extra_groups=[] if as_root else None,
        )
        return done.returncode == 0

    @staticmethod
    def _pause() -> bool:
        time.sleep(0.5)
        return False

    def _lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        return []

    def _pid(self) -> int | None:
        """The postmaster's process id, if the one in postmaster.pid truly serves this cluster."""
        lines = self._lines()
        if not lines or not lines[0].isdigit():
            return None
        pid = int(lines[0])
        return pid if serves(pid, self.cluster) else None

    def _settle(self) -> None:
        """Wait while a postmaster that somebody else set in motion is still starting or stopping."""
        deadline = time.monotonic() + PATIENCE
        while self._pid() is not None and time.monotonic() < deadline:
            lines = self._lines()
            if len(lines) >= 8 and lines[7].strip() == "ready":
                return
            time.sleep(0.05)

    def _forget_stale_locks(self) -> None:
        """Remove lock files whose process id is a stranger's now (a reboot, a new container).

        PostgreSQL removes stale ones by itself, after checking that no backend of old is left, unless the
        number is in use again. Then the check is ours to make: whoever works in the folder keeps the lock in
        place.
        """
        lines = self._lines()
        if len(lines) < 5 or not exists(int(lines[0])):
            return
        deadline = time.monotonic() + 10
        while inhabited(self.cluster):
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)
        (Path(lines[4]) / SOCKET_LOCK).unlink(missing_ok=True)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)


def exists(pid: int) -> bool:
    """Whether any process, be it a zombie, has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def works_in(pid: str, folder: Path) -> bool:
    """Whether process `pid` works in `folder`; zombies work nowhere, strangers do not say."""
    with suppress(OSError):
        return Path("/proc", pid, "cwd").readlink() == folder
    return False


def inhabited(cluster: Path) -> bool:
    """Whether any process works in `cluster`, as a postmaster and all its backends do."""
    return any(works_in(entry.name, cluster) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def serves(pid: int, cluster: Path) -> bool:
    """Whether process `pid` lives and, where /proc can tell, works in `cluster`."""
    return works_in(str(pid), cluster) if Path("/proc/self").exists() else exists(pid)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the exclusive lock on `path`, waiting for it; the kernel lets go of it if we die."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def alone(owners: int) -> bool:
    """Give up our share of the owners' lock; True when nobody else holds one."""
    fcntl.flock(owners, fcntl.LOCK_UN)
    try:
        fcntl.flock(owners, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def report(word: bytes) -> None:
    """Tell the owner; it may be gone already, which the next read of stdin will show."""
    with suppress(BrokenPipeError):
        os.write(1, word + b"\n")


def main(base: Path, cluster: Path, pg_ctl: Path, uid: int, gid: int) -> int:
    """Keep the postmaster for as long as stdin stays open; exit status 0 when all went well."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # a handler, not SIG_IGN, which PostgreSQL would inherit
    postmaster = Postmaster(cluster, pg_ctl, uid, gid)
    owners = os.open(base / "owners.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with locked(base / "gate.lock"):
        fcntl.flock(owners, fcntl.LOCK_SH)
        if not postmaster.ensure_running():
            report(b"failed")
            return 1
    report(b"ready")
    while os.read(0, 1024):
        pass
    with locked(base / "gate.lock"):
        return 0 if not alone(owners) or postmaster.stop() else 1


if __name__ == "__main__":
    base, cluster, pg_ctl, uid, gid = sys.argv[1:]
    sys.exit(main(Path(base), Path(cluster), Path(pg_ctl), int(uid), int(gid)))
