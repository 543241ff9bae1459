"""Taking pictures in: what they are is told by their content, never by their name."""

import asyncio
from datetime import datetime
from io import BytesIO

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

from galleria.foundation.media import store
from galleria.foundation.media.model import Picture
from galleria.kernel.errors import Invalid
from galleria.platform.tx import Tx

BYTES_MAX = 12_000_000
PIXELS_MAX = 40_000_000
SIDE_MIN, SIDE_MAX = 16, 1280
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 82


class Drawn(msgspec.Struct, frozen=True):
    """A picture made safe: WebP bytes without metadata, at most 1280 pixels a side."""

    content: bytes
    width: int
    height: int
    colour: str


async def draw(content: bytes, *, field: str = "file") -> Drawn:
    """Return a picture made safe, worked on beside the event loop.

    Raises Invalid, naming `field`, for anything that is not one still JPEG, PNG, WebP or GIF of sane size.
    """
    return await asyncio.to_thread(draw_now, content, field=field)


def draw_now(content: bytes, *, field: str = "file") -> Drawn:
    """Return a picture made safe, as `draw`, in this thread."""
    if len(content) > BYTES_MAX:
        raise Invalid.field(field, "picture_too_heavy", megabytes=BYTES_MAX // 1_000_000)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            _require_sane(image, field)
            return _redrawn(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(field) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Invalid.field(field, "not_a_picture") from error


async def record(tx: Tx, *, name: str, drawn: Drawn, now: datetime) -> Picture:
    """Remember a picture whose file is stored; doing so twice is harmless."""
    picture = Picture(name, drawn.width, drawn.height, len(drawn.content), drawn.colour)
    await store.add_picture(tx, picture, now)
    tx.subject = name
    return picture


def _require_sane(image: Image.Image, field: str) -> None:
    """Raise Invalid for a bomb, a speck or an animation; nothing but the header has been read so far."""
    width, height = image.size
    if width * height > PIXELS_MAX:
        raise _too_large(field)
    if min(width, height) < SIDE_MIN:
        raise Invalid.field(field, "picture_too_small", pixels=SIDE_MIN)
    if getattr(image, "n_frames", 1) > 1:
        raise Invalid.field(field, "picture_animated")


def _too_large(field: str) -> Invalid:
    return Invalid.field(field, "picture_too_large", megapixels=PIXELS_MAX // 1_000_000)


def _redrawn(image: Image.Image) -> Drawn:
    """Return the picture turned upright, shrunk and encoded anew, which leaves all metadata behind."""
    upright = ImageOps.exif_transpose(image)
    see_through = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    plain = upright.convert("RGBA" if see_through else "RGB")
    plain.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    out = BytesIO()
    clean.save(out, "WEBP", quality=QUALITY, method=4)
    return Drawn(out.getvalue(), clean.width, clean.height, _dominant(clean))


def _dominant(image: Image.Image) -> str:
    """Return the colour that covers most of a picture, out of eight, as `#rrggbb`."""
    small = image.convert("RGB").resize((48, 48), Image.Resampling.BOX).quantize(8)
    counts = small.histogram()
    index = counts.index(max(counts))
    palette = small.getpalette() or [128, 128, 128]
    red, green, blue = palette[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"
