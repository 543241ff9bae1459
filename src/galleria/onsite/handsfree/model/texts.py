"""What texts may look like; NUL the database does not hold."""

from typing import Annotated

from msgspec import Meta

STORABLE = r"^[^\x00]*$"
SAYING = r"^[^\x00]*[^\s\x00][^\x00]*$"
"""A text that is more than blanks."""

Code = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=SAYING)]
FloorCode = Annotated[str, Meta(max_length=20, pattern=STORABLE)]
UnitCode = Annotated[str, Meta(max_length=60, pattern=STORABLE)]
PictureName = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\.webp$")]
