"""A period is closed: what the ledger moved becomes a statement, once."""

from datetime import date, datetime

from galleria.commerce.settlement import queries, rules
from galleria.commerce.settlement.model import (
    Book,
    NewStatement,
    NothingToClose,
    PeriodOpen,
    StatementId,
)
from galleria.commerce.settlement.store import statements
from galleria.foundation import malls
from galleria.foundation.malls import Mall
from galleria.kernel.ids import MallId, MerchantId, new_id
from galleria.kernel.periods import business_date, business_day
from galleria.platform.command import Event
from galleria.platform.tx import Tx


async def close(tx: Tx, *, mall_id: MallId, merchant_id: MerchantId, ends_on: date, now: datetime) -> StatementId:
    """Close a merchant's period that ends before this business day, and return its statement; again, the same one.

    Takes in every entry before the day that no statement has, late ones of earlier periods too. Closing goes under the
    lock of the merchant's book, so two at once make one statement. Raises PeriodOpen, NothingToClose.
    """
    mall = await malls.get_mall(tx, mall_id)
    if ends_on > business_date(now, mall.time_zone):
        raise PeriodOpen
    book = await statements.open_book(tx, mall_id, merchant_id, mall.currency)
    if book.closed_until is not None and ends_on <= book.closed_until:
        found = await statements.find_ending(tx, mall_id, merchant_id, mall.currency, ends_on)
        if found is None:
            raise NothingToClose
        return found
    statement_id = await _state(tx, mall, merchant_id, book, ends_on, now)
    tx.subject = str(statement_id)
    tx.emit(Event("settlement.closed", statement_id, {"merchant_id": str(merchant_id)}, (f"mall:{mall_id}",)))
    return statement_id


async def _state(tx: Tx, mall: Mall, merchant_id: MerchantId, book: Book, ends_on: date, now: datetime) -> StatementId:
    until = business_day(ends_on, mall.time_zone).starts_at
    currency = mall.currency
    accounts = (rules.payable(merchant_id, currency), rules.cash(merchant_id, currency))
    moved = await statements.unstated(tx, mall.id, merchant_id, accounts, until)
    entries = [rules.stated(one) for one in moved]
    found = rules.sums(entries)
    leaving = [one.reference for one in moved if one.code == rules.PAYOUT]
    waiting = await statements.waiting(tx, mall.id, merchant_id, currency, leaving)
    terms = (await queries.terms_for(tx, mall_id=mall.id, merchant_ids=[merchant_id], at=until))[merchant_id]
    reserve = rules.reserve(found, terms.reserve_bp)
    total = sum(one.amount_minor for one in entries)
    due = rules.due(book.balance_minor + total, reserve, waiting)
    if not entries and not due:
        raise NothingToClose
    new = NewStatement(
        id=StatementId(new_id()),
        mall_id=mall.id,
        merchant_id=merchant_id,
        currency=currency,
        n=book.statements + 1,
        starts_on=book.closed_until or business_date(min(one.at for one in entries), mall.time_zone),
        ends_on=ends_on,
        opening_minor=book.balance_minor,
        moved_minor=total,
        reserve_minor=reserve,
        waiting_minor=waiting,
        due_minor=due,
        entries=len(entries),
        lines=rules.lines(found),
    )
    await statements.add(tx, new, entries, now)
    return new.id
