"""What a decoder says of input that does not fit the declared shape, as the field and a code people have words for.

msgspec tells one violation at a time in English ("Expected `str` of length >= 5 - at `$.phone`"); the patterns below
are its whole vocabulary. What is not among them keeps its own words.
"""

import re

from galleria.kernel.errors import FieldError

_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
_WORDS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"Object missing required field `(?P<missing>[^`]+)`"), "required"),
    (re.compile(r"Object contains unknown field `(?P<missing>[^`]+)`"), "unknown_field"),
    (re.compile(r"Expected `(?:str|bytes)` of length >= (?P<least>\d+)"), "too_short"),
    (re.compile(r"Expected `(?:str|bytes)` of length <= (?P<most>\d+)"), "too_long"),
    (re.compile(r"Expected `(?:array|object)` of length >= (?P<least>\d+)"), "too_few"),
    (re.compile(r"Expected `(?:array|object)` of length <= (?P<most>\d+)"), "too_many_items"),
    (re.compile(r"Expected `(?:int|float|decimal)` >=? ?(?P<least>-?[\d.]+)"), "too_small"),
    (re.compile(r"Expected `(?:int|float|decimal)` <=? ?(?P<most>-?[\d.]+)"), "too_large_number"),
    (re.compile(r"Integer value out of range"), "too_large_integer"),
    (re.compile(r"Expected `str` matching regex"), "wrong_form"),
    (re.compile(r"Invalid UUID|Expected `uuid`, got"), "wrong_id"),
    (re.compile(r"Invalid enum value '?(?P<value>[^']*)'?"), "wrong_choice"),
    (re.compile(r"Invalid RFC3339|Expected `datetime`"), "wrong_time"),
    (re.compile(r"Expected `(?P<wanted>[\w |]+)`, got `(?P<got>\w+)`"), "wrong_type"),
    (re.compile(r"JSON is malformed|Input data was truncated"), "not_json"),
]


def field_error(message: str, key: str = "") -> FieldError:
    """Return which field a decoder's message is about, and a code under `fields.` with what fills its text.

    `key` is where the framework says it happened; a path inside the message is more exact.
    """
    found = _PATH.search(message)
    place = key.removeprefix("data").lstrip(".") or (found["path"] if found else "")
    said = _PATH.sub("", message)
    for pattern, code in _WORDS:
        match = pattern.search(said)
        if match is not None:
            params = dict(match.groupdict())
            missing = params.pop("missing", None)
            where = ".".join(part for part in (place, missing) if part) or "body"
            return FieldError(where, code, {name: str(value) for name, value in params.items()})
    return FieldError(place or "body", "malformed", {"reason": said})
