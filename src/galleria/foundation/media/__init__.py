"""Pictures: taken in by anyone who writes, checked by content, kept once under the hash of their bytes.

Every stored picture is a WebP of at most 1280 pixels a side, encoded anew, so no metadata (place, camera, owner) and
nothing hidden in the upload survives. The picture's row and file never change; the same picture twice is one.

Emits and hears nothing.
"""

from datetime import datetime

from galleria.foundation.media.model import Picture
from galleria.foundation.media.operations import Drawn, draw, draw_now, record
from galleria.foundation.media.queries import known
from galleria.platform.files import FileStore
from galleria.platform.tx import Tx

__all__ = ["Drawn", "Picture", "draw", "draw_now", "known", "record", "store_picture"]


async def store_picture(files: FileStore, tx: Tx, *, content: bytes, now: datetime) -> Picture:
    """Check a picture, store its file and remember it; raises Invalid when it is none or not a sane one.

    For imports and seeds, which are in a transaction already; a route draws first and opens its transaction after.
    """
    drawn = await draw(content)
    return await record(tx, name=await files.put(drawn.content, "webp"), drawn=drawn, now=now)
