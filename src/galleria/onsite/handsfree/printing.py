"""Labels as PDF: sheets of A4 with 24 labels to cut or peel, or a thermal printer's roll of 50 x 30 mm."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from io import BytesIO

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from galleria.onsite.handsfree.rules import LABEL_PREFIX

COLUMNS, ROWS = 3, 8
ROLL = (50 * mm, 30 * mm)
QUIET = 4
"""Modules of white around a QR code (ISO/IEC 18004)."""
CHINESE = "STSong-Light"
DIGITS = "Courier-Bold"


class LabelPaper(StrEnum):
    """What labels are printed on."""

    A4 = "a4"
    THERMAL = "thermal"


async def labels(codes: Sequence[str], *, title: str, paper: LabelPaper) -> bytes:
    """Return a PDF of labels, drawn beside the event loop; with none left a single empty page."""
    return await asyncio.to_thread(labels_now, codes, title=title, paper=paper)


def labels_now(codes: Sequence[str], *, title: str, paper: LabelPaper) -> bytes:
    """Return a PDF of labels, as `labels`, in this thread; the same labels give the same bytes."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    out = BytesIO()
    size = A4 if paper is LabelPaper.A4 else ROLL
    canvas = Canvas(out, pagesize=size, invariant=True)
    canvas.setTitle(title)
    on_page = COLUMNS * ROWS if paper is LabelPaper.A4 else 1
    for first in range(0, max(len(codes), 1), on_page):
        for place, code in enumerate(codes[first : first + on_page]):
            left, bottom, width, height = _cell(place) if paper is LabelPaper.A4 else (0.0, 0.0, *ROLL)
            _label(canvas, code, title, left, bottom, width, height)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _cell(place: int) -> tuple[float, float, float, float]:
    """Return left, bottom, width and height of a place on a sheet, from the upper left: 70 x 37 mm, none between."""
    width, height = A4[0] / COLUMNS, A4[1] / ROWS
    row, column = divmod(place, COLUMNS)
    return column * width, A4[1] - (row + 1) * height, width, height


def _label(canvas: Canvas, code: str, title: str, left: float, bottom: float, width: float, height: float) -> None:
    """Draw a label: the QR code on the left, on the right whose it is and the digits to type when it is torn."""
    margin = 2 * mm
    side = min(height - 2 * margin, width * 0.5)
    _qr(canvas, LABEL_PREFIX + code, left + margin, bottom + (height - side) / 2, side)
    at = left + margin + side + margin
    room = left + width - at - margin
    canvas.setFont(CHINESE, _fitting(title, CHINESE, 10, room))
    canvas.drawString(at, bottom + height * 0.72, title)
    for line, part in enumerate((code[:4], code[4:8], code[8:])):
        canvas.setFont(DIGITS, 13)
        canvas.drawString(at, bottom + height * 0.52 - line * 13, part)


def _fitting(text: str, font: str, size: float, room: float) -> float:
    """Return the size at which a text fits into the room, at most `size`."""
    wide = pdfmetrics.stringWidth(text, font, size)
    return size if wide <= room else max(5.0, size * room / wide)


def _qr(canvas: Canvas, text: str, left: float, bottom: float, side: float) -> None:
    widget = QrCodeWidget(text, barLevel="M", barBorder=QUIET)
    west, south, east, north = widget.getBounds()
    drawing = Drawing(side, side, transform=[side / (east - west), 0, 0, side / (north - south), 0, 0])
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, left, bottom)
