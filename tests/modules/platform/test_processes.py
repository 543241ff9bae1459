"""The supervisor with real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from galleria.platform.processes import Child, Policy, run

# A supervisor of children given as shell scripts; the last argument is the folder they write to.
SUPERVISOR = """
import logging, sys
from pathlib import Path
from galleria.platform.processes import Child, Policy, run
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
folder, *scripts = sys.argv[1:]
children = [
    Child(str(n), ["/bin/sh", "-c", script], {"F": folder, "PATH": "/usr/bin:/bin"},
          ready=lambda n=n: Path(folder, f"ready{n}").exists())
    for n, script in enumerate(scripts)
]
policy = Policy(grace=1, ready_within=5, backoff=(0.05, 0.1), quick=2, give_up_after=4)
sys.exit(run(children, on_ready=lambda: Path(folder, "all").touch(), policy=policy))
"""

STEADY = 'echo $$ >"$F/pid{n}"; touch "$F/ready{n}"; exec sleep 60'
DEAF = 'trap "" TERM; echo $$ >"$F/pid{n}"; touch "$F/ready{n}"; while :; do sleep 1; done'
FAMILY = 'sleep 60 & echo $! >"$F/grandchild"; echo $$ >"$F/pid{n}"; touch "$F/ready{n}"; wait'


def supervise(folder: Path, *scripts: str) -> subprocess.Popen[str]:
    numbered = [script.replace("{n}", str(n)) for n, script in enumerate(scripts)]
    command = [sys.executable, "-c", SUPERVISOR, str(folder), *numbered]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def pid(folder: Path, name: str) -> int:
    path = folder / name
    assert until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def alive(number: int) -> bool:
    """Whether the process runs; a zombie that nobody has buried does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def all_ready(folder: Path) -> bool:
    return until((folder / "all").exists)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_children(tmp_path: Path, number: signal.Signals) -> None:
    supervisor = supervise(tmp_path, STEADY, FAMILY)
    assert all_ready(tmp_path)
    family = [pid(tmp_path, name) for name in ("pid0", "pid1", "grandchild")]
    assert all(map(alive, family))
    supervisor.send_signal(number)
    supervisor.communicate(timeout=10)
    assert supervisor.returncode == 0
    assert not any(map(alive, family))


def test_a_deaf_child_is_killed_after_the_grace_time(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, DEAF)
    assert all_ready(tmp_path)
    child = pid(tmp_path, "pid0")
    before = time.monotonic()
    supervisor.terminate()
    _, said = supervisor.communicate(timeout=10)
    assert 0.9 < time.monotonic() - before < 5
    assert supervisor.returncode == 0
    assert "killed" in said
    assert not alive(child)


def test_children_start_in_order_each_when_the_one_before_is_ready(tmp_path: Path) -> None:
    slow = 'sleep 0.3; touch "$F/ready{n}"; exec sleep 60'
    second = 'test -e "$F/ready0" && touch "$F/in_order"; touch "$F/ready{n}"; exec sleep 60'
    supervisor = supervise(tmp_path, slow, second)
    assert all_ready(tmp_path)
    assert (tmp_path / "in_order").exists()
    supervisor.terminate()
    supervisor.communicate(timeout=10)


def test_a_crashed_child_is_started_again_and_the_other_is_left_alone(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, STEADY, STEADY)
    assert all_ready(tmp_path)
    first, second = pid(tmp_path, "pid0"), pid(tmp_path, "pid1")
    (tmp_path / "pid1").unlink()
    os.kill(second, signal.SIGKILL)
    assert pid(tmp_path, "pid1") != second
    assert alive(first)
    supervisor.terminate()
    _, said = supervisor.communicate(timeout=10)
    assert supervisor.returncode == 0
    assert "1 was ended by SIGKILL" in said


def test_it_gives_up_on_a_child_that_keeps_dying(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, STEADY, 'echo x >>"$F/lives"; touch "$F/ready{n}"; exit 3')
    _, said = supervisor.communicate(timeout=10)
    assert supervisor.returncode == 1
    assert "1 ended with status 3 4 times in a row" in said
    assert (tmp_path / "lives").read_text().count("x") == 4
    assert not alive(pid(tmp_path, "pid0"))


@pytest.mark.parametrize("script", [STEADY, DEAF, FAMILY])
def test_killing_the_supervisor_leaves_no_child(tmp_path: Path, script: str) -> None:
    supervisor = supervise(tmp_path, script)
    assert all_ready(tmp_path)
    family = [pid(tmp_path, path.name) for path in [*tmp_path.glob("pid0"), *tmp_path.glob("grandchild")]]
    assert all(map(alive, family))
    supervisor.kill()
    supervisor.communicate(timeout=10)
    assert until(lambda: not any(map(alive, family)))


def test_a_program_that_does_not_exist_is_told() -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert run([Child("web", ["/nowhere/at/all"])]) == 1
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_child_that_is_never_ready_is_given_up_and_stopped(caplog: pytest.LogCaptureFixture) -> None:
    child = Child("web", ["/bin/sleep", "60"], ready=lambda: False)
    assert run([child], policy=Policy(ready_within=0.3)) == 1
    assert "web was not ready within 0.3 s" in caplog.text
