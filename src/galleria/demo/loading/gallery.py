"""Drawing the demo's pictures into the file store, in processes of their own while the rows are being made."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import msgspec
from PIL import Image

from galleria.demo import pictures
from galleria.demo.world.model import Picture
from galleria.platform.files import FileStore

PARTS = 16


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
    wanted: Sequence[Picture], store: Path, *, emoji: Path = pictures.EMOJI_FOLDER, workers: int = 2
) -> list[Hung]:
    """Draw every picture into the file store at `store`; blocks until all are there."""
    jobs = [wanted[start::PARTS] for start in range(PARTS)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(_draw_some, jobs, [store] * PARTS, [emoji] * PARTS))
    return [hung for part in parts for hung in part]


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
