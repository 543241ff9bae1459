"""Values of what is on in the mall."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId

EventId = NewType("EventId", UUID)

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Text = Annotated[str, msgspec.Meta(max_length=4000, pattern=r"^[^\x00]*$")]
Place = Annotated[str, msgspec.Meta(max_length=120, pattern=r"^[^\x00]*$")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
PictureName = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64}\.webp)?$")]


class EventState(StrEnum):
    """Shoppers see published events; a cancelled one stays cancelled."""

    PUBLISHED = "published"
    CANCELLED = "cancelled"


class MallEvent(msgspec.Struct, frozen=True):
    """Something to come for, from `starts_at` until `ends_at`; `picture` is a stored file's name."""

    id: EventId
    mall_id: MallId
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    place_zh: str
    place_en: str
    starts_at: datetime
    ends_at: datetime
    picture: str | None
    state: EventState


class NewEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What announces an event."""

    title_zh: Title
    title_en: Title
    starts_at: Moment
    ends_at: Moment
    text_zh: Text = ""
    text_en: Text = ""
    place_zh: Place = ""
    place_en: Place = ""
    picture: PictureName | None = None


class EventChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of an event; what is left out stays."""

    title_zh: Title | None = None
    title_en: Title | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    text_zh: Text | None = None
    text_en: Text | None = None
    place_zh: Place | None = None
    place_en: Place | None = None
    picture: PictureName | None = None
