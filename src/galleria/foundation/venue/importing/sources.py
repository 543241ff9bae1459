"""From files to drafts: what each file is, archives unpacked, every problem noted."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from galleria.foundation.venue.importing import csv_file, geojson, imdf
from galleria.foundation.venue.importing.draft import Draft, Drafts, Kind, Place, Problems

UNPACKED_MAX = 200_000_000
ENTRIES_MAX = 2_000


class SourceFile(msgspec.Struct, frozen=True):
    """A file to import: its name, with folders as far as known, and its bytes."""

    name: str
    content: bytes


def source_files(paths: Sequence[Path]) -> list[SourceFile]:
    """Return the files at some paths, those below a folder named from it on; raises OSError when missing."""
    found: list[SourceFile] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and not _is_clutter(p.name))
            found.extend(SourceFile(f"{path.name}/{p.relative_to(path).as_posix()}", p.read_bytes()) for p in inside)
        else:
            found.append(SourceFile(path.name, path.read_bytes()))
    return found


def read(files: list[SourceFile], mall_code: str | None) -> Drafts:
    """Return the drafts and problems of some files; `mall_code` is the mall that files speak of which name none.

    Never raises for what a file holds: whatever it is becomes a problem.
    """
    drafts = Drafts(Problems())
    unpacked = [inner for file in files for inner in _unpacked(drafts, file)]
    if not unpacked and not drafts.problems.errors:
        drafts.problems.add(Place("files"), "", "required")
    rows = [row for file in unpacked if _is_csv(file) for row in csv_file.rows(drafts, file.name, file.content)]
    code = mall_code or _only_mall(rows)
    for row in rows:
        csv_file.take(drafts, row, code)
    documents = {f.name: document for f in unpacked if not _is_csv(f) if (document := _json(drafts, f)) is not None}
    _take_documents(drafts, documents, code)
    if mall_code is not None and drafts.mentioned and (mall_code,) not in drafts.found[Kind.MALL]:
        drafts.add(_unnamed_mall(mall_code, Place(files[0].name)))
    return drafts


def _unnamed_mall(code: str, place: Place) -> Draft:
    """Return the mall that files speak of and none names: new, it is called by its code."""
    names = {"name_zh": code, "name_en": code}
    return Draft(kind=Kind.MALL, key=(code,), values={}, defaults=names, place=place)


def _only_mall(rows: list[csv_file.Row]) -> str | None:
    codes = {row.cells.get("code") for row in rows if row.cells.get("kind") == Kind.MALL}
    return codes.pop() if len(codes) == 1 else None


def _is_csv(file: SourceFile) -> bool:
    return file.name.lower().endswith((".csv", ".txt"))


def _unpacked(drafts: Drafts, file: SourceFile) -> list[SourceFile]:
    """Return a file, or those inside an archive."""
    if not (file.name.lower().endswith(".zip") or file.content.startswith(b"PK\x03\x04")):
        return [file]
    try:
        return _entries(zipfile.ZipFile(io.BytesIO(file.content)), file.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError,
            UnicodeError, OverflowError):  # fmt: skip
        drafts.problems.add(Place(file.name), "", "import_zip", megabytes=UNPACKED_MAX // 1_000_000)
        return []


def _entries(archive: zipfile.ZipFile, name: str) -> list[SourceFile]:
    """Return an archive's files; raises ValueError when there is too much in it."""
    inside = [i for i in archive.infolist() if not i.is_dir() and not _is_clutter(i.filename)]
    if len(inside) > ENTRIES_MAX:
        raise ValueError(name)
    left, found = UNPACKED_MAX, []
    for entry in inside:
        with archive.open(entry) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            raise ValueError(name)
        found.append(SourceFile(f"{name}/{entry.filename}", content))
    return found


def _is_clutter(name: str) -> bool:
    """Return whether an archive's entry is what desktops leave behind."""
    return name.startswith("__MACOSX/") or name.rsplit("/", maxsplit=1)[-1].startswith(".")


def _json(drafts: Drafts, file: SourceFile) -> dict[str, Any] | None:
    place = Place(file.name)
    if not file.name.lower().endswith((".json", ".geojson")):
        drafts.problems.add(place, "", "import_file_type")
        return None
    try:
        document = msgspec.json.decode(file.content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        drafts.problems.add(place, "", "import_json", reason=str(error)[:120])
        return None
    if not isinstance(document, dict):
        drafts.problems.add(place, "", "import_file_type")
        return None
    return document


def _take_documents(drafts: Drafts, documents: dict[str, dict[str, Any]], code: str | None) -> None:
    """Sort JSON documents into IMDF archives (a folder with a manifest), sizes of floors, and floor maps."""
    folders = {_folder(name) for name in documents if _base(name) == "manifest.json"}
    archives = {folder: imdf.Archive(drafts) for folder in sorted(folders)}
    sizes: dict[str, geojson.Size] = {}
    maps: dict[str, dict[str, Any]] = {}
    for name, document in documents.items():
        if _folder(name) in archives:
            _into_archive(drafts, archives[_folder(name)], name, document)
        elif "map_info" in document:
            size = geojson.read_size(drafts, name, document)
            if size is not None:
                sizes[geojson.floor_name(name)] = size
        elif document.get("type") == "FeatureCollection":
            maps[name] = document
        else:
            drafts.problems.add(Place(name), "", "import_file_type")
    for folder, archive in archives.items():
        archive.take(f"{folder}manifest.json", code)
    _take_maps(drafts, maps, sizes, code)


def _into_archive(drafts: Drafts, archive: imdf.Archive, name: str, document: dict[str, Any]) -> None:
    if _base(name) == "manifest.json":
        version = str(document.get("version", ""))
        if not version.startswith("1."):
            drafts.problems.add(Place(name), "version", "import_imdf_version", given=version[:20])
        return
    archive.load(name, document)


def _take_maps(
    drafts: Drafts, maps: dict[str, dict[str, Any]], sizes: dict[str, geojson.Size], code: str | None
) -> None:
    for name, document in maps.items():
        features = document.get("features")
        first = features[0] if isinstance(features, list) and features else None
        if isinstance(first, dict) and "feature_type" in first:
            drafts.problems.add(Place(name), "", "import_no_manifest")
        elif code is None:
            drafts.problems.add(Place(name), "mall", "import_which_mall")
        else:
            geojson.take(drafts, name, document, sizes.get(geojson.floor_name(name)), code)


def _folder(name: str) -> str:
    return name[: len(name) - len(_base(name))]


def _base(name: str) -> str:
    return name.rsplit("/", maxsplit=1)[-1]
