"""All SQL of pictures."""

from datetime import datetime

from galleria.foundation.media.model import Picture
from galleria.platform.tx import ReadTx, Tx


async def add_picture(tx: Tx, picture: Picture, now: datetime) -> None:
    """Remember a picture, unless its content is known already."""
    await tx.run(
        """
        INSERT INTO media.picture (name, width, height, bytes, colour, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (name) DO NOTHING
        """,
        picture.name,
        picture.width,
        picture.height,
        picture.bytes,
        picture.colour,
        now,
    )


async def known(tx: ReadTx, names: list[str]) -> list[Picture]:
    """Return those of the named pictures that are known."""
    return await tx.all(
        Picture, "SELECT name, width, height, bytes, colour FROM media.picture WHERE name = ANY($1::text[])", names
    )
