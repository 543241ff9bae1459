"""IMDF 1.0 (OGC 20-094): an archive of GeoJSON files by feature type, tied together by UUIDs.

Read are venue, building, level, unit, anchor, occupant, amenity and kiosk; openings, details, sections, fixtures,
footprints, geofences, relationships and addresses say nothing that the directory or a plan keeps.
"""

import re
from typing import Any
from uuid import UUID

import msgspec

from galleria.foundation.venue.importing import names
from galleria.foundation.venue.importing.csv_file import main_building
from galleria.foundation.venue.importing.draft import MAIN_BUILDING, Draft, Drafts, Kind, Place
from galleria.foundation.venue.importing.geometry import GeometryError, Outline, outline

READ = ("venue", "building", "level", "unit", "anchor", "occupant", "amenity", "kiosk")
IGNORED = (
    "address", "detail", "fixture", "footprint", "geofence", "opening", "relationship", "section",
)  # fmt: skip
TENANTED = {"foodservice", "retail", "room", "unspecified"}
CATEGORY_ZH = {
    "restaurant": "餐厅", "cafe": "咖啡馆", "bakery": "烘焙", "shopping": "购物", "clothing": "服装", "bank": "银行",
    "beauty": "美容", "theater": "影院", "fitness": "健身", "pharmacy": "药店", "supermarket": "超市",
    "electronics": "电子产品", "jewelry": "珠宝", "shoes": "鞋履", "bookstore": "书店",
}  # fmt: skip


class Thing(msgspec.Struct, frozen=True):
    """One feature: its id, where it stands in the files, its properties and geometry."""

    id: str
    place: Place
    properties: dict[str, Any]
    geometry: Any


class Archive:
    """The features of an IMDF archive by type and id, and the drafts they become."""

    def __init__(self, drafts: Drafts) -> None:
        self.drafts = drafts
        self.things: dict[str, dict[str, Thing]] = {kind: {} for kind in READ}
        self.files: dict[str, str] = {}
        self.tenants: dict[str, str] = {}
        self.floors: dict[str, tuple[str, str]] = {}

    def load(self, file: str, document: dict[str, Any]) -> None:
        """Take a file's features in, noting each that has no UUID, no known type, or comes twice."""
        features = document.get("features")
        if not isinstance(features, list):
            self.drafts.problems.add(Place(file), "features", "import_features")
            return
        for index, feature in enumerate(features):
            self._load_one(Place(file, f"features[{index}]"), feature)

    def _load_one(self, place: Place, feature: Any) -> None:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            self.drafts.problems.add(place, "type", "import_feature")
            return
        kind = feature.get("feature_type")
        if kind in IGNORED:
            return
        if kind not in READ:
            known = ", ".join(sorted((*READ, *IGNORED)))
            self.drafts.problems.add(place, "feature_type", "import_feature_type", known=known)
            return
        try:
            identifier = str(UUID(feature.get("id")))
        except (ValueError, TypeError, AttributeError):
            self.drafts.problems.add(place, "id", "import_uuid")
            return
        if identifier in self.things[kind]:
            earlier = str(self.things[kind][identifier].place)
            self.drafts.problems.add(place, "id", "import_duplicate", code=identifier, earlier=earlier)
            return
        properties = feature.get("properties")
        told = Place(place.file, f"{place.at}({identifier})")
        self.things[kind][identifier] = Thing(
            identifier, told, properties if isinstance(properties, dict) else {}, feature.get("geometry")
        )

    def take(self, file: str, mall_code: str | None) -> None:
        """Turn everything loaded into drafts; `file` names the archive where something is missing altogether."""
        venue = self._venue(file)
        if venue is None:
            return
        mall = mall_code or f"venue-{venue.id[:8]}"
        zh, en = self._names(venue, required=True)
        defaults = {"name_zh": zh, "name_en": en}
        self.drafts.add(Draft(kind=Kind.MALL, key=(mall,), values={}, defaults=defaults, place=venue.place))
        self._buildings(mall)
        self._levels(mall)
        self._occupants(mall)
        for kind in ("unit", "kiosk"):
            for thing in self.things[kind].values():
                self._unit(mall, thing)
        for amenity in self.things["amenity"].values():
            self._amenity(mall, amenity)

    def _venue(self, file: str) -> Thing | None:
        venues = list(self.things["venue"].values())
        if len(venues) == 1 and self.things["level"]:
            return venues[0]
        if len(venues) != 1:
            self.drafts.problems.add(Place(file), "venue", "import_one_venue", given=len(venues))
        if not self.things["level"]:
            self.drafts.problems.add(Place(file), "level", "import_no_levels")
        return None

    def _buildings(self, mall: str) -> None:
        for thing in self.things["building"].values():
            zh, en = self._names(thing)
            names_ = {"name_zh": zh or "楼宇", "name_en": en or "Building"}
            key = (mall, thing.id[:8])
            self.drafts.add(Draft(kind=Kind.BUILDING, key=key, values={}, defaults=names_, place=thing.place))

    def _levels(self, mall: str) -> None:
        taken: set[tuple[str, str]] = set()
        for thing in sorted(self.things["level"].values(), key=lambda level: level.id):
            ordinal = thing.properties.get("ordinal")
            if not isinstance(ordinal, int) or isinstance(ordinal, bool) or not -50 <= ordinal <= 300:
                self.drafts.problems.add(thing.place, "ordinal", "import_ordinal", given=str(ordinal)[:40])
                continue
            building = self._building_of(mall, thing)
            short = label(thing.properties.get("short_name"))[1]
            code = short if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}", short) else f"L{ordinal}".replace("-", "B")
            if (building, code) in taken:
                code = f"{code}-{thing.id[:4]}"
            taken.add((building, code))
            self.floors[thing.id] = (building, code)
            self._level(mall, thing, ordinal)

    def _level(self, mall: str, thing: Thing, ordinal: int) -> None:
        building, code = self.floors[thing.id]
        zh, en = self._names(thing)
        drawn = self._outline(thing, thing.geometry)
        self.drafts.add(
            Draft(
                kind=Kind.FLOOR,
                key=(mall, building, code),
                values={} if drawn is None else {"outline": drawn.geometry},
                defaults={"name_zh": zh or code, "name_en": en or code, "ordinal": ordinal},
                place=thing.place,
            )
        )

    def _building_of(self, mall: str, level: Thing) -> str:
        told = level.properties.get("building_ids")
        for identifier in told if isinstance(told, list) else []:
            if self._refers(level, "building_ids", "building", identifier) is not None:
                return str(identifier).lower()[:8]
        self.drafts.add(main_building(mall, level.place))
        return MAIN_BUILDING

    def _occupants(self, mall: str) -> None:
        for thing in self.things["occupant"].values():
            zh, en = self._names(thing, required=True)
            anchor = self._refers(thing, "anchor_id", "anchor", thing.properties.get("anchor_id"))
            unit = None if anchor is None else self._refers(anchor, "unit_id", "unit", anchor.properties.get("unit_id"))
            level = self._level_of(unit) if unit is not None else None
            if anchor is None or unit is None or level is None or not zh:
                continue
            code = f"{level[1]}-{thing.id}"
            self._shop(mall, thing, code, (zh, en), level)
            if unit.id in self.tenants:
                values = {"unit_kind": "shop", "feature": "stall", "name_zh": zh, "name_en": en, "shop": code}
                self._draw(mall, level, thing, anchor.geometry, values)
            else:
                self.tenants[unit.id] = code

    def _shop(self, mall: str, thing: Thing, code: str, titles: tuple[str, str], level: tuple[str, str]) -> None:
        owner = names.merchant(*titles, thing.place)
        self.drafts.add(owner)
        phone = thing.properties.get("phone")
        defaults = {
            "name_zh": titles[0],
            "name_en": titles[1],
            "merchant": owner.key[0],
            "category": self._category(mall, thing),
            "floor": level[1],
            "phone": phone if isinstance(phone, str) and re.fullmatch(r"[0-9+() -]{0,30}", phone) else "",
        }
        self.drafts.add(Draft(kind=Kind.SHOP, key=(mall, code), values={}, defaults=defaults, place=thing.place))

    def _category(self, mall: str, thing: Thing) -> str:
        """Return the code of an occupant's category, which the mall gets when it has none of that code."""
        told = names.clean(thing.properties.get("category")).split(".")[0].lower()
        code = names.slug(told)
        if not code:
            self.drafts.add(names.unsorted(mall, thing.place))
            return names.UNSORTED
        english = code.replace("-", " ").capitalize()
        titles = {"name_zh": CATEGORY_ZH.get(code, english), "name_en": english}
        self.drafts.add(Draft(kind=Kind.CATEGORY, key=(mall, code), values={}, defaults=titles, place=thing.place))
        return code

    def _unit(self, mall: str, thing: Thing) -> None:
        level = self._level_of(thing)
        if level is None:
            return
        shop = self.tenants.get(thing.id)
        category = names.clean(thing.properties.get("category"))[:60]
        zh, en = self._names(thing)
        vacant = shop is None and category in TENANTED and not zh
        values = {
            "unit_kind": "shop" if shop is not None or vacant else "facility",
            "feature": "vacant" if vacant else category,
            "name_zh": zh,
            "name_en": en,
            "shop": shop,
        }
        if shop is not None and not zh:
            told = self.drafts.found[Kind.SHOP][mall, shop].defaults
            values |= {"name_zh": told["name_zh"], "name_en": told["name_en"]}
        self._draw(mall, level, thing, thing.geometry, values)

    def _amenity(self, mall: str, thing: Thing) -> None:
        told = thing.properties.get("unit_ids")
        units = [self._refers(thing, "unit_ids", "unit", i) for i in (told if isinstance(told, list) else [])]
        if not units:
            self.drafts.problems.add(thing.place, "unit_ids", "required")
            return
        level = None if units[0] is None else self._level_of(units[0])
        if level is None:
            return
        zh, en = self._names(thing)
        category = names.clean(thing.properties.get("category"))[:60]
        values = {"unit_kind": "facility", "feature": category, "name_zh": zh, "name_en": en, "shop": None}
        self._draw(mall, level, thing, thing.geometry, values)

    def _draw(self, mall: str, level: tuple[str, str], thing: Thing, geometry: Any, values: dict[str, Any]) -> None:
        drawn = self._outline(thing, geometry)
        if drawn is None:
            return
        place = {"longitude": drawn.longitude, "latitude": drawn.latitude, "outline": drawn.geometry}
        key = (mall, *level, thing.id)
        self.drafts.add(Draft(kind=Kind.UNIT, key=key, values={**values, **place}, place=thing.place))

    def _level_of(self, unit: Thing) -> tuple[str, str] | None:
        level = self._refers(unit, "level_id", "level", unit.properties.get("level_id"))
        return None if level is None else self.floors.get(level.id)

    def _refers(self, thing: Thing, field: str, kind: str, identifier: Any) -> Thing | None:
        """Return the feature an id refers to, noting once when there is none."""
        found = self.things[kind].get(identifier.lower()) if isinstance(identifier, str) else None
        if found is None:
            known = {error.field for error in self.drafts.problems.errors}
            if f"{thing.place}:{field}" not in known:
                self.drafts.problems.add(thing.place, field, "import_reference", kind=kind, code=str(identifier)[:60])
        return found

    def _names(self, thing: Thing, *, required: bool = False) -> tuple[str, str]:
        zh, en = label(thing.properties.get("name"))
        if required and not zh:
            self.drafts.problems.add(thing.place, "name", "required")
        if max(len(zh), len(en)) > names.NAME_MAX:
            self.drafts.problems.add(thing.place, "name", "import_name", given=zh[:40])
        return zh[: names.NAME_MAX], en[: names.NAME_MAX]

    def _outline(self, thing: Thing, geometry: Any) -> Outline | None:
        try:
            return outline(geometry)
        except GeometryError as error:
            self.drafts.problems.add(thing.place, "geometry", error.code, **error.params)
            return None


def label(given: Any) -> tuple[str, str]:
    """Return the Chinese and the English text of an IMDF LABEL (language tag -> text); one stands in for the other."""
    if not isinstance(given, dict):
        return "", ""
    texts = {str(tag).lower(): names.clean(text) for tag, text in given.items()}
    texts = {tag: text for tag, text in texts.items() if text}
    if not texts:
        return "", ""
    some = next(iter(texts.values()))
    zh = next((text for tag, text in texts.items() if tag.startswith("zh")), "")
    en = next((text for tag, text in texts.items() if tag.startswith("en")), "")
    return zh or en or some, en or zh or some
