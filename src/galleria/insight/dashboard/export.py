"""The records behind a figure as CSV (RFC 4180), a page of the database at a time."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from galleria.insight.dashboard import queries, rules
from galleria.insight.dashboard.model import UNITS, Figure, FigureRow, Unit
from galleria.kernel.ids import MallId
from galleria.platform.actors import Reach
from galleria.platform.db import Database
from galleria.platform.i18n import text

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for the machine's old code page and show Chinese as noise."""
PAGE = 1000
COLUMNS = ("at", "member", "what", "shop", "number", "amount", "id", "journal_id")


async def csv_lines(
    db: Database,
    *,
    mall_id: MallId,
    reach: Reach,
    figure: Figure,
    span: rules.Span,
    shop_id: UUID | None,
    locale: str,
) -> AsyncIterator[bytes]:
    """Yield the file: a heading in the reader's language, then every record, the newest first.

    Times are the mall's own; money is in whole units with two decimals. No connection is held between two pages.
    """
    heading = [text(f"dashboard.export.{column}", locale) for column in COLUMNS]
    yield (BYTE_ORDER_MARK + _encoded([heading])).encode()
    cursor: str | None = None
    while True:
        async with db.read() as tx:
            page = await queries.rows(
                tx,
                mall_id=mall_id,
                reach=reach,
                figure=figure,
                days=span,
                shop_id=shop_id,
                cursor=cursor,
                limit=PAGE,
            )
        yield _encoded([_cells(row, figure, span, locale) for row in page.items]).encode()
        cursor = page.next_cursor
        if cursor is None:
            return


def _cells(row: FigureRow, figure: Figure, span: rules.Span, locale: str) -> list[str]:
    chinese = locale == "zh-CN"
    texts = [
        row.at.astimezone(ZoneInfo(span.zone)).strftime("%Y-%m-%d %H:%M:%S"),
        row.member_masked,
        row.what_zh if chinese else row.what_en,
        row.shop_zh if chinese else row.shop_en,
        row.number or "",
    ]
    amount = f"{row.amount // 100}.{row.amount % 100:02d}" if UNITS[figure] is Unit.MONEY else str(row.amount)
    ids = [str(row.id), "" if row.journal_id is None else str(row.journal_id)]
    return [*(rules.harmless(cell) for cell in texts), amount, *ids]


def _encoded(rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
