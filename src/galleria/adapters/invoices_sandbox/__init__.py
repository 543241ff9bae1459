"""An invoice provider that issues specimens, and fails on request as real ones do.

The e-mail address says how: `refuse@...` is refused, `late@...` gets no answer the first time although the invoice is
issued, `never@...` gets none at all. Everything else is issued at once. The same id is the same invoice.
"""

import asyncio
import hashlib

from galleria.commerce.invoices import InvoiceRefused, InvoiceUnavailable, Issued, IssueOrder
from galleria.kernel.paper import Cell, Row, Size, printed
from galleria.kernel.sheets import price_text


class SandboxInvoices:
    """Keeps in `asked` how often each id was asked for in this process."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}

    async def issue(self, order: IssueOrder) -> Issued:
        """Issue a specimen; its number comes of the id. Raises InvoiceRefused, InvoiceUnavailable."""
        times = self.asked[str(order.id)] = self.asked.get(str(order.id), 0) + 1
        how = order.email.partition("@")[0]
        if how == "refuse":
            raise InvoiceRefused("抬头与税号不符 / title and tax number do not match")
        if how == "never" or (how == "late" and times == 1):
            raise InvoiceUnavailable("no answer")
        number = f"{int.from_bytes(hashlib.sha256(order.id.bytes).digest()[:8], 'big') % 10**20:020d}"
        return Issued(number=number, document=await asyncio.to_thread(_document, order, number))


def _document(order: IssueOrder, number: str) -> bytes:
    amount = ("-" if order.amount_minor < 0 else "") + price_text(abs(order.amount_minor), order.currency)
    head = (
        "电子发票（沙箱样张） / Sandbox specimen" if order.amount_minor > 0 else "红字发票（沙箱样张） / Red specimen"
    )
    pairs = [
        ("发票号码 / Number", number),
        ("购买方 / Buyer", order.title),
        ("税号 / Tax number", order.tax_number or "-"),
        ("销售方 / Seller", order.seller_zh),
        ("订单号 / Order", order.order_number),
        ("对应蓝字发票 / Takes back", order.reverses_number or "-"),
        ("价税合计 / Total", f"{amount} {order.currency}"),
    ]
    rows = [
        Row(cells=[Cell(head)], size=18),
        *(Row(cells=[Cell(k, room=0.34), Cell(v, at=0.36, room=0.64)], size=11, space=8) for k, v in pairs),
    ]
    return printed(rows, title=f"{head} {number}", size=Size.A4)
