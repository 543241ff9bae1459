"""Invoices and receipts: requests for tax invoices (fapiao), and receipts as PDF.

Owns titles and invoices, and the Protocol of those who issue them. A merchant invoices its part of an order on what was
really paid, and has one live invoice on it, by constraint; what goes back later is taken back by red invoices, which
never exceed it. The provider is asked outside transactions, under the invoice's own id.

Emits `invoices.asked`, `invoices.issued`, `invoices.failed`. Hears `returns.refunded`.
"""

from galleria.commerce.invoices.model import (
    Invoice,
    InvoiceProvider,
    InvoiceRefused,
    InvoiceUnavailable,
    Issued,
    IssueOrder,
    NothingToInvoice,
)

__all__ = [
    "Invoice",
    "InvoiceProvider",
    "InvoiceRefused",
    "InvoiceUnavailable",
    "IssueOrder",
    "Issued",
    "NothingToInvoice",
]
