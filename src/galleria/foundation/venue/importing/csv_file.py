"""Our own CSV: one row a thing, its kind in the `kind` column (docs/reference/mall-csv.md)."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from galleria.foundation.venue.importing.draft import (
    MAIN_BUILDING,
    SHAPES,
    Column,
    Draft,
    Drafts,
    Kind,
    Place,
    check,
)

COLUMNS = ("kind", *dict.fromkeys(name for shape in SHAPES.values() for name in shape.columns))


def decode(content: bytes) -> tuple[str | None, str]:
    """Return the text of a CSV file, or None and the message that tells why there is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, "import_encoding_utf16"
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        content.decode("gbk")
    except UnicodeDecodeError:
        return None, "import_encoding"
    return None, "import_encoding_gbk"


class Row:
    """One row with its place; blank cells are not said."""

    def __init__(self, place: Place, cells: dict[str, str]) -> None:
        self.place = place
        self.cells = cells


def rows(drafts: Drafts, file: str, content: bytes) -> list[Row]:
    """Return the rows of a CSV file, noting what is wrong with its encoding, header and lines."""
    text, code = decode(content)
    if text is None:
        drafts.problems.add(Place(file), "", code)
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[Row] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_holds(drafts, file, header):
            return []
        found.extend(_rows(drafts, file, header, reader))
    except csv.Error:
        drafts.problems.add(Place(file, f"{reader.line_num}"), "", "import_csv")
    return found


def _header_holds(drafts: Drafts, file: str, header: list[str]) -> bool:
    place = Place(file, "1")
    if not {"kind", "code"} <= set(header):
        drafts.problems.add(place, "", "import_header")
        return False
    before = len(drafts.problems.errors)
    for number, name in enumerate(header, 1):
        if name not in COLUMNS:
            drafts.problems.add(place, name or f"#{number}", "import_unknown_column", columns=", ".join(COLUMNS))
        elif header.index(name) != number - 1:
            drafts.problems.add(place, name, "import_column_twice")
    return len(drafts.problems.errors) == before


def _rows(drafts: Drafts, file: str, header: list[str], reader: "Iterator[list[str]]") -> Iterator[Row]:
    start = reader.line_num + 1  # type: ignore[attr-defined]
    for cells in reader:
        place = Place(file, str(start))
        start = reader.line_num + 1  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            drafts.problems.add(place, "", "import_cells", expected=len(header), given=len(cells))
            continue
        said = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
        yield Row(place, said)


def take(drafts: Drafts, row: Row, mall_code: str | None) -> None:
    """Turn a row into a draft, noting every wrong cell; a row without a `mall` speaks of `mall_code`."""
    name = row.cells.get("kind", "")
    if name not in set(Kind):
        kinds = ", ".join(kind.value for kind in Kind)
        drafts.problems.add(row.place, "kind", "import_kind", given=name[:40], kinds=kinds)
        return
    kind = Kind(name)
    shape = SHAPES[kind]
    cells = {column: cell for column, cell in row.cells.items() if column != "kind"}
    if "mall" in shape.columns and mall_code is not None:
        cells.setdefault("mall", mall_code)
    if "building" in shape.columns:
        cells.setdefault("building", MAIN_BUILDING)
    values, bad = _values(drafts, row.place, kind, cells)
    if any(column not in values for column in shape.key):
        return
    key = tuple(values.pop(column) for column in shape.key)
    if bad:
        drafts.mentioned.add((kind, key))
        return
    drafts.add(Draft(kind=kind, key=key, values=values, place=row.place, rank=1))
    _imply_building(drafts, kind, key, row.place)


def _values(drafts: Drafts, place: Place, kind: Kind, cells: dict[str, str]) -> tuple[dict[str, Any], bool]:
    """Return the checked cells of a row and whether one was wrong."""
    shape = SHAPES[kind]
    values: dict[str, Any] = {}
    before = len(drafts.problems.errors)
    for name in shape.key:
        if name not in cells:
            drafts.problems.add(place, name, "required")
    for name, cell in cells.items():
        column: Column | None = shape.columns.get(name)
        if column is None:
            drafts.problems.add(place, name, "import_not_for_kind", kind=kind.value)
            continue
        try:
            values[name] = check(column, cell)
        except ValueError:
            drafts.problems.add(place, name, column.code, given=cell[:40])
    return values, len(drafts.problems.errors) > before


def _imply_building(drafts: Drafts, kind: Kind, key: tuple[str, ...], place: Place) -> None:
    """A mall of one building need not speak of it."""
    if kind in {Kind.FLOOR, Kind.UNIT} and key[1] == MAIN_BUILDING:
        drafts.add(main_building(key[0], place))


def main_building(mall_code: str, place: Place) -> Draft:
    """Return the building of a mall that says nothing of buildings."""
    names = {"name_zh": "主楼", "name_en": "Main building"}
    return Draft(kind=Kind.BUILDING, key=(mall_code, MAIN_BUILDING), values={}, defaults=names, place=place)
