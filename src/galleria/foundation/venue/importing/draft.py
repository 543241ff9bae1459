"""What files say, before it is compared with what is there: drafts by kind and key, and problems by place."""

import unicodedata
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec

from galleria.kernel.errors import FieldError


class Kind(StrEnum):
    """Kinds of things an import makes, in the order they are made."""

    MALL = "mall"
    MERCHANT = "merchant"
    CATEGORY = "category"
    BUILDING = "building"
    FLOOR = "floor"
    SHOP = "shop"
    UNIT = "unit"


class Column(msgspec.Struct, frozen=True):
    """What a field may hold, and the message under `fields.` that says so."""

    type: Any
    code: str


class Shape(msgspec.Struct, frozen=True):
    """A kind's identity, its columns, those a new thing needs, what they refer to, and what they are by default."""

    key: tuple[str, ...]
    columns: dict[str, Column]
    required: tuple[str, ...]
    refers: dict[str, Kind]
    defaults: dict[str, Any]


_CODE = Column(Annotated[str, msgspec.Meta(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")], "import_code")
_FLOOR_CODE = Column(
    Annotated[str, msgspec.Meta(max_length=20, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")], "import_floor_code"
)
_MALL_CODE = Column(Annotated[str, msgspec.Meta(max_length=40, pattern=r"^[a-z0-9][a-z0-9-]+$")], "import_mall_code")
_NAME = Column(Annotated[str, msgspec.Meta(max_length=80)], "import_name")
_LINE = Column(Annotated[str, msgspec.Meta(max_length=200)], "import_line")
_TEXT = Column(Annotated[str, msgspec.Meta(max_length=2000)], "import_text")
_PLACE = Column(Annotated[str, msgspec.Meta(max_length=60)], "import_place")
_HOURS = Column(
    Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-9]):[0-5][0-9]$")],
    "import_hours",
)
_PHONE = Column(Annotated[str, msgspec.Meta(max_length=30, pattern=r"^[0-9+() -]*$")], "import_phone")
_CURRENCY = Column(Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")], "import_currency")
_ZONE = Column(ZoneInfo, "time_zone")
_WHOLE = Column(Annotated[int, msgspec.Meta(ge=0, le=100_000)], "import_whole")
_ORDINAL = Column(Annotated[int, msgspec.Meta(ge=-50, le=300)], "import_ordinal")
_METRES = Column(Annotated[float, msgspec.Meta(gt=0, le=100_000)], "import_metres")
_LONGITUDE = Column(Annotated[float, msgspec.Meta(ge=-180, le=180)], "import_longitude")
_LATITUDE = Column(Annotated[float, msgspec.Meta(ge=-90, le=90)], "import_latitude")


class _State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class _UnitKind(StrEnum):
    SHOP = "shop"
    FACILITY = "facility"


_NAMES = {"name_zh": _NAME, "name_en": _NAME}
_BOTH = ("name_zh", "name_en")

SHAPES: dict[Kind, Shape] = {
    Kind.MALL: Shape(
        key=("code",),
        columns={
            "code": _MALL_CODE, **_NAMES, "address_zh": _LINE, "address_en": _LINE, "time_zone": _ZONE,
            "currency": _CURRENCY, "hours": _HOURS,
        },
        required=_BOTH,
        refers={},
        defaults={
            "address_zh": "", "address_en": "", "time_zone": "Asia/Shanghai", "currency": "CNY",
            "hours": "10:00-22:00",
        },
    ),
    Kind.MERCHANT: Shape(
        key=("code",), columns={"code": _CODE, **_NAMES}, required=_BOTH, refers={}, defaults={}
    ),
    Kind.CATEGORY: Shape(
        key=("mall", "code"),
        columns={"mall": _MALL_CODE, "code": _CODE, **_NAMES, "parent": _CODE, "position": _WHOLE},
        required=_BOTH,
        refers={"mall": Kind.MALL, "parent": Kind.CATEGORY},
        defaults={"parent": None, "position": 0},
    ),
    Kind.BUILDING: Shape(
        key=("mall", "code"),
        columns={"mall": _MALL_CODE, "code": _CODE, **_NAMES},
        required=_BOTH,
        refers={"mall": Kind.MALL},
        defaults={},
    ),
    Kind.FLOOR: Shape(
        key=("mall", "building", "code"),
        columns={
            "mall": _MALL_CODE, "building": _CODE, "code": _FLOOR_CODE, **_NAMES, "ordinal": _ORDINAL,
            "width_m": _METRES, "height_m": _METRES,
        },
        required=(*_BOTH, "ordinal"),
        refers={"mall": Kind.MALL, "building": Kind.BUILDING},
        defaults={"width_m": None, "height_m": None, "outline": None},
    ),
    Kind.SHOP: Shape(
        key=("mall", "code"),
        columns={
            "mall": _MALL_CODE, "code": _CODE, **_NAMES, "merchant": _CODE, "category": _CODE, "about_zh": _TEXT,
            "about_en": _TEXT, "floor": Column(_FLOOR_CODE.type, "import_floor_code"), "unit": _PLACE,
            "hours": _HOURS, "phone": _PHONE, "state": Column(_State, "import_state"),
        },
        required=(*_BOTH, "merchant", "category"),
        refers={"mall": Kind.MALL, "merchant": Kind.MERCHANT, "category": Kind.CATEGORY},
        defaults={
            "about_zh": "", "about_en": "", "floor": "", "unit": "", "hours": "10:00-22:00", "phone": "",
            "state": "open",
        },
    ),
    Kind.UNIT: Shape(
        key=("mall", "building", "floor", "code"),
        columns={
            "mall": _MALL_CODE, "building": _CODE, "floor": _FLOOR_CODE, "code": _CODE, **_NAMES,
            "unit_kind": Column(_UnitKind, "import_unit_kind"), "feature": _PLACE, "shop": _CODE,
            "longitude": _LONGITUDE, "latitude": _LATITUDE,
        },
        required=("unit_kind",),
        refers={"mall": Kind.MALL, "building": Kind.BUILDING, "floor": Kind.FLOOR, "shop": Kind.SHOP},
        defaults={
            "name_zh": "", "name_en": "", "feature": "", "shop": None, "longitude": None, "latitude": None,
            "outline": None,
        },
    ),
}  # fmt: skip

MAIN_BUILDING = "main"

Key = tuple[str, ...]


class Place(msgspec.Struct, frozen=True):
    """Where in the files something is said: the file, and a line or a feature in it."""

    file: str
    at: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.at}" if self.at else self.file


class Problems:
    """Everything wrong, collected; nothing stops at the first."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, place: Place, field: str, code: str, /, **params: str | int) -> None:
        """Note what is wrong with a field at a place; the place stands in the field's path: `file:line:field`."""
        path = f"{place}:{field}" if field else str(place)
        where: dict[str, str | int] = {"file": place.file, "at": place.at, "column": field}
        self.errors.append(FieldError(path, code, {**where, **params}))


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A thing as files want it: `values` hold whether it is new or not, `defaults` only when it is new.

    `rank` settles who wins where two files speak of the same thing: a CSV (1) over a map (0).
    """

    kind: Kind
    key: Key
    values: dict[str, Any]
    place: Place
    defaults: dict[str, Any] = {}
    rank: int = 0


class Drafts:
    """The drafts of one import, by kind and key; `mentioned` also knows the keys of bad rows."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.found: dict[Kind, dict[Key, Draft]] = {kind: {} for kind in Kind}
        self.mentioned: set[tuple[Kind, Key]] = set()

    def add(self, draft: Draft) -> None:
        """Take a draft in, merged with what another file says of it; notes a thing said twice by equals."""
        self.mentioned.add((draft.kind, draft.key))
        known = self.found[draft.kind].get(draft.key)
        if known is not None:
            if known.rank == draft.rank and (draft.rank or known.values != draft.values):
                field = SHAPES[draft.kind].key[-1]
                self.problems.add(draft.place, field, "import_duplicate", earlier=str(known.place), code=draft.key[-1])
                return
            draft = _merge(known, draft)
        self.found[draft.kind][draft.key] = draft


def _merge(one: Draft, other: Draft) -> Draft:
    low, high = sorted((one, other), key=lambda draft: draft.rank)
    return Draft(
        kind=high.kind,
        key=high.key,
        values={**low.values, **high.values},
        defaults={**low.defaults, **high.defaults},
        place=high.place,
        rank=high.rank,
    )


def check(column: Column, given: Any) -> Any:
    """Return a field's value out of a text or JSON value; raises ValueError when the column does not hold it."""
    if isinstance(given, str) and has_control(given, lines=column is _TEXT):
        raise ValueError(given)
    if column.type is ZoneInfo:
        return _zone(given)
    value = msgspec.convert(given, column.type, strict=False)
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - not a number
        raise ValueError(given)
    return value.value if isinstance(value, StrEnum) else value


def has_control(text: str, *, lines: bool = False) -> bool:
    """Return whether a text holds characters that no name holds and the database may refuse."""
    allowed = "\n\r\t" if lines else ""
    return any(unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed for c in text)


def _zone(given: Any) -> str:
    try:
        return ZoneInfo(given).key
    except (KeyError, OSError, TypeError) as error:
        raise ValueError(given) from error
