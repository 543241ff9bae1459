"""Tables as people send them, CSV in many dialects: encodings, headings, cells, prices. Bytes in, lines out."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

_QUOTED_FORMULA = re.compile(r"^'+[=+\-@\t\r]")
_PRICE = re.compile(r"^([0-9]{1,9})(?:\.([0-9]+))?$")
_NO_DIGITS = frozenset({"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
                        "XAF", "XOF", "XPF"})  # fmt: skip
_THREE_DIGITS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


class RowProblem(msgspec.Struct, frozen=True):
    """One thing wrong: the line (the heading is line 1; 0 is the whole file), the column, a message and its places."""

    line: int
    field: str
    code: str
    params: dict[str, str | int] = {}


class Row(msgspec.Struct, frozen=True):
    """A line: the line it begins on and its cells by column."""

    line: int
    cells: dict[str, str]


class Sheet(msgspec.Struct, frozen=True):
    """A file read: which of the known columns it has, its lines, and what is wrong with its form."""

    columns: frozenset[str]
    rows: list[Row]
    problems: list[RowProblem]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a file may look like: its columns, other headings for them, those it needs, those kept to the letter."""

    columns: tuple[str, ...]
    headings: Mapping[str, str]
    needed: tuple[str, ...]
    texts: Collection[str] = ()
    rows_max: int = 50_000


def read(content: bytes, form: Form) -> Sheet:
    """Return the lines of a file in UTF-8, UTF-16 with a mark, or GB 18030 (which GBK is part of); never raises.

    Cells lose the apostrophe that keeps a spreadsheet from taking them for a formula.
    """
    text = _decoded(content)
    if text is None:
        return Sheet(frozenset(), [], [RowProblem(0, "", "file_encoding")])
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        heading = next(lines, [])
    except csv.Error:
        return Sheet(frozenset(), [], [RowProblem(1, "", "line_malformed")])
    names = [_heading(cell, form) for cell in heading]
    problems = _heading_problems(names, form)
    if problems:
        return Sheet(frozenset(), [], problems)
    rows: list[Row] = []
    for item in _rows(lines, names, form):
        if isinstance(item, RowProblem):
            problems.append(item)
        else:
            rows.append(item)
        if len(rows) > form.rows_max:
            return Sheet(frozenset(names), [], [RowProblem(0, "", "too_many_rows", {"most": form.rows_max})])
    if not rows and not problems:
        problems.append(RowProblem(0, "", "no_rows"))
    return Sheet(frozenset(names), rows, problems)


def price_minor(text: str, currency: str) -> int | None:
    """Return a price such as `28.00` in minor units of its currency (ISO 4217), or None when it is none above zero."""
    found = _PRICE.match(text)
    if found is None:
        return None
    digits = currency_digits(currency)
    fraction = (found[2] or "").rstrip("0")
    if len(fraction) > digits:
        return None
    return int(found[1] + fraction.ljust(digits, "0")) or None


def price_text(minor: int, currency: str) -> str:
    """Return minor units as a plain decimal price."""
    digits = currency_digits(currency)
    if digits == 0:
        return str(minor)
    whole, fraction = divmod(minor, 10**digits)
    return f"{whole}.{fraction:0{digits}d}"


def currency_digits(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217)."""
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


def _decoded(content: bytes) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _delimiter(text: str) -> str:
    """Return what separates cells: a comma, or the semicolon or tab that the heading has more of."""
    heading = text[: text.find("\n") if "\n" in text else None]
    return max(",;\t", key=heading.count)


def _heading(cell: str, form: Form) -> str:
    name = unicodedata.normalize("NFKC", cell).strip().lower().replace(" ", "_")
    return form.headings.get(name, name)


def _heading_problems(names: list[str], form: Form) -> list[RowProblem]:
    problems = [
        RowProblem(1, name, "column_unknown", {"columns": ", ".join(form.columns)})
        for name in names
        if name not in form.columns
    ]
    problems += [RowProblem(1, name, "column_twice") for name in form.columns if names.count(name) > 1]
    problems += [RowProblem(1, name, "column_missing") for name in form.needed if name not in names]
    return problems


def _rows(reader: Any, names: list[str], form: Form) -> Iterator[Row | RowProblem]:
    """Yield each line that is not blank; a line that cannot be read ends the file, for all after it may be one cell."""
    while True:
        line = int(reader.line_num) + 1
        try:
            cells: list[str] = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield RowProblem(line, "", "line_malformed")
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            yield RowProblem(line, "", "cells_too_many", {"cells": len(cells), "columns": len(names)})
            continue
        yield Row(line, {name: _plain(name, cell, form) for name, cell in zip(names, cells, strict=False)})


def _plain(name: str, cell: str, form: Form) -> str:
    cell = cell if name in form.texts else cell.strip()
    cell = cell[1:] if _QUOTED_FORMULA.match(cell) else cell
    return cell if cell.strip() else ""
