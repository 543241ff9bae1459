"""The goods file itself: its columns and headings; and goods written into one."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from galleria.kernel import sheets
from galleria.kernel.sheets import Row, RowProblem, Sheet, price_minor, price_text

__all__ = [
    "COLUMNS",
    "PRODUCT_COLUMNS",
    "VARIANT_COLUMNS",
    "Row",
    "RowProblem",
    "Sheet",
    "price_minor",
    "price_text",
    "read",
    "write",
]

PRODUCT_COLUMNS = (
    "code", "kind", "name_zh", "name_en", "text_zh", "text_en", "category", "state", "valid_days", "pictures",
)  # fmt: skip
VARIANT_COLUMNS = ("sku", "barcode", "option_zh", "option_en", "price", "stock")
COLUMNS = PRODUCT_COLUMNS + VARIANT_COLUMNS
TEXT_COLUMNS = frozenset({"name_zh", "name_en", "text_zh", "text_en", "option_zh", "option_en"})
"""Columns kept to the letter; in all others outer blanks are dropped."""

HEADINGS = {
    "商品编码": "code", "类型": "kind", "中文名": "name_zh", "英文名": "name_en", "中文介绍": "text_zh",
    "英文介绍": "text_en", "分类": "category", "状态": "state", "有效天数": "valid_days", "图片": "pictures",
    "条码": "barcode", "中文规格": "option_zh", "英文规格": "option_en", "价格": "price", "库存": "stock",
}  # fmt: skip
"""Chinese headings that are understood as well."""

ROWS_MAX = 50_000

FORM = sheets.Form(columns=COLUMNS, headings=HEADINGS, needed=("sku",), texts=TEXT_COLUMNS, rows_max=ROWS_MAX)

_FORMULA = re.compile(r"^'*[=+\-@\t\r]")


def read(content: bytes) -> Sheet:
    """Return the lines of a goods file; see `sheets.read`."""
    return sheets.read(content, FORM)


def write(rows: Iterable[Sequence[str]], *, heading: Sequence[str] = COLUMNS) -> Iterator[bytes]:
    """Yield a goods file piece by piece: UTF-8 with a mark, comma separated (RFC 4180), no cell a live formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    yield b"\xef\xbb\xbf"
    writer.writerow(heading)
    for row in rows:
        writer.writerow([_defused(cell) for cell in row])
        if out.tell() > 65_536:
            yield _drained(out)
    yield _drained(out)


def _defused(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _drained(out: io.StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece
