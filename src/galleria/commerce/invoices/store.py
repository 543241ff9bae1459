"""All SQL of invoices. Invoices of an order are locked in the order of their ids."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce.invoices.model import Asked, Invoice, InvoiceId, Issued, IssueOrder, Title
from galleria.kernel.ids import MallId, MemberId, MerchantId, OrderId, ShopId, SubOrderId, new_id
from galleria.platform.tx import ReadTx, Tx

_INVOICE = """
SELECT id, order_id, sub_order_id, order_number, shop_id, merchant_id, seller_zh, seller_en, reverses, kind, title,
       tax_number, email, phone, amount_minor, currency, state, number, refusal, asked_at, issued_at
  FROM invoices.invoice
"""


async def keep_title(tx: Tx, mall_id: MallId, member_id: MemberId, asked: Asked, now: datetime) -> None:
    """Remember a title for the next time; one used before moves to the front."""
    await tx.run(
        """
        INSERT INTO invoices.title AS t (mall_id, id, member_id, kind, title, tax_number, email, phone, used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (mall_id, member_id, kind, title, tax_number)
            DO UPDATE SET email = excluded.email, phone = excluded.phone, used_at = excluded.used_at
        """,
        mall_id,
        new_id(),
        member_id,
        asked.kind.value,
        asked.title,
        asked.tax_number,
        asked.email,
        asked.phone,
        now,
    )


async def list_titles(tx: ReadTx, mall_id: MallId, member_id: MemberId) -> list[Title]:
    """Return a member's titles, the last used first, at most twenty."""
    sql = """
    SELECT id, kind, title, tax_number, email, phone FROM invoices.title
     WHERE mall_id = $1 AND member_id = $2 ORDER BY used_at DESC LIMIT 20
    """
    return await tx.all(Title, sql, mall_id, member_id)


async def forget_title(tx: Tx, mall_id: MallId, member_id: MemberId, title_id: UUID) -> bool:
    """Forget a title of a member; False when it has none such."""
    sql = "DELETE FROM invoices.title WHERE mall_id = $1 AND member_id = $2 AND id = $3"
    return bool(await tx.run(sql, mall_id, member_id, title_id))


async def request(
    tx: Tx,
    mall_id: MallId,
    invoice_id: InvoiceId,
    order: tuple[OrderId, SubOrderId, str],
    seller: tuple[ShopId, MerchantId, str, str],
    member_id: MemberId,
    asked: Asked,
    *,
    amount_minor: int,
    currency: str,
    now: datetime,
) -> bool:
    """Write a request down; False when the part has a live invoice already."""
    return bool(
        await tx.run(
            """
            INSERT INTO invoices.invoice (mall_id, id, order_id, sub_order_id, order_number, shop_id, merchant_id,
              seller_zh, seller_en, member_id, kind, title, tax_number, email, phone, amount_minor, currency, asked_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
                ON CONFLICT DO NOTHING
            """,
            mall_id,
            invoice_id,
            *order,
            *seller,
            member_id,
            asked.kind.value,
            asked.title,
            asked.tax_number,
            asked.email,
            asked.phone,
            amount_minor,
            currency,
            now,
        )
    )


async def reverse(
    tx: Tx, mall_id: MallId, invoice_id: InvoiceId, reverses: InvoiceId, amount_minor: int, now: datetime
) -> None:
    """Write the request of a red invoice down, with the words of the one it takes back."""
    await tx.run(
        """
        INSERT INTO invoices.invoice (mall_id, id, order_id, sub_order_id, order_number, shop_id, merchant_id,
          seller_zh, seller_en, member_id, reverses, kind, title, tax_number, email, phone, amount_minor,
          currency, asked_at)
        SELECT mall_id, $3, order_id, sub_order_id, order_number, shop_id, merchant_id, seller_zh, seller_en, member_id,
               id, kind, title, tax_number, email, phone, $4, currency, $5
          FROM invoices.invoice WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        reverses,
        invoice_id,
        amount_minor,
        now,
    )


async def lock_order(tx: Tx, mall_id: MallId, order_id: OrderId) -> list[Invoice]:
    """Lock an order's invoices until the transaction ends, and return them."""
    return await tx.all(
        Invoice, f"{_INVOICE} WHERE mall_id = $1 AND order_id = $2 ORDER BY id FOR UPDATE", mall_id, order_id
    )


async def list_of_order(tx: ReadTx, mall_id: MallId, order_id: OrderId, member_id: MemberId) -> list[Invoice]:
    """Return the invoices of a member's order."""
    sql = f"{_INVOICE} WHERE mall_id = $1 AND order_id = $2 AND member_id = $3 ORDER BY id"
    return await tx.all(Invoice, sql, mall_id, order_id, member_id)


async def list_invoices(
    tx: ReadTx,
    mall_id: MallId,
    *,
    member_id: MemberId | None,
    merchant_ids: Sequence[MerchantId] | None,
    before: UUID | None,
    limit: int,
) -> list[Invoice]:
    """Return the invoices of a member, or of some merchants (None: of all), the newest first."""
    return await tx.all(
        Invoice,
        f"""
        {_INVOICE}
         WHERE mall_id = $1 AND ($2::uuid IS NULL OR member_id = $2) AND ($3::uuid[] IS NULL OR merchant_id = ANY ($3))
           AND ($4::uuid IS NULL OR id < $4)
         ORDER BY id DESC LIMIT $5
        """,
        mall_id,
        member_id,
        None if merchant_ids is None else list(merchant_ids),
        before,
        limit,
    )


async def document(tx: ReadTx, mall_id: MallId, invoice_id: InvoiceId, member_id: MemberId) -> bytes | None:
    """Return the document of a member's invoice, once it is issued."""
    sql = "SELECT document FROM invoices.invoice WHERE mall_id = $1 AND id = $2 AND member_id = $3"
    found: bytes | None = await tx.value(sql, mall_id, invoice_id, member_id)
    return found


async def change_amount(tx: Tx, mall_id: MallId, invoice_id: InvoiceId, amount_minor: int, now: datetime) -> None:
    """Lower what a request not yet tried is on; nothing left cancels it."""
    await tx.run(
        """
        UPDATE invoices.invoice
           SET amount_minor = CASE WHEN $3 > 0 THEN $3 ELSE amount_minor END,
               state = CASE WHEN $3 > 0 THEN state ELSE 'cancelled' END,
               ended_at = CASE WHEN $3 > 0 THEN ended_at ELSE $4::timestamptz END
         WHERE mall_id = $1 AND id = $2 AND state = 'requested'
        """,
        mall_id,
        invoice_id,
        amount_minor,
        now,
    )


async def begin(tx: Tx, mall_id: MallId, invoice_id: InvoiceId, now: datetime) -> IssueOrder | None:
    """Note a try to issue, and return what to ask for; None when there is nothing to do (any more)."""
    return await tx.one(
        IssueOrder,
        """
        WITH i AS (
          UPDATE invoices.invoice SET state = 'issuing', tried_at = $3, tries = tries + 1
           WHERE mall_id = $1 AND id = $2 AND state IN ('requested', 'issuing') RETURNING *
        )
        SELECT i.mall_id, i.id, i.order_number, i.seller_zh, i.title, i.tax_number, i.email, i.amount_minor, i.currency,
               coalesce(o.number, '') AS reverses_number
          FROM i LEFT JOIN invoices.invoice AS o ON o.mall_id = i.mall_id AND o.id = i.reverses
        """,
        mall_id,
        invoice_id,
        now,
    )


async def issued(tx: Tx, mall_id: MallId, invoice_id: InvoiceId, what: Issued, now: datetime) -> Invoice | None:
    """Move an invoice to issued; an original that nothing is left of becomes red. None when it had an answer."""
    found = await tx.one(
        Invoice,
        """
        UPDATE invoices.invoice SET state = 'issued', number = $3, document = $4, issued_at = $5
         WHERE mall_id = $1 AND id = $2 AND state = 'issuing' RETURNING *
        """,
        mall_id,
        invoice_id,
        what.number,
        what.document,
        now,
    )
    if found is not None and found.reverses is not None:
        await tx.run(
            """
            UPDATE invoices.invoice AS o SET state = 'red', ended_at = $3
             WHERE mall_id = $1 AND id = $2 AND state = 'issued' AND amount_minor + (
               SELECT sum(amount_minor) FROM invoices.invoice
                WHERE mall_id = $1 AND reverses = $2 AND state = 'issued') = 0
            """,
            mall_id,
            found.reverses,
            now,
        )
    return found


async def refused(tx: Tx, mall_id: MallId, invoice_id: InvoiceId, why: str, now: datetime) -> bool:
    """Move an invoice to failed; False when it had an answer."""
    sql = """
    UPDATE invoices.invoice SET state = 'failed', refusal = $3, ended_at = $4
     WHERE mall_id = $1 AND id = $2 AND state = 'issuing'
    """
    return bool(await tx.run(sql, mall_id, invoice_id, why, now))


async def stale(tx: ReadTx, before: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Return the mall and id of invoices without an answer that were last tried, or asked for, before a moment."""
    rows = await tx.values(
        """
        SELECT ARRAY[mall_id, id] FROM invoices.invoice
         WHERE state IN ('requested', 'issuing') AND coalesce(tried_at, asked_at) < $1
         ORDER BY tried_at NULLS FIRST LIMIT $2
        """,
        before,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def mall_of(tx: ReadTx, order_id: OrderId) -> MallId | None:
    """Return the mall in which an order has invoices, or None when it has none."""
    found: MallId | None = await tx.value("SELECT mall_id FROM invoices.invoice WHERE order_id = $1 LIMIT 1", order_id)
    return found
