"""A statement to take along: CSV with every entry, and a PDF of its lines."""

import csv
import io
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from galleria.commerce.settlement.model import StatedEntry, Statement
from galleria.foundation.malls import Mall
from galleria.kernel.paper import Cell, Row, Size, printed
from galleria.kernel.sheets import price_text
from galleria.platform.i18n import text

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for the machine's old code page and show Chinese as noise."""
COLUMNS = ("at", "kind", "number", "goods", "discount", "delivery", "fee", "cash", "amount", "entry", "reference")


def csv_of(statement: Statement, entries: Sequence[StatedEntry], mall: Mall, locale: str) -> bytes:
    """Return a statement's entries as CSV (RFC 4180): times of the mall, money in whole units with decimals."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([text(f"settlement.export.{column}", locale) for column in COLUMNS])
    zone = ZoneInfo(mall.time_zone)
    for one in entries:
        amounts = (
            one.goods_minor, one.discount_minor, one.delivery_minor, one.fee_minor, one.cash_minor, one.amount_minor
        )  # fmt: skip
        writer.writerow(
            [
                one.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
                text(f"settlement.kind.{one.kind.value}", locale),
                one.number or one.code,
                *(money(amount, statement.currency) for amount in amounts),
                str(one.entry_id),
                str(one.reference),
            ]
        )
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def pdf_of(statement: Statement, mall: Mall, locale: str) -> bytes:
    """Return a statement as a page of A4: who, when, from the opening balance line by line to what is due."""
    chinese = locale == "zh-CN"
    title = text("settlement.paper.title", locale)
    merchant = statement.merchant_zh if chinese else statement.merchant_en
    rows = [
        Row(cells=[Cell(mall.name_zh if chinese else mall.name_en)], size=10),
        Row(cells=[Cell(title)], size=20, space=6),
        _pair(text("settlement.paper.merchant", locale), merchant, space=14),
        _pair(text("settlement.paper.period", locale), f"{statement.starts_on} – {statement.ends_on}"),
        _pair(text("settlement.paper.number", locale), f"{statement.n} · {statement.id}"),
        _pair(text("settlement.paper.state", locale), text(f"settlement.state.{statement.state.value}", locale)),
        _amount(text("settlement.paper.opening", locale), statement.opening_minor, statement, space=24, rule=True),
        *(
            _amount(
                f"{text(f'settlement.line.{line.kind.value}', locale)} ({line.entries})", line.amount_minor, statement
            )
            for line in statement.lines
        ),
        _amount(text("settlement.paper.closing", locale), statement.closing_minor, statement, space=12, rule=True),
        _amount(text("settlement.paper.reserve", locale), -statement.reserve_minor, statement),
        _amount(text("settlement.paper.waiting", locale), -statement.waiting_minor, statement),
        _amount(text("settlement.paper.due", locale), statement.due_minor, statement, space=12, rule=True, size=14),
    ]
    return printed(rows, title=f"{title} {merchant} {statement.ends_on}", size=Size.A4)


def money(minor: int, currency: str) -> str:
    """Return an amount, below zero with its sign, as a plain decimal."""
    return ("-" if minor < 0 else "") + price_text(abs(minor), currency)


def _pair(name: str, value: str, *, space: float = 2) -> Row:
    return Row(cells=[Cell(name, room=0.22), Cell(value, at=0.24, room=0.76)], size=10, space=space)


def _amount(
    name: str, minor: int, statement: Statement, *, space: float = 4, rule: bool = False, size: float = 10.5
) -> Row:
    value = f"{money(minor, statement.currency)} {statement.currency}"
    return Row(cells=[Cell(name, room=0.7), Cell(value, at=1, end=True)], size=size, space=space, rule=rule)
