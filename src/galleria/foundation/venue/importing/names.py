"""Names and codes out of what maps say."""

import hashlib
import html
import re
import unicodedata
from typing import Any

from galleria.foundation.venue.importing.draft import Draft, Kind, Place

NAME_MAX = 80
UNSORTED = "unsorted"


def clean(given: Any) -> str:
    """Return a name without markup entities, control characters and doubled blanks; empty when there is none."""
    if not isinstance(given, str):
        return ""
    text = html.unescape(given)
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)
    return " ".join(kept.split())


def digest(text: str, length: int = 6) -> str:
    """Return a short stable mark of a text, the same for its spellings in other case and width."""
    canonical = unicodedata.normalize("NFKC", text).casefold()
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def slug(text: str, length: int = 40) -> str:
    """Return a code made of a text's ASCII letters and digits; empty when it has none."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:length].rstrip("-")


def code_of(text: str) -> str:
    """Return the code of a name: what can be read of it, and its mark."""
    readable = slug(text)
    return f"{readable}-{digest(text)}" if readable else f"x-{digest(text, 10)}"


def merchant(name_zh: str, name_en: str, place: Place) -> Draft:
    """Return the merchant that a shop on a map implies: one a brand name, in the whole group."""
    names = {"name_zh": name_zh, "name_en": name_en}
    return Draft(kind=Kind.MERCHANT, key=(code_of(name_zh),), values={}, defaults=names, place=place)


def unsorted(mall_code: str, place: Place) -> Draft:
    """Return the category of shops whose map knows none of ours."""
    names = {"name_zh": "未分类", "name_en": "Unsorted", "position": 1000}
    return Draft(kind=Kind.CATEGORY, key=(mall_code, UNSORTED), values={}, defaults=names, place=place)
