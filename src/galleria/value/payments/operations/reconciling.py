"""Comparing what a provider says of a day with what we say, and what a person says of the differences."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from galleria.foundation import ledger
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, StaffId
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value.payments import rules
from galleria.value.payments.model.providers import StatementLine
from galleria.value.payments.model.reconciliation import (
    DifferenceDecision,
    DifferenceKind,
    DifferenceState,
    NoteRequired,
    StatementDifference,
    StatementOf,
)
from galleria.value.payments.store import reconciling as store

log = structlog.get_logger()

RECONCILE_DAY = "payments.reconcile_day"


async def reconcile(tx: Tx, *, which: StatementOf, lines: Sequence[StatementLine], now: datetime) -> int:
    """Keep a provider's statement of a day and write down every difference; doing it again changes nothing.

    Compared are our payments and refunds, and the sum of all providers with the ledger's clearing account. Returns how
    many differences there are. Emits `payments.reconciled`, and `payments.differs` for each payment that the provider
    has collected and we have not.
    """
    mine = await store.ours(tx, which, [line.number for line in lines])
    found = rules.compare(lines, mine)
    booked = await ledger.turnover(
        tx, rules.clearing(which.mall_id, which.currency), starts_at=which.starts_at, ends_at=which.ends_at
    )
    collected = await store.collected(tx, which.mall_id, which.currency, which.starts_at, which.ends_at)
    found += rules.compare_ledger(which, collected_minor=collected, booked_minor=-booked)
    await store.keep(tx, which, lines, rules.sums(lines), now)
    await store.find(tx, which, found, now)
    tx.subject = f"{which.provider} {which.day}"
    for one in found:
        if one.kind is DifferenceKind.STATE and one.what == "payment":
            tx.emit(Event("payments.differs", UUID(one.number), {"mall_id": str(which.mall_id)}))
    tx.emit(Event("payments.reconciled", which.mall_id, {"differences": len(found)}, topics=(f"mall:{which.mall_id}",)))
    log.info("payments.reconciled", provider=which.provider, day=str(which.day), differences=len(found))
    return len(found)


async def decide_difference(
    tx: Tx, *, mall_id: MallId, difference_id: UUID, decision: DifferenceDecision, staff_id: StaffId, now: datetime
) -> StatementDifference:
    """Write what a person says of a difference. Raises NoteRequired when resolved without a word how, NotFound."""
    if decision.state is DifferenceState.RESOLVED and not decision.note.strip():
        raise NoteRequired
    decided = await store.decide(tx, mall_id, difference_id, decision, staff_id, now)
    if decided is None:
        raise NotFound
    tx.subject = str(difference_id)
    tx.emit(Event("payments.difference_decided", difference_id, {}, topics=(f"mall:{mall_id}",)))
    return decided
