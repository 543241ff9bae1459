"""Drawing the demo's pictures into the file store, in processes of their own while the rows are being made."""

import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from io import BytesIO
from multiprocessing import get_context, parent_process
from pathlib import Path

import msgspec
from PIL import Image

from galleria.demo import pictures
from galleria.demo.world.model import Picture
from galleria.platform.files import FileStore

PARTS = 64


class Hung(msgspec.Struct, frozen=True):
    """A picture in the file store."""

    key: str
    name: str
    width: int
    height: int
    bytes: int
    colour: str


def available(emoji: Path = pictures.EMOJI_FOLDER) -> bool:
    """Return whether the subjects of the pictures are installed."""
    return emoji.is_dir()


def draw(
    wanted: Sequence[Picture],
    store: Path,
    *,
    stop: threading.Event,
    emoji: Path = pictures.EMOJI_FOLDER,
    workers: int = 2,
) -> list[Hung]:
    """Draw every picture into the file store at `store`; blocks until all are there, or until told to stop."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_with_parent) as pool:
        jobs = [pool.submit(_draw_some, wanted[start::PARTS], store, emoji) for start in range(PARTS)]
        while wait(jobs, timeout=0.2).not_done:
            if stop.is_set():
                pool.shutdown(cancel_futures=True)
                return []
        return [hung for job in jobs for hung in job.result()]


def _leave_with_parent() -> None:
    """Let Ctrl-C reach the parent alone, and end when it ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _draw_some(wanted: Sequence[Picture], root: Path, emoji: Path) -> list[Hung]:
    store, found = FileStore(root), []
    for picture in wanted:
        image = pictures.render(picture, emoji)
        out = BytesIO()
        image.save(out, "WEBP", quality=84, method=2)
        name = store.put_now(out.getvalue(), "webp")
        found.append(Hung(picture.key, name, image.width, image.height, len(out.getvalue()), _colour(image)))
    return found


def _colour(image: Image.Image) -> str:
    """Return the mean colour, for the placeholder while the picture loads."""
    pixel = image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    red, green, blue = pixel if isinstance(pixel, tuple) else (240, 238, 234)
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
