"""Pages as PDF: rows of text on A4, or on an 80 mm roll as long as its rows. Chinese shows without a font file.

STSong-Light is one of the standard Chinese fonts of PDF (ISO 32000, 9.7.5): readers bring it along.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from io import BytesIO

import msgspec
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
LEADING = 1.45
"""The height of a line, in sizes of its letters."""


class Size(StrEnum):
    """What it is printed on."""

    A4 = "a4"
    ROLL = "roll"


class Cell(msgspec.Struct, frozen=True):
    """A text that begins at a share of the width or, with `end`, ends there; it may take `room`, and wraps."""

    text: str
    at: float = 0.0
    end: bool = False
    room: float = 1.0


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Cells side by side, the size of their letters in points, and what stands above: space, a rule."""

    cells: Sequence[Cell]
    size: float = 9.0
    space: float = 0.0
    rule: bool = False


class _Sheet(msgspec.Struct, frozen=True):
    width: float
    height: float | None
    margin: float

    @property
    def inner(self) -> float:
        return self.width - 2 * self.margin


_SHEETS = {Size.A4: _Sheet(210 * mm, 297 * mm, 18 * mm), Size.ROLL: _Sheet(80 * mm, None, 4 * mm)}


def printed(rows: Sequence[Row], *, title: str, size: Size) -> bytes:
    """Return the rows as a PDF; the same rows give the same bytes."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    sheet = _SHEETS[size]
    laid = [(row, [wrapped(cell.text, row.size, cell.room * sheet.inner) for cell in row.cells]) for row in rows]
    height = sheet.height or sum(_height(row, texts) for row, texts in laid) + 2 * sheet.margin
    out = BytesIO()
    canvas = Canvas(out, pagesize=(sheet.width, height), invariant=True)
    canvas.setTitle(title)
    for page in _pages(laid, height - 2 * sheet.margin):
        top = height - sheet.margin
        for row, texts in page:
            _draw(canvas, sheet, row, texts, top)
            top -= _height(row, texts)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Return a text in lines that fit into the room; words of Latin letters stay whole while they fit."""
    lines = [""]
    for word in _words(text):
        if pdfmetrics.stringWidth(lines[-1] + word.rstrip(), FONT, size) <= room:
            lines[-1] += word
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and pdfmetrics.stringWidth(lines[-1] + letter, FONT, size) > room:
                lines.append("")
            lines[-1] += letter
    return [line.rstrip() for line in lines]


def _words(text: str) -> Iterator[str]:
    """Yield what a line may not break: a Chinese character, or letters up to the space after them."""
    word = ""
    for letter in text:
        if letter >= "\u2e80":
            if word:
                yield word
            word = ""
            yield letter
            continue
        word += letter
        if letter == " ":
            yield word
            word = ""
    if word:
        yield word


_Laid = tuple[Row, list[list[str]]]


def _height(row: Row, texts: list[list[str]]) -> float:
    return row.space + max((len(lines) for lines in texts), default=1) * row.size * LEADING


def _pages(laid: Sequence[_Laid], room: float) -> Iterator[list[_Laid]]:
    page: list[_Laid] = []
    left = room
    for one in laid:
        tall = _height(*one)
        if page and tall > left + 0.01:
            yield page
            page, left = [], room
        page.append(one)
        left -= tall
    yield page


def _draw(canvas: Canvas, sheet: _Sheet, row: Row, texts: list[list[str]], top: float) -> None:
    if row.rule:
        canvas.setLineWidth(0.4)
        canvas.line(sheet.margin, top - row.space / 2, sheet.width - sheet.margin, top - row.space / 2)
    canvas.setFont(FONT, row.size)
    for cell, lines in zip(row.cells, texts, strict=True):
        at = sheet.margin + cell.at * sheet.inner
        for number, line in enumerate(lines):
            base = top - row.space - row.size - number * row.size * LEADING
            if cell.end:
                canvas.drawRightString(at, base, line)
            else:
                canvas.drawString(at, base, line)
