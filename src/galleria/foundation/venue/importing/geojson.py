"""Floor maps: one GeoJSON feature collection a floor, with its size in a `*_floor_info.json` beside it.

A feature is a shop, a room without a tenant, or a facility. Maps say which in their own words: categories by word
or by a map maker's ids, names that are no names ("fuzhumian": a wall). What no table knows and has a name is a shop.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from galleria.foundation.venue.importing import names
from galleria.foundation.venue.importing.csv_file import main_building
from galleria.foundation.venue.importing.draft import (
    MAIN_BUILDING,
    SHAPES,
    Draft,
    Drafts,
    Kind,
    Place,
    check,
)
from galleria.foundation.venue.importing.geometry import GeometryError, Outline, outline

# The category ids of the map maker whose export this is, outermost first in a feature; only those that are no shops.
MAKER_FEATURES = {
    "5d3577c8b7271665f903b6e3": "structure",
    "5d3577c8b7271665f903b6e4": "structure",
    "5d357b54fe24ed7880f1303a": "restroom",
    "5d3578421e5fc90682d9fa2c": "closed_area",
    "5d357a28ccd5d652c76d8793": "vacant",
    "5d357b7f0c02a37d6cc84c8a": "void",
    "5d3579f37ea32247d2a96081": "service",
    "5d3579f37ea32247d2a96082": "seating",
    "5d3579f37ea32247d2a96083": "seating",
    "5d357bc00d3c1514c7107b6a": "parking",
    "5d357bc00d3c1514c7107b6b": "parking",
}
FEATURE_WORDS = {
    "facility": "service", "service": "service", "amenity": "service", "structure": "structure", "wall": "structure",
    "nonpublic": "closed_area", "void": "void", "opentobelow": "void", "vacant": "vacant", "seating": "seating",
    "parking": "parking", "restroom": "restroom", "toilet": "restroom", "toilets": "restroom", "elevator": "elevator",
    "lift": "elevator", "escalator": "escalator", "stairs": "stairs", "stairway": "stairs", "atm": "atm",
    "walkway": "walkway", "corridor": "walkway", "entrance": "entrance", "exit": "entrance",
    "information": "information", "storage": "storage",
}  # fmt: skip
FEATURE_NAMES = {
    "fuzhumian": "structure", "feikaifangquyu": "closed_area", "kongpu": "vacant", "zhongkong": "void",
    "xiuxiqu": "seating", "xishoujianfuzhumian": "restroom", "洗手间": "restroom", "卫生间": "restroom",
    "电梯": "elevator", "直梯": "elevator", "扶梯": "escalator", "楼梯": "stairs", "空铺": "vacant",
    "休息区": "seating",
    "中空": "void", "非开放区域": "closed_area", "停车位": "parking",
}  # fmt: skip
FEATURE_TITLES = {
    "structure": ("", ""), "closed_area": ("非开放区域", "Closed to visitors"), "vacant": ("空铺", "Vacant"),
    "void": ("中空", "Open to below"), "seating": ("休息区", "Seating"), "restroom": ("洗手间", "Restroom"),
    "elevator": ("电梯", "Elevator"), "escalator": ("扶梯", "Escalator"), "stairs": ("楼梯", "Stairs"),
}  # fmt: skip


class Size(msgspec.Struct, frozen=True):
    """A floor's width and height in metres."""

    width: float
    height: float


def floor_name(file: str) -> str:
    """Return the part of a file's name that stands for its floor: `B1` of `maps/B1_geojson_map.json`."""
    stem = file.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0]
    return re.sub(r"[_-]?(geojson|floor|map|info|plan)([_-].*)?$", "", stem, flags=re.IGNORECASE)


def read_size(drafts: Drafts, file: str, document: dict[str, Any]) -> Size | None:
    """Return the size in a floor's info file, noting what is wrong with it."""
    info, sizes = document.get("map_info"), []
    for name, column in (("width", "width_m"), ("height", "height_m")):
        try:
            sizes.append(check(SHAPES[Kind.FLOOR].columns[column], info.get(name) if isinstance(info, dict) else None))
        except ValueError:
            drafts.problems.add(Place(file), f"map_info.{name}", "import_metres", given="")
    return Size(*sizes) if len(sizes) == 2 else None


def take(drafts: Drafts, file: str, document: dict[str, Any], size: Size | None, mall_code: str) -> None:
    """Turn a floor's feature collection into drafts of the floor, its units and its shops."""
    features = document.get("features")
    if not isinstance(features, list):
        drafts.problems.add(Place(file), "features", "import_features")
        return
    own = next((f for f in features if _is_floor(f)), None)
    floor = _floor(drafts, file, own, size, mall_code)
    if floor is None:
        return
    seen: dict[str, int] = {}
    for index, feature in enumerate(features):
        if feature is not own:
            place = Place(file, f"features[{index}]")
            _Unit(drafts, place, mall_code, floor, feature, seen).take()


def _properties(feature: Any) -> dict[str, Any]:
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _is_floor(feature: Any) -> bool:
    properties = _properties(feature)
    return "floor" in (properties.get("type"), properties.get("category"))


def _floor(drafts: Drafts, file: str, feature: Any, size: Size | None, mall_code: str) -> str | None:
    """Take the floor itself in and return its code; notes it when neither the map nor the file's name tells."""
    place, properties = Place(file), _properties(feature)
    code = names.clean(properties.get("name")) or floor_name(file)
    ordinal = _ordinal(properties.get("floor_num"), code)
    if ordinal is None or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}", code):
        drafts.problems.add(place, "", "import_floor_unknown")
        return None
    values: dict[str, Any] = {}
    if size is not None:
        values = {"width_m": size.width, "height_m": size.height}
    if feature is not None:
        drawn = _outline(drafts, place, feature)
        if drawn is not None:
            values["outline"] = drawn.geometry
    drafts.add(main_building(mall_code, place))
    defaults = {"name_zh": code, "name_en": code, "ordinal": ordinal}
    key = (mall_code, MAIN_BUILDING, code)
    drafts.add(Draft(kind=Kind.FLOOR, key=key, values=values, defaults=defaults, place=place))
    return code


def _ordinal(told: Any, code: str) -> int | None:
    """Return a floor's ordinal, 0 at the ground: of floor_num 1 or F1 or L1 it is 0, of -1 or B1 it is -1."""
    number: int
    if isinstance(told, int) and not isinstance(told, bool):
        number = told
    else:
        named = re.fullmatch(r"([BFL])(\d{1,2})", code.upper())
        if named is None:
            return None
        number = -int(named[2]) if named[1] == "B" else int(named[2])
    if not -50 <= number <= 300:
        return None
    return number - 1 if number > 0 else number


def _outline(drafts: Drafts, place: Place, feature: dict[str, Any]) -> Outline | None:
    try:
        return outline(feature.get("geometry"))
    except GeometryError as error:
        drafts.problems.add(place, "geometry", error.code, **error.params)
        return None


def feature_of(properties: dict[str, Any]) -> str:
    """Return what kind of facility a feature is by its categories and name, or an empty text for a shop."""
    told = list(categories_of(properties))
    for category in reversed(told):
        word = MAKER_FEATURES.get(category) or FEATURE_WORDS.get(category.lower())
        if word is not None:
            return word
    if any(category in MAKER_FEATURES for category in told):
        return "service"
    if str(properties.get("type", "")).lower() in FEATURE_WORDS:
        return FEATURE_WORDS[str(properties["type"]).lower()]
    return FEATURE_NAMES.get(names.clean(properties.get("name")).lower(), "")


def categories_of(properties: dict[str, Any]) -> Iterator[str]:
    """Yield a feature's categories, whether it says one or a list."""
    told = properties.get("category")
    for category in told if isinstance(told, list) else [told]:
        if isinstance(category, str) and category.strip():
            yield category.strip()


class _Unit:
    """One feature of a floor on its way to a unit, and perhaps a shop with its merchant."""

    def __init__(
        self, drafts: Drafts, place: Place, mall_code: str, floor: str, feature: Any, seen: dict[str, int]
    ) -> None:
        self.drafts, self.place, self.mall_code, self.floor, self.seen = drafts, place, mall_code, floor, seen
        self.feature = feature
        self.properties = _properties(feature)

    def take(self) -> None:
        """Take the feature in, noting what is wrong with it."""
        if not isinstance(self.feature, dict) or self.feature.get("type") != "Feature":
            self.drafts.problems.add(self.place, "type", "import_feature")
            return
        name, feature = names.clean(self.properties.get("name")), feature_of(self.properties)
        drawn = _outline(self.drafts, self.place, self.feature)
        code = self._code(name)
        if len(name) > names.NAME_MAX:
            self.drafts.problems.add(self.place, "name", "import_name", given=name[:40])
            return
        if code is None or drawn is None:
            return
        vacant = feature == "vacant" or (not feature and not name)
        is_shop = not feature and bool(name)
        zh, en = FEATURE_TITLES.get("vacant" if vacant else feature, (name, name))
        values: dict[str, Any] = {
            "unit_kind": "shop" if is_shop or vacant else "facility",
            "feature": "vacant" if vacant else feature,
            "name_zh": zh,
            "name_en": en,
            "longitude": drawn.longitude,
            "latitude": drawn.latitude,
            "outline": drawn.geometry,
            "shop": self._shop(code, name) if is_shop else None,
        }
        key = (self.mall_code, MAIN_BUILDING, self.floor, code)
        self.drafts.add(Draft(kind=Kind.UNIT, key=key, values=values, place=self.place))

    def _code(self, name: str) -> str | None:
        """Return the unit's code: the feature's own id, or one made of its name; notes an id used twice."""
        given = self.feature.get("id", self.properties.get("id"))
        told = str(given) if isinstance(given, (str, int)) and not isinstance(given, bool) else ""
        if not told:
            base = names.code_of(name or "unit")
            self.seen[base] = self.seen.get(base, 0) + 1
            return base if self.seen[base] == 1 else f"{base}-{self.seen[base]}"
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", told):
            told = names.code_of(told)
        if told in self.seen:
            self.drafts.problems.add(self.place, "id", "import_duplicate", code=told, earlier=self.place.file)
            return None
        self.seen[told] = 1
        return told

    def _shop(self, unit_code: str, name: str) -> str:
        """Take in the shop of a named unit, with a merchant of its own, and return its code."""
        owner = names.merchant(name, name, self.place)
        self.drafts.add(owner)
        code = f"{self.floor}-{unit_code}"
        told = self.properties.get("unit") or self.properties.get("ref")
        defaults = {
            "name_zh": name,
            "name_en": name,
            "merchant": owner.key[0],
            "category": names.UNSORTED,
            "categories": list(categories_of(self.properties)),
            "floor": self.floor,
            "unit": names.clean(told)[:60],
        }
        self.drafts.add(names.unsorted(self.mall_code, self.place))
        key = (self.mall_code, code)
        self.drafts.add(Draft(kind=Kind.SHOP, key=key, values={}, defaults=defaults, place=self.place))
        return code
