"""Money coming in: what is to be collected, each try at it, and what providers tell of a try."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import structlog

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import AttemptId, IntentId, MallId, MemberId, OrderId, TenderId, new_id
from galleria.platform.tx import Tx
from galleria.value.payments import rules
from galleria.value.payments.model import (
    Attempt,
    AttemptState,
    Intent,
    IntentState,
    Notice,
    Outcome,
    PaymentOpen,
    Purpose,
    Result,
    Scene,
    Settled,
)
from galleria.value.payments.store import attempts as store

log = structlog.get_logger()


async def create_intent(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    member_id: MemberId,
    amount_minor: int,
    currency: str,
    description: str,
    provider: str,
    now: datetime,
    expires_at: datetime,
    tender_id: TenderId | None = None,
    scene: Scene = Scene.PAGE,
) -> Intent:
    """Write that an amount (minor units, above zero) is to be collected for a tender of an order, with a first attempt.

    Without `tender_id` the order is one tender, which has the order's id. Nothing is said to the provider: that
    happens outside of any transaction, with the attempt's id as our number there; the first has the intent's id.
    Raises PaymentOpen when the tender has an open intent: there is one at a time.
    """
    intent = Intent(
        id=IntentId(new_id()),
        mall_id=mall_id,
        order_id=order_id,
        tender_id=tender_id or TenderId(order_id),
        member_id=member_id,
        amount_minor=amount_minor,
        currency=currency,
        description=description,
        provider=provider,
        state=IntentState.CREATED,
        created_at=now,
        expires_at=expires_at,
    )
    if not await store.insert(tx, intent, scene):
        raise PaymentOpen
    return intent


def first_attempt(intent: Intent, scene: Scene = Scene.PAGE) -> Attempt:
    """Return the first attempt at an intent just made; it carries the intent's id."""
    return Attempt(
        id=AttemptId(intent.id),
        mall_id=intent.mall_id,
        intent_id=intent.id,
        order_id=intent.order_id,
        tender_id=intent.tender_id,
        member_id=intent.member_id,
        n=1,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        description=intent.description,
        provider=intent.provider,
        scene=scene,
        state=AttemptState.CREATED,
        intent_state=intent.state,
        provider_reference=None,
        error=None,
        created_at=intent.created_at,
        expires_at=intent.expires_at,
        asks=0,
    )


async def lock_intent(tx: Tx, *, mall_id: MallId, intent_id: IntentId) -> None:
    """Wait for whoever is moving an intent, and keep others waiting until the end of the transaction."""
    await store.lock_intent(tx, mall_id, intent_id)


async def another_attempt(tx: Tx, *, last: Attempt, provider: str, scene: Scene, now: datetime) -> Attempt:
    """Try again to collect an intent, at any provider in any scene; an attempt still open is given up first.

    The caller has locked the intent, closes the given-up attempt at its provider, and starts the new one outside of the
    transaction. Money that comes by the old one counts all the same, once. Raises PaymentOpen when somebody else has
    opened another attempt, or the intent is not to be collected any more.
    """
    if last.state.is_open:
        await store.close_attempt(tx, last, now)
    fresh = msgspec.structs.replace(
        last,
        id=AttemptId(new_id()),
        n=last.n + 1,
        provider=provider,
        scene=scene,
        state=AttemptState.CREATED,
        provider_reference=None,
        error=None,
        created_at=now,
        asks=0,
    )
    if not await store.insert_attempt(tx, fresh):
        raise PaymentOpen
    return fresh


async def note_started(tx: Tx, *, attempt: Attempt, now: datetime) -> bool:
    """Note that the provider expects the payment."""
    return await store.move_attempt(tx, attempt, AttemptState.STARTED, None, now)


async def note_unknown(tx: Tx, *, attempt: Attempt, error: str, now: datetime) -> bool:
    """Note that the provider did not answer: it may have what it takes to collect, so it is asked from now on."""
    return await store.move_attempt(tx, attempt, AttemptState.UNKNOWN, error, now)


async def note_refused(tx: Tx, *, attempt: Attempt, error: str, now: datetime) -> bool:
    """Note that the provider does not want this payment; another attempt can be made."""
    return await store.move_attempt(tx, attempt, AttemptState.FAILED, error, now)


async def settle(tx: Tx, *, notice: Notice, now: datetime) -> Settled:
    """Record a provider's notice once, and move its attempt and intent by conditional updates.

    Returns what it did: succeeded or failed (now, by this notice), duplicate (nothing moved), surplus (the tender had
    been collected by another attempt; the intent returned is the surplus' own) or mismatch (amount or currency are not
    the intent's: recorded and logged, believed in nothing). Raises NotFound for an unknown attempt, ValueError for an
    outcome that is still pending.
    """
    if notice.outcome is Outcome.PENDING:
        raise ValueError("a pending payment is no outcome")
    told = await store.settle(tx, notice, now)
    if told is None:
        raise NotFound
    result = rules.result_of(notice, told, moved=told.moved)
    if told.surplus_id is not None:
        told = msgspec.structs.replace(told, id=told.surplus_id, purpose=Purpose.SURPLUS)
        result = Result.SURPLUS
    log.info("payments.notice", attempt=str(notice.attempt_id), result=result.value, provider=notice.provider)
    if result is Result.MISMATCH:
        log.error(
            "payments.mismatch",
            attempt=str(notice.attempt_id),
            expected=f"{told.amount_minor} {told.currency}",
            told=f"{notice.amount_minor} {notice.currency}",
        )
    return Settled(result, told, notice.attempt_id, told.superseded)


async def mark_asked(tx: Tx, *, attempts: Sequence[Attempt], now: datetime) -> int:
    """Remember that the provider is being asked about these, so that the next asking waits, longer each time."""
    return await store.mark_asked(tx, [a.mall_id for a in attempts], [a.id for a in attempts], now)


async def withdraw_intent(tx: Tx, *, mall_id: MallId, intent_id: IntentId, now: datetime) -> list[AttemptId]:
    """Give an intent up because its tender was paid otherwise; return its open attempts, whose providers are to know.

    Money that comes by it all the same is late.
    """
    return await store.withdraw(tx, mall_id, intent_id, now)


async def close_intents(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> list[AttemptId]:
    """Close an order's open intents, and return their open attempts, so that the providers can be told.

    Call it before the purchase is touched: a notice takes its locks in this order too.
    """
    return await store.close_for(tx, mall_id, order_id, now)
