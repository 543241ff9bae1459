"""Files to import: our CSV, a floor map, an IMDF archive, all of an invented mall."""

import io
import json
import zipfile
from typing import Any

from galleria.foundation.venue import SourceFile

HEADER = (
    "kind,code,mall,parent,name_zh,name_en,merchant,category,building,floor,unit,shop,unit_kind,feature,ordinal,"
    "hours,phone,state,longitude,latitude,time_zone,currency,position,address_zh"
)
COLUMNS = HEADER.split(",")


def line(kind: str, code: str, **cells: str) -> str:
    """Return a CSV line."""
    told = {"kind": kind, "code": code, **cells}
    return ",".join(told.get(column, "") for column in COLUMNS)


def mall_lines(code: str, merchant: str) -> list[str]:
    """Return the lines of a whole small mall."""
    return [
        HEADER,
        line("mall", code, name_zh="松涛汇", name_en="Pinewave", address_zh="湖滨路1号", time_zone="Asia/Shanghai"),
        line("merchant", merchant, name_zh="拾光餐饮", name_en="Shiguang Dining"),
        line("category", "food", name_zh="美食", name_en="Food"),
        line("category", "noodles", parent="food", name_zh="面馆", name_en="Noodles"),
        line("floor", "F1", name_zh="一层", name_en="Ground floor", ordinal="0"),
        line(
            "shop", "N1", name_zh="巷口面馆", name_en="Alley Noodles", merchant=merchant, category="noodles",
            floor="F1", unit="101", hours="09:00-21:00", phone="0571-8888 0001",
        ),
        line(
            "unit", "101", floor="F1", unit_kind="shop", shop="N1", name_zh="巷口面馆", name_en="Alley Noodles",
            longitude="120.1", latitude="30.2",
        ),
        line("unit", "lift-1", floor="F1", unit_kind="facility", feature="elevator"),
    ]  # fmt: skip


def csv_file(lines: list[str], name: str = "mall.csv", encoding: str = "utf-8") -> SourceFile:
    """Return a CSV file of some lines."""
    return SourceFile(name, "\r\n".join(lines).encode(encoding))


def square(x: float, y: float, side: float = 0.0001) -> dict[str, Any]:
    """Return a square as a GeoJSON polygon."""
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(name: str, category: Any, geometry: Any, identifier: str | None = None) -> dict[str, Any]:
    """Return one feature of a floor map."""
    told = {"type": "Feature", "properties": {"name": name, "category": category}, "geometry": geometry}
    return told if identifier is None else {**told, "id": identifier}


def floor_map(features: list[Any], name: str = "F1_geojson_map.json") -> SourceFile:
    """Return a floor map."""
    return SourceFile(name, json.dumps({"type": "FeatureCollection", "features": features}).encode())


def uid(number: int) -> str:
    """Return a UUID by number, of the variant IMDF wants."""
    return f"00000000-0000-4000-8000-{number:012d}"


def imdf_features() -> dict[str, list[dict[str, Any]]]:
    """Return the features of an IMDF archive: a venue of one building and two levels, two shops and a toilet."""

    def thing(kind: str, number: int, geometry: Any = None, **properties: Any) -> dict[str, Any]:
        return {
            "id": uid(number), "type": "Feature", "feature_type": kind, "geometry": geometry, "properties": properties,
        }  # fmt: skip

    point = {"type": "Point", "coordinates": [120.10005, 30.20005]}
    return {
        "venue": [
            thing("venue", 1, square(120.1, 30.2, 0.01), name={"en": "Pinewave", "zh-Hans": "松涛汇"},
                  category="shoppingcenter"),
        ],
        "building": [thing("building", 2, name={"en": "Tower", "zh-Hans": "塔楼"}, category="unspecified")],
        "level": [
            thing("level", 3, square(120.1, 30.2, 0.001), ordinal=0, short_name={"en": "L1"},
                  name={"en": "Ground", "zh-Hans": "一层"}, building_ids=[uid(2)]),
            thing("level", 4, square(120.1, 30.2, 0.001), ordinal=1, short_name={"en": "L2"}, name={"en": "Second"},
                  building_ids=[uid(2)]),
        ],
        "unit": [
            thing("unit", 5, square(120.1, 30.2), category="room", level_id=uid(3), name=None),
            thing("unit", 6, square(120.1002, 30.2), category="restroom", level_id=uid(3),
                  name={"en": "Toilets", "zh-Hans": "洗手间"}),
            thing("unit", 7, square(120.1, 30.2), category="foodservice", level_id=uid(4)),
        ],
        "anchor": [thing("anchor", 8, point, unit_id=uid(5)), thing("anchor", 9, point, unit_id=uid(5))],
        "occupant": [
            thing("occupant", 10, name={"en": "Moss Tea", "zh-Hans": "苔茶"}, category="cafe", anchor_id=uid(8),
                  phone="+86 571 88880002"),
            thing("occupant", 11, name={"en": "Key Stand"}, category="", anchor_id=uid(9)),
        ],
        "amenity": [thing("amenity", 12, point, category="atm", unit_ids=[uid(6)], name=None)],
        "opening": [thing("opening", 13, None)],
    }  # fmt: skip


def imdf(features: dict[str, list[dict[str, Any]]], version: str = "1.0.0") -> SourceFile:
    """Return the features as an IMDF archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("manifest.json", json.dumps({"version": version, "language": "en"}))
        for kind, told in features.items():
            archive.writestr(f"{kind}.geojson", json.dumps({"type": "FeatureCollection", "features": told}))
    return SourceFile("venue.zip", packed.getvalue())
