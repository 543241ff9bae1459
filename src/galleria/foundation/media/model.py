"""Pictures, as the rest of the program knows them."""

import msgspec


class Picture(msgspec.Struct, frozen=True):
    """A stored picture: `name` is its file (`/files/<name>`), `colour` its dominant colour as `#rrggbb`."""

    name: str
    width: int
    height: int
    bytes: int
    colour: str
