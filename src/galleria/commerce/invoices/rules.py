"""What an invoice is on, whether a tax number is one, and how a receipt is laid out."""

from zoneinfo import ZoneInfo

from galleria.commerce.invoices.model import Asked, TitleKind
from galleria.commerce.orders import DeliveryOwner, OrderView, SubOrderView, UnitState
from galleria.foundation.malls import Mall
from galleria.kernel.paper import Cell, Row, Size, printed
from galleria.kernel.sheets import price_text
from galleria.platform.i18n import text

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a unified social credit code (GB 32100-2015, table 1): no I, O, S, V, Z."""


def is_tax_number(number: str) -> bool:
    """Return whether 18 characters are a unified social credit code (GB 32100-2015, annex A): their check holds.

    The check character is 31 less the sum of the first 17, weighted with the powers of 3, modulo 31.
    """
    if len(number) != 18 or any(letter not in LETTERS for letter in number):
        return False
    total = sum(LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(number[:17]))
    return LETTERS.index(number[17]) == -total % 31


def problem(asked: Asked) -> tuple[str, str] | None:
    """Return the field that is wrong and its message, or None."""
    if asked.kind is TitleKind.PERSON and asked.tax_number:
        return "tax_number", "invoice_tax_number_person"
    if asked.kind is TitleKind.COMPANY and not is_tax_number(asked.tax_number.strip().upper()):
        return "tax_number", "invoice_tax_number"
    return None


def worth(part: SubOrderView) -> int:
    """Return what a merchant invoices of its part: what goods and its own delivery cost, less what went back."""
    goods = sum(
        unit.paid_minor - unit.reduced_minor
        for line in part.lines
        for unit in line.units
        if unit.state is not UnitState.REFUNDED
    )
    own = part.delivery_owner is DeliveryOwner.MERCHANT and not part.delivery_refunded
    return goods + (part.delivery_minor - part.delivery_discount_minor if own else 0)


def receipt(order: OrderView, mall: Mall, *, locale: str, size: Size) -> bytes:
    """Return the receipt of a paid order as PDF: what was bought where, what it cost, with what it was paid."""
    chinese, roll = locale == "zh-CN", size is Size.ROLL
    body = 8.5 if roll else 10.5
    paid_at = order.paid_at or order.placed_at
    when = paid_at.astimezone(ZoneInfo(mall.time_zone)).strftime("%Y-%m-%d %H:%M")

    def says(key: str) -> str:
        return text(f"receipt.{key}", locale)

    def amount(name: str, minor: int, *, space: float = 2, rule: bool = False, big: bool = False) -> Row:
        value = f"{_money(minor, order.currency)} {order.currency}"
        cells = [Cell(name, room=0.6), Cell(value, at=1, end=True)]
        return Row(cells=cells, size=body * (1.35 if big else 1), space=space, rule=rule)

    rows = [
        Row(cells=[Cell(mall.name_zh if chinese else mall.name_en)], size=body * 1.7),
        Row(cells=[Cell(says("title"))], size=body * 1.2, space=2),
        Row(cells=[Cell(f"{says('number')} {order.number}")], size=body, space=8),
        Row(cells=[Cell(f"{says('paid_at')} {when}")], size=body),
    ]
    for part in order.sub_orders:
        rows.append(Row(cells=[Cell(part.shop_zh if chinese else part.shop_en)], size=body * 1.1, space=14, rule=True))
        for line in part.lines:
            name = " ".join(
                word for word in ((line.name_zh, line.option_zh) if chinese else (line.name_en, line.option_en)) if word
            )
            price = f"{line.quantity} × {_money(line.unit_price_minor, order.currency)}"
            cells = [
                Cell(name, room=0.5),
                Cell(price, at=0.78, end=True),
                Cell(_money(line.goods_minor, order.currency), at=1, end=True),
            ]
            rows.append(Row(cells=cells, size=body, space=3))
    rows.append(amount(says("goods"), order.goods_minor, space=16, rule=True))
    if order.discount_minor:
        rows.append(amount(says("discount"), -order.discount_minor))
    if order.delivery_minor:
        rows.append(amount(says("delivery"), order.delivery_minor - order.delivery_discount_minor))
    rows.append(amount(says("paid"), order.payable_minor, space=6, big=True))
    rows += [amount(says(f"tender_{tender.kind.value}"), tender.amount_minor) for tender in order.tenders]
    if order.refunded_minor:
        rows.append(amount(says("refunded"), -order.refunded_minor, space=6))
        rows.append(amount(says("left"), order.payable_minor - order.refunded_minor))
    rows.append(Row(cells=[Cell(says("no_invoice"))], size=body * 0.85, space=16, rule=True))
    return printed(rows, title=f"{says('title')} {order.number}", size=size)


def _money(minor: int, currency: str) -> str:
    return ("-" if minor < 0 else "") + price_text(abs(minor), currency)
