"""Files by content: stored once under the SHA-256 of their bytes, served with an address that never changes."""

import asyncio
import hashlib
import os
import re
from pathlib import Path

SUFFIXES = {"webp": "image/webp", "csv": "text/csv", "json": "application/json", "zip": "application/zip"}
_NAME = re.compile(r"^[0-9a-f]{64}\.(webp|csv|json|zip)$")


class FileStore:
    """A folder of content-addressed files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def put(self, content: bytes, suffix: str) -> str:
        """Store bytes and return their name, `<sha256>.<suffix>`; storing the same bytes again is harmless."""
        return await asyncio.to_thread(self.put_now, content, suffix)

    def put_now(self, content: bytes, suffix: str) -> str:
        """Store bytes, as `put`, without leaving the thread."""
        if suffix not in SUFFIXES:
            raise ValueError(f"files of kind {suffix} are not kept")
        name = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
        path = self._path(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}.part")
            draft.write_bytes(content)
            draft.replace(path)
        return name

    def find(self, name: str) -> Path | None:
        """Return where a file lies, or None when the name is malformed or unknown."""
        if not _NAME.match(name):
            return None
        path = self._path(name)
        return path if path.is_file() else None

    def _path(self, name: str) -> Path:
        return self.root / name[:2] / name
