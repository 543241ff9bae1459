"""Reading files: whatever they hold, what comes out is drafts and problems, never a crash."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories.imports import (
    COLUMNS,
    csv_file,
    feature,
    floor_map,
    imdf_features,
    line,
    mall_lines,
    square,
)
from tests.factories.imports import imdf as imdf_file

from galleria.foundation.venue import SourceFile
from galleria.foundation.venue.importing import geojson, imdf, sources
from galleria.foundation.venue.importing.csv_file import COLUMNS as CSV_COLUMNS
from galleria.foundation.venue.importing.draft import Kind
from galleria.platform import i18n

NAMES = st.sampled_from(
    ["mall.csv", "a.zip", "F1_geojson_map.json", "F1_floor_info.json", "manifest.json", "unit.geojson", "x.png", ""]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
GEOMETRY = JSON | st.fixed_dictionaries(
    {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point", "LineString"]), "coordinates": JSON}
)
FEATURE = st.fixed_dictionaries(
    {"type": st.just("Feature"), "geometry": GEOMETRY},
    optional={
        "id": JSON,
        "feature_type": st.sampled_from([*imdf.READ, "opening", "?"]) | JSON,
        "properties": st.fixed_dictionaries(
            {},
            optional={
                "name": JSON,
                "category": JSON,
                "type": JSON,
                "floor_num": JSON,
                "ordinal": JSON,
                "level_id": JSON,
                "unit_ids": JSON,
                "anchor_id": JSON,
            },
        ),
    },
)


def read(*files: SourceFile) -> list[tuple[str, str]]:
    drafts = sources.read(list(files), "pinewave")
    for error in drafts.problems.errors:
        for locale in i18n.LOCALES:
            told = i18n.text(f"fields.{error.code}", locale, **error.params)
            assert told != f"fields.{error.code}", f"{error.code} has no text"
            assert "{" not in told.replace("{" + str(error.params.get("given", "")), ""), told
    return [(error.field, error.code) for error in drafts.problems.errors]


@given(NAMES, st.binary(max_size=400))
def test_garbage_is_reported(name: str, content: bytes) -> None:
    sources.read([SourceFile(name, content)], "pinewave")


@given(st.lists(st.lists(st.sampled_from([*COLUMNS, "mall", "F1", "x" * 90, "", "店", '"', "\x00"]), max_size=9)))
def test_any_csv_is_drafts_or_problems(cells: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in [["kind", "code", "mall", "name_zh"], *cells])
    sources.read([SourceFile("mall.csv", text.encode())], "pinewave")


@settings(max_examples=200)
@given(st.lists(FEATURE | JSON, max_size=5), st.booleans())
def test_any_features_are_drafts_or_problems(features: list[object], archived: bool) -> None:  # noqa: FBT001
    document = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    files = [SourceFile("F1_geojson_map.json", document)]
    if archived:
        files.append(SourceFile("manifest.json", b'{"version": "1.0.0"}'))
    sources.read(files, "pinewave")


@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_damaged_archive_is_reported(noise: bytes, at: int) -> None:
    whole = imdf_file(imdf_features()).content
    at %= len(whole)
    sources.read([SourceFile("venue.zip", whole[:at] + noise + whole[at + len(noise) :])], None)


def test_deep_nesting_is_reported() -> None:
    content = b'{"type":"FeatureCollection","features":[' + b"[" * 5000 + b"]" * 5000 + b"]}"
    assert [code for _, code in read(SourceFile("F1_geojson_map.json", content))] == ["import_json"]


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "UNPACKED_MAX", 1000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mall.csv", "x" * 2000)
    assert read(SourceFile("a.zip", packed.getvalue())) == [("a.zip", "import_zip")]


@pytest.mark.parametrize(("encoding", "code"), [("gbk", "import_encoding_gbk"), ("utf-16", "import_encoding_utf16")])
def test_an_encoding_that_is_not_utf8_is_named(encoding: str, code: str) -> None:
    assert read(csv_file(mall_lines("pinewave", "m"), encoding=encoding)) == [("mall.csv", code)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_with_and_without_mark_is_read(encoding: str) -> None:
    drafts = sources.read([csv_file(mall_lines("pinewave", "m"), encoding=encoding)], None)
    assert not drafts.problems.errors
    assert drafts.found[Kind.SHOP]["pinewave", "N1"].values["name_zh"] == "巷口面馆"


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (line("stall", "x"), "kind", "import_kind"),
        (line("shop", ""), "code", "required"),
        (line("shop", "a b", name_zh="店"), "code", "import_code"),
        (line("shop", "x", name_zh="店" * 81), "name_zh", "import_name"),
        (line("shop", "x", name_zh="a\x01b"), "name_zh", "import_name"),
        (line("shop", "x", hours="10-22"), "hours", "import_hours"),
        (line("shop", "x", phone="call me"), "phone", "import_phone"),
        (line("shop", "x", state="maybe"), "state", "import_state"),
        (line("shop", "x", ordinal="1"), "ordinal", "import_not_for_kind"),
        (line("floor", "F 1"), "code", "import_floor_code"),
        (line("floor", "F1", ordinal="ground"), "ordinal", "import_ordinal"),
        (line("unit", "u", floor="F1", longitude="181"), "longitude", "import_longitude"),
        (line("unit", "u", floor="F1", latitude="north"), "latitude", "import_latitude"),
        (line("unit", "u", floor="F1", latitude="nan"), "latitude", "import_latitude"),
        (line("unit", "u", floor="F1", unit_kind="wall"), "unit_kind", "import_unit_kind"),
        (line("unit", "u"), "floor", "required"),
        (line("mall", "A"), "code", "import_mall_code"),
        (line("mall", "aa", time_zone="Mars/Base"), "time_zone", "time_zone"),
        (line("mall", "aa", currency="yuan"), "currency", "import_currency"),
        (line("mall", "aa", address_zh="路" * 201), "address_zh", "import_line"),
        (line("category", "c", position="-1"), "position", "import_whole"),
        ("shop,x" + "," * 40, "", "import_cells"),
    ],
)
def test_every_bad_cell_is_named_with_its_line(row: str, field: str, code: str) -> None:
    lines = mall_lines("pinewave", "m")
    told = read(csv_file([*lines[:3], row, *lines[3:]]))
    assert told == [(f"mall.csv:4:{field}".rstrip(":"), code)]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("code,name_zh", ("mall.csv:1", "import_header")),
        ("kind,code,colour", ("mall.csv:1:colour", "import_unknown_column")),
        ("kind,code,code", ("mall.csv:1:code", "import_column_twice")),
    ],
)
def test_a_bad_header_is_named(header: str, told: tuple[str, str]) -> None:
    assert read(csv_file([header, "mall,x,"])) == [told]


def test_an_open_quote_and_a_line_within_quotes_keep_their_lines() -> None:
    rows = ["kind,code,name_zh,name_en", 'merchant,m,"two\nlines",M', "merchant,bad code,x,x", 'merchant,n,"open']
    assert read(csv_file(rows)) == [
        ("mall.csv:5", "import_csv"),
        ("mall.csv:2:name_zh", "import_name"),
        ("mall.csv:4:code", "import_code"),
    ]


def test_the_same_thing_twice_is_named_with_the_first_place() -> None:
    lines = mall_lines("pinewave", "m")
    drafts = sources.read([csv_file([*lines, lines[6]])], None)
    (error,) = drafts.problems.errors
    assert (error.field, error.code, error.params["earlier"]) == ("mall.csv:10:code", "import_duplicate", "mall.csv:7")


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "import_geometry_type"),
        ({"type": "LineString", "coordinates": []}, "import_geometry_type"),
        ({"type": "Polygon", "coordinates": []}, "import_geometry_empty"),
        ({"type": "Polygon", "coordinates": [[["a", 1]]]}, "import_geometry"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "import_geometry"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "import_geometry_invalid"),
        (square(13366530.9, 3541141.1), "import_geometry_range"),
    ],
)
def test_a_bad_shape_is_named_with_its_feature(geometry: object, code: str) -> None:
    told = read(floor_map([feature("好店", ["food"], square(1, 1), "a"), feature("坏店", ["food"], geometry, "b")]))
    assert told == [("F1_geojson_map.json:features[1]:geometry", code)]


def test_shops_rooms_and_facilities_are_told_apart() -> None:
    drafts = sources.read(
        [
            floor_map(
                [
                    feature("ME&amp;CITY", ["food", "coffee"], square(1, 1), "a"),
                    feature("ME&amp;CITY", "coffee", square(1, 1), "b"),
                    feature("", ["food"], square(1, 1), "c"),
                    feature("fuzhumian", [], square(1, 1), "d"),
                    feature("old tenant", ["5d3577c8b7271665f903b6e3", "5d357a28ccd5d652c76d8793"], square(1, 1), "e"),
                    feature("B277", ["5d3579f37ea32247d2a96081", "5d357bc00d3c1514c7107b6a"], square(1, 1), "f"),
                    feature("洗手间", None, square(1, 1)),
                    feature("洗手间", None, square(2, 1)),
                ]
            )
        ],
        "pinewave",
    )
    assert not drafts.problems.errors
    units = [(u.values["unit_kind"], u.values["feature"], u.values["shop"]) for u in drafts.found[Kind.UNIT].values()]
    assert units == [
        ("shop", "", "F1-a"),
        ("shop", "", "F1-b"),
        ("shop", "vacant", None),
        ("facility", "structure", None),
        ("shop", "vacant", None),
        ("facility", "parking", None),
        ("facility", "restroom", None),
        ("facility", "restroom", None),
    ]
    assert len(drafts.found[Kind.SHOP]) == 2
    (merchant,) = drafts.found[Kind.MERCHANT].values()
    assert merchant.defaults["name_en"] == "ME&CITY"


@pytest.mark.parametrize(
    ("name", "floor"),
    [("B1_geojson_map.json", "B1"), ("maps/F2-floor_info.json", "F2"), ("F3.geojson", "F3"), ("L1_map.json", "L1")],
)
def test_a_file_name_tells_its_floor(name: str, floor: str) -> None:
    assert geojson.floor_name(name) == floor


def test_what_a_map_does_not_tell_is_asked_for() -> None:
    document = floor_map([feature("店", [], square(1, 1))], name="plan.json")
    assert read(document) == [("plan.json", "import_floor_unknown")]
    drafts = sources.read([floor_map([])], None)
    assert [(e.field, e.code) for e in drafts.problems.errors] == [("F1_geojson_map.json:mall", "import_which_mall")]


def test_an_imdf_archive_with_holes_is_told_in_full() -> None:
    features = imdf_features()
    features["anchor"][0]["properties"]["unit_id"] = "nowhere"
    features["unit"][1]["properties"]["level_id"] = None
    features["level"][1]["properties"]["ordinal"] = "second"
    features["occupant"][1]["properties"]["name"] = None
    features["amenity"][0]["id"] = "atm-1"
    features["building"][0]["feature_type"] = "castle"
    features["unit"].append(features["unit"][0])
    told = {(field.split(":", 1)[1].replace("00000000-0000-4000-8000-", ""), code) for field, code in
            read(imdf_file(features, version="2.0"))}  # fmt: skip
    told = {(field.removeprefix("zip/"), code) for field, code in told}
    assert {code for _, code in told} == {
        "import_imdf_version",
        "import_reference",
        "import_ordinal",
        "required",
        "import_uuid",
        "import_feature_type",
        "import_duplicate",
    }


def test_imdf_without_its_manifest_is_told() -> None:
    document = {"type": "FeatureCollection", "features": imdf_features()["unit"]}
    told = read(SourceFile("unit.geojson", json.dumps(document).encode()))
    assert told == [("unit.geojson", "import_no_manifest")]


def test_labels_stand_in_for_each_other() -> None:
    assert imdf.label({"en": "Tea", "zh-Hans": "茶"}) == ("茶", "Tea")
    assert imdf.label({"fr": "Thé"}) == ("Thé", "Thé")
    assert imdf.label("Tea") == ("", "")


def test_the_documented_example_is_read() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/mall-csv.md").read_text(encoding="utf-8")
    example = page.split("```csv\n")[1].split("```")[0]
    drafts = sources.read([SourceFile("mall.csv", example.encode())], None)
    assert not drafts.problems.errors
    assert [len(drafts.found[kind]) for kind in Kind] == [1, 1, 2, 1, 1, 1, 2]


def test_the_documentation_knows_every_kind_and_column() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/mall-csv.md").read_text(encoding="utf-8")
    for name in (*Kind, *CSV_COLUMNS):
        assert f"`{name}`" in page, name
