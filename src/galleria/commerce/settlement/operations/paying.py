"""A statement is checked by one person and approved by another; its payout goes to the bank, arrives, or comes back."""

from collections.abc import Sequence
from datetime import datetime

from galleria.commerce.settlement import rules
from galleria.commerce.settlement.model import (
    Payout,
    PayoutId,
    PayoutMoved,
    PayoutState,
    SamePerson,
    Statement,
    StatementId,
    StatementMoved,
    StatementState,
)
from galleria.commerce.settlement.store import payouts, statements
from galleria.foundation import ledger, malls
from galleria.foundation.ledger import Entry
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, StaffId, new_id
from galleria.platform.command import Event
from galleria.platform.tx import ReadTx, Tx


async def check(tx: Tx, *, mall_id: MallId, statement_id: StatementId, staff_id: StaffId, now: datetime) -> None:
    """Sign a closed statement as the first person. Raises NotFound, StatementMoved."""
    await _statement(tx, mall_id, statement_id)
    if not await statements.check(tx, mall_id, statement_id, staff_id, now):
        raise StatementMoved
    tx.subject = str(statement_id)
    _tell(tx, mall_id, "settlement.checked", statement_id)


async def object_to(tx: Tx, *, mall_id: MallId, statement_id: StatementId, note: str) -> None:
    """Send a checked statement back to be looked at again. Raises NotFound, StatementMoved."""
    await _statement(tx, mall_id, statement_id)
    if not await statements.object_to(tx, mall_id, statement_id, note):
        raise StatementMoved
    tx.subject = str(statement_id)
    _tell(tx, mall_id, "settlement.objected", statement_id)


async def approve(tx: Tx, *, mall_id: MallId, statement_id: StatementId, staff_id: StaffId, now: datetime) -> None:
    """Sign a checked statement as the second person: what is due is promised to the merchant's bank, once.

    Goes under the lock of the merchant's book, as closing does. Raises NotFound, SamePerson, StatementMoved.
    """
    found = await _statement(tx, mall_id, statement_id)
    await statements.open_book(tx, mall_id, found.merchant_id, found.currency)
    if found.state is StatementState.CHECKED and found.checked_by == staff_id:
        raise SamePerson
    if not await statements.approve(tx, mall_id, statement_id, staff_id, now):
        raise StatementMoved
    if found.due_minor:
        await _promise(tx, mall_id, found, now)
    tx.subject = str(statement_id)
    _tell(tx, mall_id, "settlement.approved", statement_id)


async def _promise(tx: Tx, mall_id: MallId, found: Statement, now: datetime) -> None:
    payout_id = PayoutId(new_id())
    await payouts.add(
        tx,
        mall_id,
        payout_id,
        found.id,
        found.merchant_id,
        currency=found.currency,
        amount_minor=found.due_minor,
        now=now,
    )
    entry = rules.payout_entry(mall_id, found.merchant_id, found.currency, payout_id, found.due_minor)
    await _post(tx, mall_id, [entry], now)


async def send(
    tx: Tx, *, mall_id: MallId, payout_id: PayoutId, bank_reference: str, staff_id: StaffId, now: datetime
) -> None:
    """Note that a due payout was given to the bank. Raises NotFound, PayoutMoved."""
    await _payout(tx, mall_id, payout_id)
    if not await payouts.send(tx, mall_id, payout_id, bank_reference.strip(), staff_id, now):
        raise PayoutMoved
    _payout_moved(tx, mall_id, payout_id)


async def pay(tx: Tx, *, mall_id: MallId, payout_id: PayoutId, now: datetime) -> None:
    """Note that a payout arrived: the money has left what the provider holds. Raises NotFound, PayoutMoved."""
    found = await _payout(tx, mall_id, payout_id)
    if not await payouts.pay(tx, mall_id, payout_id, now):
        raise PayoutMoved
    await _post(tx, mall_id, [rules.paid_entry(mall_id, found.currency, payout_id, found.amount_minor)], now)
    _payout_moved(tx, mall_id, payout_id)


async def bounce(tx: Tx, *, mall_id: MallId, payout_id: PayoutId, note: str, now: datetime) -> None:
    """Note that a payout came back, be it after it had counted as paid: the merchant is owed it again, once.

    Goes under the lock of the merchant's book, as closing does. Raises NotFound, PayoutMoved.
    """
    found = await _payout(tx, mall_id, payout_id)
    await statements.open_book(tx, mall_id, found.merchant_id, found.currency)
    if found.state is PayoutState.BOUNCED or not await payouts.bounce(
        tx, mall_id, payout_id, note, now, from_state=found.state
    ):
        raise PayoutMoved
    entries = rules.bounced_entries(
        mall_id,
        found.merchant_id,
        found.currency,
        payout_id,
        found.amount_minor,
        was_paid=found.state is PayoutState.PAID,
    )
    await _post(tx, mall_id, entries, now)
    _payout_moved(tx, mall_id, payout_id)


async def _post(tx: Tx, mall_id: MallId, entries: Sequence[Entry], now: datetime) -> None:
    group_id = await malls.group_of(tx, mall_id)
    await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=entries, now=now)


async def _statement(tx: ReadTx, mall_id: MallId, statement_id: StatementId) -> Statement:
    found = await statements.find(tx, mall_id, statement_id)
    if found is None:
        raise NotFound
    return found


async def _payout(tx: ReadTx, mall_id: MallId, payout_id: PayoutId) -> Payout:
    found = await payouts.find(tx, mall_id, payout_id)
    if found is None:
        raise NotFound
    return found


def _tell(tx: Tx, mall_id: MallId, kind: str, statement_id: StatementId) -> None:
    tx.emit(Event(kind, statement_id, {}, (f"mall:{mall_id}",)))


def _payout_moved(tx: Tx, mall_id: MallId, payout_id: PayoutId) -> None:
    tx.subject = str(payout_id)
    tx.emit(Event("settlement.payout_moved", payout_id, {}, (f"mall:{mall_id}",)))
