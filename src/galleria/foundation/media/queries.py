"""Reading what is known of pictures."""

from collections.abc import Sequence

from galleria.foundation.media import store
from galleria.foundation.media.model import Picture
from galleria.platform.tx import ReadTx


async def known(tx: ReadTx, names: Sequence[str]) -> list[Picture]:
    """Return those of the named pictures that have been stored."""
    return await store.known(tx, list(names))
