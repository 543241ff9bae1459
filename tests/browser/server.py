"""An installation to look at: `galleria demo` with a small mall, on data and a port of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = ["--members", "200", "--orders", "500", "--days", "14"]
STARTS_WITHIN = 90


@contextmanager
def demo_mall() -> Iterator[str]:
    """Seed and serve a small demo mall; lend its address, and leave neither process nor data behind.

    It runs apart from the web packages and so hangs no pictures: drawing them takes longer than all the tests. To see
    the screens with pictures, name a running demo in `BROWSER_MALL`.
    """
    folder = Path(tempfile.mkdtemp(prefix="galleria-browser-"))
    port = _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")},
        "GALLERIA_DATA_DIR": str(folder / "var"),
        "GALLERIA_PORT": str(port),
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "galleria.cli", "demo", *SIZE],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}", server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(origin: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{origin}/readyz", timeout=2):  # noqa: S310 - our own address
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise RuntimeError(f"the mall did not open:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port
