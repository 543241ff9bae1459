"""The process that ends a supervisor's children when the supervisor is gone; run as a script, never imported.

It reads ``+pid`` and ``-pid`` lines, each naming a process group, until end of file; the kernel closes the
pipe however the supervisor ends. What is left then gets SIGTERM, and after the grace time SIGKILL. After an
orderly stop nothing is left.
"""

import os
import signal
import sys
import time
from contextlib import suppress


def remaining(groups: set[int]) -> set[int]:
    """Those of `groups` in which a process is left."""
    return {group for group in groups if tell(group, 0)}


def tell(group: int, number: int) -> bool:
    """Signal a process group; False when it does not exist any more."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)
        return True
    return False


def watch() -> set[int]:
    """Follow the supervisor's lines to their end; the groups that were started and not reported dead."""
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    return groups


def main(grace: float) -> None:
    """Watch, then end what is left: SIGTERM, and SIGKILL `grace` seconds later."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = remaining(watch())
    for group in groups:
        tell(group, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (groups := remaining(groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        tell(group, signal.SIGKILL)


if __name__ == "__main__":
    main(float(sys.argv[1]))
