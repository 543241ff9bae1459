"""Keyset paging: a page knows where the next one starts, so rows that arrive meanwhile shift nothing."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from galleria.kernel.errors import Invalid

T = TypeVar("T")

PAGE_LIMIT_MAX = 200


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some rows and the cursor of the next page, or `None` at the end."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(*key: Any) -> str:
    """Return the opaque cursor of the last row's key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, key_type: type[T]) -> T:
    """Return the key (a tuple type such as `tuple[datetime, UUID]`) inside a cursor; raises Invalid when forged."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=key_type)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Invalid.field("cursor", "cursor") from error


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """Return a page out of `limit + 1` rows read: the extra row only tells that there is a next page."""
    shown = list(rows[:limit])
    more = len(rows) > limit
    return Page(shown, encode_cursor(*key(shown[-1])) if more and shown else None)
