"""Values of invoices: titles, invoices, and the Protocol of those who issue them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType, Protocol
from uuid import UUID

import msgspec

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import MallId, MerchantId, OrderId, ShopId, SubOrderId

InvoiceId = NewType("InvoiceId", UUID)


class TitleKind(StrEnum):
    """Whose name an invoice bears."""

    PERSON = "person"
    COMPANY = "company"


class InvoiceState(StrEnum):
    """An invoice is requested, tried until the provider has answered, and red once it was taken back wholly."""

    REQUESTED = "requested"
    ISSUING = "issuing"
    ISSUED = "issued"
    FAILED = "failed"
    RED = "red"
    CANCELLED = "cancelled"


TRANSITIONS: dict[InvoiceState, frozenset[InvoiceState]] = {
    InvoiceState.REQUESTED: frozenset({InvoiceState.ISSUING, InvoiceState.CANCELLED}),
    InvoiceState.ISSUING: frozenset({InvoiceState.ISSUED, InvoiceState.FAILED}),
    InvoiceState.ISSUED: frozenset({InvoiceState.RED}),
    InvoiceState.FAILED: frozenset(),
    InvoiceState.RED: frozenset(),
    InvoiceState.CANCELLED: frozenset(),
}


class Title(msgspec.Struct, frozen=True, kw_only=True):
    """A title a member has used."""

    id: UUID
    kind: TitleKind
    title: str
    tax_number: str
    email: str
    phone: str


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an invoice is to say; a company has a tax number. Of one shop's part, or of all that can have one."""

    sub_order_id: SubOrderId | None = None
    kind: TitleKind
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"\S")]
    tax_number: Annotated[str, msgspec.Meta(max_length=20)] = ""
    email: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")] = ""
    phone: Annotated[str, msgspec.Meta(max_length=20, pattern=r"^[0-9+ -]*$")] = ""


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice of one merchant on its part of an order; with `reverses`, one that takes that much back."""

    id: InvoiceId
    order_id: OrderId
    sub_order_id: SubOrderId
    order_number: str
    shop_id: ShopId
    merchant_id: MerchantId
    seller_zh: str
    seller_en: str
    reverses: InvoiceId | None
    kind: TitleKind
    title: str
    tax_number: str
    email: str
    phone: str
    amount_minor: int
    currency: str
    state: InvoiceState
    number: str
    refusal: str
    asked_at: datetime
    issued_at: datetime | None


class IssueOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider is asked for, under the invoice's own id: asked again it answers the same."""

    mall_id: MallId
    id: InvoiceId
    order_number: str
    seller_zh: str
    title: str
    tax_number: str
    email: str
    amount_minor: int
    currency: str
    reverses_number: str


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """An issued invoice: its number and the document."""

    number: str
    document: bytes


class InvoiceRefused(Exception):
    """The provider will not issue this; the text says why."""


class InvoiceUnavailable(Exception):
    """The provider did not answer: whether it has issued is not known, the same is asked again."""


class InvoiceProvider(Protocol):
    """Who issues invoices. Called outside transactions; the same id again is the same invoice."""

    async def issue(self, order: IssueOrder) -> Issued:
        """Issue an invoice or, below zero, a red one. Raises InvoiceRefused, InvoiceUnavailable."""


class NothingToInvoice(Conflict):
    """There is nothing paid that has no invoice yet."""

    code = "invoice_nothing"
