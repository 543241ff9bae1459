"""What is read of settlement."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from galleria.commerce.settlement import rules
from galleria.commerce.settlement.model import (
    NO_TERMS,
    Payout,
    PayoutId,
    PayoutState,
    Positions,
    StatedEntry,
    Statement,
    StatementId,
    StatementState,
    Terms,
    TermsView,
)
from galleria.commerce.settlement.store import payouts, statements, terms
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MerchantId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.kernel.periods import business_date
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

Named = TypeVar("Named", Statement, Payout, TermsView)
EVERYTHING = Reach(everything=True, merchant_ids=[], shop_ids=[])


async def terms_for(
    tx: ReadTx, *, mall_id: MallId, merchant_ids: Sequence[MerchantId], at: datetime
) -> dict[MerchantId, Terms]:
    """Return the terms that hold for each of these merchants at a moment, in one statement.

    A merchant's own go before the mall's; where neither were set, nothing is taken (`NO_TERMS`).
    """
    found = {row.merchant_id: row for row in await terms.held(tx, mall_id, merchant_ids, at)}
    return {
        merchant: Terms(fee_bp=row.fee_bp, period_days=row.period_days, reserve_bp=row.reserve_bp)
        if (row := found.get(merchant))
        else NO_TERMS
        for merchant in merchant_ids
    }


async def list_terms(tx: ReadTx, *, mall_id: MallId, reach: Reach, now: datetime) -> list[TermsView]:
    """Return the mall's terms and those of the merchants within reach, the newest first."""
    rows = await terms.list_all(tx, mall_id, within(reach), now)
    return await _named(tx, mall_id, rows)


async def list_statements(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    merchant_id: MerchantId | None,
    state: StatementState | None,
    cursor: str | None,
    limit: int,
) -> Page[Statement]:
    """Return the statements of the merchants within reach, the newest first. Raises Invalid for a forged cursor."""
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    rows = await statements.list_statements(
        tx, mall_id, merchant_ids=_narrowed(reach, merchant_id), state=state, before=before, limit=limit + 1
    )
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page(await _named(tx, mall_id, page.items), page.next_cursor)


async def get_statement(tx: ReadTx, *, mall_id: MallId, statement_id: StatementId, reach: Reach) -> Statement:
    """Return a statement within reach; raises NotFound."""
    found = await statements.find(tx, mall_id, statement_id)
    if found is None or not _reaches(reach, found.merchant_id):
        raise NotFound
    return (await _named(tx, mall_id, [found]))[0]


async def list_entries(
    tx: ReadTx, *, mall_id: MallId, statement_id: StatementId, cursor: str | None, limit: int
) -> Page[StatedEntry]:
    """Return the entries of a statement, the oldest first. Raises Invalid for a forged cursor."""
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    rows = await statements.list_entries(tx, mall_id, statement_id, after, limit + 1)
    return page_of(rows, limit, lambda row: (row.entry_id,))


async def all_entries(tx: ReadTx, *, mall_id: MallId, statement_id: StatementId) -> list[StatedEntry]:
    """Return every entry of a statement, for its export."""
    return await statements.list_entries(tx, mall_id, statement_id, None, None)


async def list_payouts(
    tx: ReadTx, *, mall_id: MallId, reach: Reach, state: PayoutState | None, cursor: str | None, limit: int
) -> Page[Payout]:
    """Return the payouts to the merchants within reach, the newest first. Raises Invalid for a forged cursor."""
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    rows = await payouts.list_payouts(
        tx, mall_id, merchant_ids=within(reach), state=state, before=before, limit=limit + 1
    )
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page(await _named(tx, mall_id, page.items), page.next_cursor)


async def get_payout(tx: ReadTx, *, mall_id: MallId, payout_id: PayoutId) -> Payout:
    """Return a payout; raises NotFound."""
    found = await payouts.find(tx, mall_id, payout_id)
    if found is None:
        raise NotFound
    return (await _named(tx, mall_id, [found]))[0]


async def positions(tx: ReadTx, *, mall_id: MallId) -> Positions:
    """Return what everybody's accounts hold of the mall's money; the sum is zero at every moment."""
    mall = await malls.get_mall(tx, mall_id)
    found = await statements.positions(tx, mall_id, mall.currency)
    total = sum(one.amount_minor for one in found)
    return Positions(currency=mall.currency, positions=found, sum_minor=total)


async def periods_due(tx: ReadTx, *, mall: malls.Mall, merchant_id: MerchantId, now: datetime) -> list[date]:
    """Return when a merchant's next period that is over may have ended, as `rules.next_ends` does."""
    today = business_date(now, mall.time_zone)
    book = await statements.find_book(tx, mall.id, merchant_id, mall.currency)
    until = None if book is None else book.closed_until
    held = (await terms_for(tx, mall_id=mall.id, merchant_ids=[merchant_id], at=now))[merchant_id]
    if until is not None and (today - until).days < held.period_days:
        return []
    accounts = (rules.payable(merchant_id, mall.currency), rules.cash(merchant_id, mall.currency))
    first = await statements.first_unstated(tx, mall.id, merchant_id, accounts)
    return rules.next_ends(
        until,
        held.period_days,
        None if first is None else business_date(first, mall.time_zone),
        today,
        carried=book is not None and book.balance_minor > 0,
    )


def within(reach: Reach) -> list[MerchantId] | None:
    """Return whose statements a reach may show; None is everybody's. A single shop is not its merchant."""
    return None if reach.everything else reach.merchant_ids


def _narrowed(reach: Reach, merchant_id: MerchantId | None) -> list[MerchantId] | None:
    if merchant_id is None:
        return within(reach)
    return [merchant_id] if _reaches(reach, merchant_id) else []


def _reaches(reach: Reach, merchant_id: MerchantId) -> bool:
    return reach.everything or merchant_id in reach.merchant_ids


async def _named(tx: ReadTx, mall_id: MallId, rows: Sequence[Named]) -> list[Named]:
    """Fill in what the merchants are called."""
    if not any(row.merchant_id for row in rows):
        return list(rows)
    called: dict[MerchantId | None, malls.Merchant] = {
        one.id: one for one in await malls.list_merchants(tx, mall_id, EVERYTHING)
    }
    return [
        msgspec.structs.replace(row, merchant_zh=one.name_zh, merchant_en=one.name_en)
        if (one := called.get(row.merchant_id))
        else row
        for row in rows
    ]
