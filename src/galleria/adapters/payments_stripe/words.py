"""What Stripe's words mean to us. Pure."""

from datetime import UTC, datetime
from uuid import UUID

from galleria.adapters.payments_stripe.model import Movement, Refund, Session
from galleria.kernel.ids import AttemptId, MallId, RefundId
from galleria.value.payments import Attempt, LineKind, Notice, Outcome, RefundNotice, RefundOrder, StatementLine

NAME = "stripe"
MALL, ATTEMPT, REFUND = "mall_id", "attempt_id", "refund_id"

REFUNDS = {
    "succeeded": Outcome.SUCCEEDED,
    "pending": Outcome.PENDING,
    "requires_action": Outcome.PENDING,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}
KINDS = {
    "charge": LineKind.PAYMENT,
    "payment": LineKind.PAYMENT,
    "refund": LineKind.REFUND,
    "payment_refund": LineKind.REFUND,
}


def outcome(session: Session) -> Outcome:
    """Return how a page stands: paid, over, or still open; paid is paid even when the page is over."""
    if session.payment_status == "paid":
        return Outcome.SUCCEEDED
    return Outcome.FAILED if session.status == "expired" else Outcome.PENDING


def notice(session: Session, *, notice_id: str, body: str, failed: bool = False) -> Notice | None:
    """Return what an event says of a page, None when it is none of ours."""
    ours = _ours(session.metadata, ATTEMPT)
    if ours is None:
        return None
    return Notice(
        notice_id=notice_id,
        provider=NAME,
        mall_id=ours[0],
        attempt_id=AttemptId(ours[1]),
        outcome=Outcome.FAILED if failed else outcome(session),
        amount_minor=session.amount_total,
        currency=session.currency.upper(),
        reference=session.payment_intent,
        body=body,
    )


def answer(attempt: Attempt, session: Session | None) -> Notice:
    """Return how an attempt stands when asked."""
    how = Outcome.PENDING if session is None else outcome(session)
    return Notice(
        notice_id=f"query-{how.value}",
        provider=NAME,
        mall_id=attempt.mall_id,
        attempt_id=attempt.id,
        outcome=how,
        amount_minor=attempt.amount_minor if session is None else session.amount_total,
        currency=attempt.currency if session is None else session.currency.upper(),
        reference=None if session is None else session.payment_intent,
        body="query",
    )


def refund_notice(refund: Refund) -> RefundNotice | None:
    """Return what Stripe says of a refund, None when it is none of ours."""
    ours = _ours(refund.metadata, REFUND)
    if ours is None:
        return None
    return RefundNotice(
        provider=NAME,
        mall_id=ours[0],
        refund_id=RefundId(ours[1]),
        outcome=REFUNDS.get(refund.status, Outcome.PENDING),
        amount_minor=refund.amount,
        reference=refund.id,
        error=refund.failure_reason or "",
    )


def marks(order: RefundOrder) -> dict[str, str]:
    """Return what a refund carries of ours."""
    return {f"metadata[{MALL}]": str(order.mall_id), f"metadata[{REFUND}]": str(order.refund_id)}


def line(movement: Movement) -> StatementLine | None:
    """Return a movement as a line of a statement, None when it is neither a payment nor a refund."""
    kind = KINDS.get(movement.type)
    if kind is None:
        return None
    source = movement.source
    ours = None if source is None else _ours(source.metadata, ATTEMPT if kind is LineKind.PAYMENT else REFUND)
    reference = movement.id if source is None else source.id
    return StatementLine(
        kind=kind,
        mall_id=None if ours is None else ours[0],
        number=reference if ours is None else str(ours[1]),
        reference=reference,
        amount_minor=abs(movement.amount),
        currency=movement.currency.upper(),
        fee_minor=movement.fee,
        at=datetime.fromtimestamp(movement.created, UTC),
    )


def _ours(metadata: dict[str, str], number: str) -> tuple[MallId, UUID] | None:
    try:
        return MallId(UUID(metadata[MALL])), UUID(metadata[number])
    except (KeyError, ValueError):
        return None
