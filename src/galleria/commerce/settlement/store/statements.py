"""Statements on statements and on the ledger's entries in them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from galleria.commerce.settlement.model import (
    Book,
    NewStatement,
    Position,
    StatedEntry,
    Statement,
    StatementId,
    StatementState,
)
from galleria.commerce.settlement.rules import PAYOUT, Moved
from galleria.foundation.ledger import AccountRef
from galleria.kernel.ids import MallId, MerchantId, StaffId
from galleria.platform.tx import ReadTx, Tx


async def open_book(tx: Tx, mall_id: MallId, merchant_id: MerchantId, currency: str) -> Book:
    """Lock a merchant's book until the transaction ends, and return where it stands; the first time it is opened."""
    found = await tx.one(
        Book,
        """
        INSERT INTO settlement.book AS b (mall_id, merchant_id, currency) VALUES ($1, $2, $3)
            ON CONFLICT (mall_id, merchant_id, currency) DO UPDATE SET statements = b.statements
        RETURNING statements, closed_until, balance_minor
        """,
        mall_id,
        merchant_id,
        currency,
    )
    return found or Book(0, None, 0)


async def find_book(tx: ReadTx, mall_id: MallId, merchant_id: MerchantId, currency: str) -> Book | None:
    """Return where a merchant's statements stand."""
    return await tx.one(
        Book,
        """
        SELECT statements, closed_until, balance_minor FROM settlement.book
         WHERE mall_id = $1 AND merchant_id = $2 AND currency = $3
        """,
        mall_id,
        merchant_id,
        currency,
    )


_UNSTATED = """
  FROM ledger.posting AS p JOIN ledger.entry AS e ON e.id = p.entry_id
 WHERE p.account_id IN ($3, $4) AND e.mall_id = $1 AND ($5::timestamptz IS NULL OR e.at < $5)
   AND NOT EXISTS (SELECT FROM settlement.entry AS s
                    WHERE s.mall_id = $1 AND s.merchant_id = $2 AND s.entry_id = p.entry_id)
"""


async def first_unstated(
    tx: ReadTx, mall_id: MallId, merchant_id: MerchantId, accounts: tuple[AccountRef, AccountRef]
) -> datetime | None:
    """Return when the first entry was made that is on none of a merchant's statements."""
    found: datetime | None = await tx.value(
        f"SELECT min(e.at) {_UNSTATED}", mall_id, merchant_id, accounts[0].id, accounts[1].id, None
    )
    return found


async def unstated(
    tx: ReadTx, mall_id: MallId, merchant_id: MerchantId, accounts: tuple[AccountRef, AccountRef], until: datetime
) -> list[Moved]:
    """Return the entries before a moment that are on none of a merchant's statements, the oldest first.

    `accounts` are the merchant's payable and cash. Late ones, made in a period closed already, are among them. What was
    frozen with the order or refund is read along to tell the fee, the delivery and the list price apart.
    """
    return await tx.all(
        Moved,
        f"""
        WITH moved AS (
          SELECT p.entry_id, e.code, e.reference, e.at,
                 coalesce(sum(p.amount) FILTER (WHERE p.account_id = $3), 0)::bigint AS payable_minor,
                 coalesce(sum(p.amount) FILTER (WHERE p.account_id = $4), 0)::bigint AS cash_minor
          {_UNSTATED}
           GROUP BY p.entry_id, e.code, e.reference, e.at
        )
        SELECT m.*, coalesce(o.number, r.order_number, '') AS number, coalesce(g.goods, 0)::bigint AS goods_minor,
               coalesce(d.delivery, 0)::bigint AS delivery_minor, coalesce(g.fee, b.fee, 0)::bigint AS fee_minor
          FROM moved AS m
          LEFT JOIN orders.purchase AS o ON m.code = 'orders.paid' AND o.mall_id = $1 AND o.id = m.reference
          LEFT JOIN returns.refund AS r ON m.code = 'returns.refund' AND r.mall_id = $1 AND r.id = m.reference
          LEFT JOIN LATERAL (
            SELECT sum(l.quantity * l.unit_price_minor) AS goods,
                   sum((SELECT sum(u) FROM unnest(l.unit_fee_minor) AS u)) AS fee
              FROM orders.line AS l JOIN orders.sub_order AS s ON s.mall_id = l.mall_id AND s.id = l.sub_order_id
             WHERE l.mall_id = $1 AND l.order_id = o.id AND s.merchant_id = $2) AS g ON o.id IS NOT NULL
          LEFT JOIN LATERAL (
            SELECT sum(s.delivery_minor) AS delivery FROM orders.sub_order AS s
             WHERE s.mall_id = $1 AND s.order_id = o.id AND s.merchant_id = $2 AND s.delivery_owner = 'merchant'
          ) AS d ON o.id IS NOT NULL
          LEFT JOIN LATERAL (
            SELECT sum(l.fee_minor) AS fee FROM returns.refund_line AS l
             WHERE l.mall_id = $1 AND l.refund_id = r.id AND l.merchant_id = $2) AS b ON r.id IS NOT NULL
         ORDER BY m.entry_id
        """,
        mall_id,
        merchant_id,
        accounts[0].id,
        accounts[1].id,
        until,
    )


async def waiting(tx: ReadTx, mall_id: MallId, merchant_id: MerchantId, currency: str, leaving: Sequence[UUID]) -> int:
    """Return what a merchant's statements promise and none has seen leave the account; `leaving` are seen just now.

    What bounced left and came back: it is not waited for.
    """
    found: int = await tx.value(
        """
        SELECT coalesce(sum(s.due_minor), 0)::bigint
          FROM settlement.statement AS s
          LEFT JOIN settlement.payout AS p ON p.mall_id = s.mall_id AND p.statement_id = s.id
         WHERE s.mall_id = $1 AND s.merchant_id = $2 AND s.currency = $3 AND s.due_minor > 0
           AND (p.id IS NULL OR (p.state <> 'bounced' AND p.id <> ALL ($4::uuid[]) AND NOT EXISTS (
             SELECT FROM settlement.entry AS e
              WHERE e.mall_id = $1 AND e.merchant_id = $2 AND e.code = $5 AND e.reference = p.id)))
        """,
        mall_id,
        merchant_id,
        currency,
        list(leaving),
        PAYOUT,
    )
    return found


async def add(tx: Tx, new: NewStatement, entries: Sequence[StatedEntry], now: datetime) -> None:
    """Write a statement with its entries, and move the book on. A statement of this end raises a unique violation."""
    closing = new.opening_minor + new.moved_minor
    await tx.run(
        """
        WITH moved AS (
          UPDATE settlement.book SET statements = $6, closed_until = $8, balance_minor = $11
           WHERE mall_id = $1 AND merchant_id = $3 AND currency = $4
        )
        INSERT INTO settlement.statement (mall_id, id, merchant_id, currency, starts_on, n, opening_minor, ends_on,
                                          moved_minor, reserve_minor, closing_minor, waiting_minor, due_minor, entries,
                                          lines, closed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """,
        new.mall_id,
        new.id,
        new.merchant_id,
        new.currency,
        new.starts_on,
        new.n,
        new.opening_minor,
        new.ends_on,
        new.moved_minor,
        new.reserve_minor,
        closing,
        new.waiting_minor,
        new.due_minor,
        new.entries,
        new.lines,
        now,
    )
    columns = (
        "mall_id", "merchant_id", "statement_id", "entry_id", "kind", "code", "reference", "number", "at",
        "goods_minor", "discount_minor", "delivery_minor", "fee_minor", "cash_minor", "amount_minor",
    )  # fmt: skip
    rows = [
        (new.mall_id, new.merchant_id, new.id, e.entry_id, e.kind.value, e.code, e.reference, e.number, e.at,
         e.goods_minor, e.discount_minor, e.delivery_minor, e.fee_minor, e.cash_minor, e.amount_minor)
        for e in entries
    ]  # fmt: skip
    await tx.copy("settlement.entry", columns, rows)


_STATEMENT = """
SELECT s.id, s.merchant_id, '' AS merchant_zh, '' AS merchant_en, s.currency, s.n, s.starts_on, s.ends_on,
       s.opening_minor, s.moved_minor, s.closing_minor, s.reserve_minor, s.waiting_minor, s.due_minor, s.entries,
       s.lines, s.state, s.closed_at, s.checked_by, s.checked_at, s.approved_by, s.approved_at, s.note,
       p.id AS payout_id, p.state AS payout_state
  FROM settlement.statement AS s
  LEFT JOIN settlement.payout AS p ON p.mall_id = s.mall_id AND p.statement_id = s.id
"""


async def find(tx: ReadTx, mall_id: MallId, statement_id: StatementId) -> Statement | None:
    """Return a statement; names are the caller's to fill in."""
    return await tx.one(Statement, f"{_STATEMENT} WHERE s.mall_id = $1 AND s.id = $2", mall_id, statement_id)


async def find_ending(
    tx: ReadTx, mall_id: MallId, merchant_id: MerchantId, currency: str, ends_on: date
) -> StatementId | None:
    """Return a merchant's statement of a period that ends on this day."""
    found: StatementId | None = await tx.value(
        """
        SELECT id FROM settlement.statement
         WHERE mall_id = $1 AND merchant_id = $2 AND currency = $3 AND ends_on = $4
        """,
        mall_id,
        merchant_id,
        currency,
        ends_on,
    )
    return found


async def list_statements(
    tx: ReadTx,
    mall_id: MallId,
    *,
    merchant_ids: Sequence[MerchantId] | None,
    state: StatementState | None,
    before: UUID | None,
    limit: int,
) -> list[Statement]:
    """Return the statements of some merchants (None: of all), the newest first."""
    return await tx.all(
        Statement,
        f"""
        {_STATEMENT}
         WHERE s.mall_id = $1 AND ($2::uuid[] IS NULL OR s.merchant_id = ANY ($2))
           AND ($3::text IS NULL OR s.state = $3)
           AND ($4::uuid IS NULL OR s.id < $4)
         ORDER BY s.id DESC LIMIT $5
        """,
        mall_id,
        None if merchant_ids is None else list(merchant_ids),
        state and state.value,
        before,
        limit,
    )


async def list_entries(
    tx: ReadTx, mall_id: MallId, statement_id: StatementId, after: UUID | None, limit: int | None
) -> list[StatedEntry]:
    """Return the entries of a statement, the oldest first."""
    return await tx.all(
        StatedEntry,
        """
        SELECT entry_id, kind, code, reference, number, at, goods_minor, discount_minor, delivery_minor, fee_minor,
               cash_minor, amount_minor
          FROM settlement.entry
         WHERE mall_id = $1 AND statement_id = $2 AND ($3::uuid IS NULL OR entry_id > $3)
         ORDER BY entry_id LIMIT $4
        """,
        mall_id,
        statement_id,
        after,
        limit,
    )


async def check(tx: Tx, mall_id: MallId, statement_id: StatementId, staff_id: StaffId, now: datetime) -> bool:
    """Move a closed statement to checked; False when it is not closed."""
    sql = """
    UPDATE settlement.statement SET state = 'checked', checked_by = $3, checked_at = $4, note = ''
     WHERE mall_id = $1 AND id = $2 AND state = 'closed'
    """
    return bool(await tx.run(sql, mall_id, statement_id, staff_id, now))


async def object_to(tx: Tx, mall_id: MallId, statement_id: StatementId, note: str) -> bool:
    """Move a checked statement back to closed, with a word why; False when it is not checked."""
    sql = """
    UPDATE settlement.statement SET state = 'closed', checked_by = NULL, checked_at = NULL, note = $3
     WHERE mall_id = $1 AND id = $2 AND state = 'checked'
    """
    return bool(await tx.run(sql, mall_id, statement_id, note))


async def approve(tx: Tx, mall_id: MallId, statement_id: StatementId, staff_id: StaffId, now: datetime) -> bool:
    """Move a statement that somebody else checked to approved; False when there is none such."""
    sql = """
    UPDATE settlement.statement SET state = 'approved', approved_by = $3, approved_at = $4
     WHERE mall_id = $1 AND id = $2 AND state = 'checked' AND checked_by <> $3
    """
    return bool(await tx.run(sql, mall_id, statement_id, staff_id, now))


async def positions(tx: ReadTx, mall_id: MallId, currency: str) -> list[Position]:
    """Return what the accounts of each kind hold of a mall's entries; together they are zero."""
    return await tx.all(
        Position,
        """
        SELECT a.kind, sum(p.amount)::bigint AS amount_minor, count(DISTINCT a.id) AS accounts
          FROM ledger.entry AS e JOIN ledger.posting AS p ON p.entry_id = e.id
          JOIN ledger.account AS a ON a.id = p.account_id
         WHERE e.mall_id = $1 AND p.asset = $2
         GROUP BY a.kind ORDER BY a.kind
        """,
        mall_id,
        currency,
    )
