"""Where providers are heard and asked: their words come in here, and are acted on in one transaction each."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from galleria.commerce.checkout import operations
from galleria.kernel.errors import Conflict, NotFound, Unavailable
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import payments
from galleria.value.payments import (
    Acknowledgement,
    Attempt,
    AttemptState,
    InPerson,
    Notice,
    Outcome,
    Payer,
    PaymentProvider,
    ProviderRefused,
    Providers,
    ProviderUnavailable,
    RefundNotice,
    Result,
    Started,
)

log = structlog.get_logger()


class PaymentMismatch(Conflict):
    """Amount or currency of the notice are not those of the payment; it was recorded and not believed."""

    code = "payment_mismatch"


class PaymentRefused(Conflict):
    """The provider does not take this payment; try another way."""

    code = "payment_refused"


async def receive_notice(
    runtime: Runtime, *, provider: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> Acknowledgement:
    """Take a notice as it came over the wire, of a payment or of a refund, and return what its provider wants to hear.

    The answer is the same when it comes again. Raises NotFound for an unknown provider or payment,
    payments.NoticeForged, PaymentMismatch.
    """
    found = runtime.port(Providers).get(provider)
    if found is None:
        raise NotFound
    notice = await found.parse_notice(headers, body, now=now)
    if isinstance(notice, RefundNotice):
        return found.acknowledge((await payments.take_refund_notice(runtime, notice)).value)
    return found.acknowledge((await act_on(runtime, notice, now)).value)


async def act_on(runtime: Runtime, notice: Notice, now: datetime) -> Result | Outcome:
    """Do what a notice, told or asked for, calls for. Raises NotFound, PaymentMismatch."""
    if notice.outcome is Outcome.PENDING:
        return Outcome.PENDING
    command = Command(
        kind="payments.notice",
        actor=SYSTEM,
        now=now,
        mall_id=notice.mall_id,
        input={"attempt_id": notice.attempt_id, "notice_id": notice.notice_id, "outcome": notice.outcome},
    )
    try:
        result = await runtime.db.write(
            command, lambda tx: operations.take_notice(tx, notice=notice, now=now), returns=Result
        )
    except operations.Known:
        return Result.DUPLICATE
    if result is Result.MISMATCH:
        raise PaymentMismatch
    return result


async def ask(runtime: Runtime, attempt: Attempt, now: datetime) -> Outcome:
    """Ask the provider how a payment stands, and act on the answer."""
    provider = runtime.port(Providers).get(attempt.provider)
    if provider is None:
        return Outcome.PENDING
    notice = await provider.query(attempt)
    await _act_quietly(runtime, notice, now)
    return notice.outcome


async def close(runtime: Runtime, attempt: Attempt, now: datetime) -> None:
    """Tell the provider to take no more money for a payment, and act on what it says of it."""
    provider = runtime.port(Providers).get(attempt.provider)
    if provider is not None:
        await _act_quietly(runtime, await provider.close(attempt), now)


async def start(runtime: Runtime, provider: PaymentProvider, attempt: Attempt, payer: Payer, now: datetime) -> Started:
    """Have the provider expect a payment, and return how the shopper goes on.

    Raises Unavailable when it does not answer (it is asked from then on), PaymentRefused when it said no (another
    attempt can be made).
    """
    try:
        started = await provider.start(attempt, payer)
    except ProviderRefused as error:
        await _note(runtime, attempt, payments.note_refused, now, error=str(error))
        raise PaymentRefused(reason=str(error)) from error
    except ProviderUnavailable as error:
        await _note(runtime, attempt, payments.note_unknown, now, error=str(error))
        raise Unavailable from error
    if attempt.state is not AttemptState.STARTED and provider.link(attempt, return_url=payer.return_url) is None:
        await _note(runtime, attempt, payments.note_started, now)
    return started


async def charge(
    runtime: Runtime, provider: InPerson, attempt: Attempt, auth_code: str, now: datetime
) -> Result | Outcome:
    """Take a payment by the code a shopper shows, and return how it went: pending when the provider is not sure yet.

    Without an answer it is pending, too: it may have been taken, and the provider is asked until it is known. Raises
    PaymentRefused when the provider said no.
    """
    try:
        notice = await provider.charge(attempt, auth_code)
    except ProviderRefused as error:
        await _note(runtime, attempt, payments.note_refused, now, error=str(error))
        raise PaymentRefused(reason=str(error)) from error
    except ProviderUnavailable as error:
        await _note(runtime, attempt, payments.note_unknown, now, error=str(error))
        return Outcome.PENDING
    if notice.outcome is Outcome.PENDING:
        await _note(runtime, attempt, payments.note_started, now)
    return await act_on(runtime, notice, now)


async def _note(
    runtime: Runtime, attempt: Attempt, operation: Callable[..., Awaitable[bool]], now: datetime, **what: str
) -> None:
    """Note how far an attempt has come; one ended meanwhile is closed at its provider, which did not know of it yet."""

    async def note(tx: Tx) -> bool:
        tx.subject = str(attempt.order_id)
        moved = await operation(tx, attempt=attempt, now=now, **what)
        if not moved:
            tx.jobs.extend(operations.closing(attempt.mall_id, [attempt.id]))
        return moved

    command = Command(
        kind=f"payments.{operation.__name__}",
        actor=SYSTEM,
        now=now,
        mall_id=attempt.mall_id,
        input={"attempt_id": attempt.id, **what},
    )
    await runtime.db.write(command, note, returns=bool)


async def _act_quietly(runtime: Runtime, notice: Notice, now: datetime) -> None:
    try:
        await act_on(runtime, notice, now)
    except PaymentMismatch:
        log.exception("checkout.mismatch", attempt=str(notice.attempt_id))
