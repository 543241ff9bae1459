"""PostgreSQL's own floor: pgbench doing the least that the same work can do, on the same cluster."""

import asyncio
import re
import tempfile
from pathlib import Path

from bench.stage import Stage


async def pgbench(stage: Stage, script: str, *, clients: int, seconds: int = 5) -> float:
    """Return the transactions a second pgbench reaches with `clients` on a script, prepared statements."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.sql"
        path.write_text(script)
        process = await asyncio.create_subprocess_exec(
            str(stage.embedded.bin_dir / "pgbench"),
            "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(path), stage.dsn,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await process.communicate()
    found = re.search(rb"tps = ([0-9.]+)", output)
    if found is None:
        raise RuntimeError(f"pgbench failed: {errors.decode()}")
    return float(found[1])
