"""What of settlement and invoices is in the place: one of each, by parameter name."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.factories.malls import MadeMall

from galleria.foundation import members
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


async def rows_of_settlement(
    runtime: Runtime, mall: MadeMall, owner: members.Member, ids: dict[str, Any]
) -> dict[str, UUID]:
    """Insert a statement with a payout, a title and an issued invoice."""
    run, now, m, merchant = runtime.db.pool.execute, datetime.now(UTC), mall.mall_id, mall.merchant_ids[0]
    made = {name: new_id() for name in ("statement_id", "payout_id", "title_id", "invoice_id")}
    today = now.date()
    await run("INSERT INTO settlement.book (mall_id, merchant_id, currency) VALUES ($1, $2, 'CNY')", m, merchant)
    await run(
        "INSERT INTO settlement.statement (mall_id, id, merchant_id, currency, n, starts_on, ends_on, opening_minor, "
        "moved_minor, closing_minor, reserve_minor, waiting_minor, due_minor, entries, lines, closed_at) "
        "VALUES ($1, $2, $3, 'CNY', 1, $4, $5, 0, 100, 100, 0, 0, 100, 1, '[]', $6)",
        m, made["statement_id"], merchant, today - timedelta(days=7), today, now,
    )  # fmt: skip
    await run(
        "INSERT INTO settlement.payout (mall_id, id, statement_id, merchant_id, currency, amount_minor, created_at) "
        "VALUES ($1, $2, $3, $4, 'CNY', 100, $5)",
        m, made["payout_id"], made["statement_id"], merchant, now,
    )  # fmt: skip
    await run(
        "INSERT INTO invoices.title (mall_id, id, member_id, kind, title, used_at) "
        "VALUES ($1, $2, $3, 'person', 'x', $4)",
        m, made["title_id"], owner.id, now,
    )  # fmt: skip
    await run(
        "INSERT INTO invoices.invoice (mall_id, id, order_id, sub_order_id, order_number, shop_id, merchant_id, "
        "seller_zh, seller_en, member_id, kind, title, amount_minor, currency, state, number, document, asked_at, "
        "issued_at) "
        "VALUES ($1, $2, $3, $4, '1', $5, $6, 'x', 'x', $7, 'person', 'x', 1, 'CNY', 'issued', '1', $8, $9, $9)",
        m, made["invoice_id"], ids["order_id"], ids["sub_order_id"], mall.shop_ids[0], merchant, owner.id, b"%PDF", now,
    )  # fmt: skip
    return made
