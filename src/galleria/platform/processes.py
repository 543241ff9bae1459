"""The supervisor under `galleria serve`: children started in order, kept alive, stopped together.

Every child leads a session of its own, so a Ctrl-C in the terminal reaches the supervisor alone, which then
stops the children, and a whole child (a web server and its workers) is addressed as one process group. A
child's last words go straight to our stdout and stderr.

No child outlives us. A sentry process (see `processes_sentry`) reads a pipe whose other end only we hold, and
whose end of file means that we are gone, SIGKILL included; it then ends every group it was told of. The
kernel's parent-death signal would be simpler, but it reaches the child only, not the child's own workers, and
exists on Linux alone.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

log = logging.getLogger("galleria.processes")

TICK = 0.1  # seconds between two looks at a child that is not ready yet


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep alive.

    `env` is its whole environment (None: ours); `ready` says when the next child may start.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the supervisor is, in seconds."""

    grace: float = 20.0  # from SIGTERM to SIGKILL
    ready_within: float = 60.0  # for each child's `ready`
    backoff: tuple[float, ...] = (
        1,
        2,
        4,
        8,
        16,
        30,
    )  # before the first, second, ... restart
    quick: float = 30.0  # a life shorter than this is a quick death; a longer one clears the count
    give_up_after: int = 6  # quick deaths in a row


class GaveUpError(Exception):
    """A child cannot be kept alive; the message says which and why."""


@dataclass(slots=True)
class _Running:
    """A child and its present incarnation: a live process, or the moment to start the next one."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart_at: float = 0.0
    quick_deaths: int = 0


@dataclass(slots=True)
class _Signals:
    """SIGTERM and SIGINT counted; any signal, SIGCHLD too, ends `wait` early."""

    wakeup: int
    stops: int = 0

    def note(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self.stops += 1

    def wait(self, seconds: float) -> None:
        if select.select([self.wakeup], [], [], max(seconds, 0))[0]:
            with suppress(BlockingIOError):
                os.read(self.wakeup, 4096)


def run(children: Sequence[Child], *, on_ready: Callable[[], None] | None = None, policy: Policy | None = None) -> int:
    """Start `children` in order, call `on_ready` once all are ready, keep them alive until SIGTERM or SIGINT.

    Returns the exit status: 0 after an orderly stop, 1 when a child could not be kept alive (said on the
    log). A second SIGTERM or SIGINT ends the grace time. Call it from the main thread, which alone may handle
    signals; raises ValueError elsewhere.
    """
    policy = policy or Policy()
    with _signals() as signals, _sentry(policy.grace) as sentry:
        supervisor = _Supervisor(children, policy, signals, sentry)
        try:
            supervisor.start_all()
            if on_ready is not None and not signals.stops:
                on_ready()
            supervisor.keep_alive()
        except GaveUpError as problem:
            log.critical("%s", problem)
            return 1
        else:
            return 0
        finally:
            supervisor.stop_all()


@dataclass(slots=True)
class _Supervisor:
    children: Sequence[Child]
    policy: Policy
    signals: _Signals
    sentry: int
    all: list[_Running] = field(default_factory=list)

    def start_all(self) -> None:
        for child in self.children:
            if self.signals.stops:
                return
            running = _Running(child)
            self.all.append(running)
            self._start(running)
            self._await_ready(child)

    def keep_alive(self) -> None:
        while not self.signals.stops:
            self._tend()
            due = [running.restart_at for running in self.all if running.process is None]
            self.signals.wait(min(due) - time.monotonic() if due else 3600)

    def stop_all(self) -> None:
        """SIGTERM to all, last started first; SIGKILL to the groups that remain after the grace time."""
        patience = self.signals.stops
        alive = [running.process for running in reversed(self.all) if running.process is not None]
        for process in alive:
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + self.policy.grace
        while any(process.poll() is None for process in alive) and time.monotonic() < deadline:
            if self.signals.stops > patience:
                break
            self.signals.wait(min(TICK, deadline - time.monotonic()))
        for process in alive:
            if process.poll() is None:
                log.warning("process %d did not stop in time: killed", process.pid)
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()

    def _await_ready(self, child: Child) -> None:
        deadline = time.monotonic() + self.policy.ready_within
        while child.ready is not None and not self.signals.stops and not child.ready():
            if time.monotonic() > deadline:
                raise GaveUpError(f"{child.name} was not ready within {self.policy.ready_within:g} s")
            self._tend()
            self.signals.wait(TICK)

    def _tend(self) -> None:
        """Take note of the dead and start those whose time has come."""
        for running in self.all:
            if running.process is not None and running.process.poll() is not None:
                self._bury(running, running.process)
            if running.process is None and running.restart_at <= time.monotonic():
                self._start(running)

    def _bury(self, running: _Running, process: subprocess.Popen[bytes]) -> None:
        """End what the dead child left of its group, and fix when to start it again."""
        policy = self.policy
        _signal_group(process.pid, signal.SIGKILL)
        with suppress(BrokenPipeError):
            os.write(self.sentry, b"-%d\n" % process.pid)
        lived = time.monotonic() - running.started
        running.process = None
        running.quick_deaths = running.quick_deaths + 1 if lived < policy.quick else 0
        fate = _fate(process.returncode)
        if running.quick_deaths >= policy.give_up_after:
            raise GaveUpError(
                f"{running.child.name} {fate} {running.quick_deaths} times in a row, each time within "
                f"{policy.quick:g} s of its start; giving up. It was: {' '.join(running.child.argv)}"
            )
        delay = policy.backoff[min(max(running.quick_deaths - 1, 0), len(policy.backoff) - 1)]
        running.restart_at = time.monotonic() + delay
        log.warning("%s %s after %.1f s; starting again in %g s", running.child.name, fate, lived, delay)

    def _start(self, running: _Running) -> None:
        def announce() -> None:
            os.write(self.sentry, b"+%d\n" % os.getpid())

        running.started = time.monotonic()
        try:
            running.process = subprocess.Popen(  # noqa: S603 - what `galleria serve` asks for
                list(running.child.argv),
                env=running.child.env,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                # One write to a pipe, safe after fork. It must happen before the program runs: were we killed
                # between starting a child and naming it, the child would be left.
                preexec_fn=announce,  # noqa: PLW1509
            )
        except (OSError, subprocess.SubprocessError) as problem:
            raise GaveUpError(f"{running.child.name} cannot be started: {problem}") from problem
        log.info("%s started as process %d", running.child.name, running.process.pid)


def _fate(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _signal_group(leader: int, number: signal.Signals) -> None:
    """Signal the process group that child `leader` leads, as far as anything of it is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


@contextmanager
def _signals() -> Iterator[_Signals]:
    """Handle SIGTERM, SIGINT and SIGCHLD ourselves, and put back what was there before."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signals = _Signals(reading)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)}
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        for number in before:
            signal.signal(number, signals.note)
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(reading)
        os.close(writing)


@contextmanager
def _sentry(grace: float) -> Iterator[int]:
    """Start the sentry; yields the pipe on which it is told of children (``+pid``, ``-pid``)."""
    script = Path(__file__).with_name("processes_sentry.py")
    sentry = subprocess.Popen(  # noqa: S603 - this interpreter, our own script
        [sys.executable, "-I", "-S", str(script), str(grace)],
        stdin=subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )
    if sentry.stdin is None:  # pragma: no cover - asked for just above
        raise ValueError("no pipe")
    try:
        yield sentry.stdin.fileno()
    finally:
        sentry.stdin.close()
        sentry.wait()
