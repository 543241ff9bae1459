"""Where providers are heard and asked: their words come in here, and are acted on in one transaction each."""

from collections.abc import Mapping
from datetime import datetime

import structlog

from galleria.commerce.checkout import operations
from galleria.commerce.checkout.model import NoticeAnswer
from galleria.kernel.errors import Conflict, NotFound
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value.payments import Intent, Notice, Outcome, PaymentProvider, Providers, Result

log = structlog.get_logger()


class PaymentMismatch(Conflict):
    """Amount or currency of the notice are not those of the payment; it was recorded and not believed."""

    code = "payment_mismatch"


async def receive_notice(
    runtime: Runtime, *, provider: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> NoticeAnswer:
    """Take a notice as it came over the wire.

    The answer is the same when it comes again. Raises NotFound for an unknown provider or payment,
    payments.NoticeForged, PaymentMismatch.
    """
    found = runtime.port(Providers).get(provider)
    if found is None:
        raise NotFound
    notice = found.parse_notice(headers, body, now=now)
    return NoticeAnswer((await act_on(runtime, notice, now)).value)


async def act_on(runtime: Runtime, notice: Notice, now: datetime) -> Result | Outcome:
    """Do what a notice, told or asked for, calls for. Raises NotFound, PaymentMismatch."""
    if notice.outcome is Outcome.PENDING:
        return Outcome.PENDING
    command = Command(
        kind="payments.notice",
        actor=SYSTEM,
        now=now,
        mall_id=notice.mall_id,
        input={"intent_id": notice.intent_id, "notice_id": notice.notice_id, "outcome": notice.outcome},
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


async def ask(runtime: Runtime, intent: Intent, now: datetime) -> None:
    """Ask the provider how a payment stands, and act on the answer."""
    provider = provider_of(runtime, intent)
    if provider is not None:
        await _act_quietly(runtime, await provider.query(intent), now)


async def close(runtime: Runtime, intent: Intent, now: datetime) -> None:
    """Tell the provider to take no more money for a payment, and act on what it says of it."""
    provider = provider_of(runtime, intent)
    if provider is not None:
        await _act_quietly(runtime, await provider.close(intent), now)


def provider_of(runtime: Runtime, intent: Intent) -> PaymentProvider | None:
    """Return the provider of a payment, None when this installation no longer works with it."""
    return runtime.port(Providers).get(intent.provider)


async def _act_quietly(runtime: Runtime, notice: Notice, now: datetime) -> None:
    try:
        await act_on(runtime, notice, now)
    except PaymentMismatch:
        log.exception("checkout.mismatch", intent=str(notice.intent_id))
