"""Sending refunds to their provider: called outside of any transaction, recorded in one of its own."""

from uuid import UUID

from galleria.kernel.ids import MallId, RefundId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value.payments import operations, queries, rules
from galleria.value.payments.model import ProviderRefused, Providers, ProviderUnavailable, RefundOrder, RefundState


async def send_refund(runtime: Runtime, mall_id: str, refund_id: str) -> None:
    """Ask the provider for a refund under the refund's own id, and record the outcome.

    Raises ProviderUnavailable, to be tried again, until `SEND_ATTEMPTS`; then the refund counts as failed.
    """
    async with runtime.db.read() as tx:
        order = await queries.get_refund_order(tx, mall_id=MallId(UUID(mall_id)), refund_id=RefundId(UUID(refund_id)))
    if order.state is not RefundState.REQUESTED:
        return
    try:
        reference = await _send(runtime, order)
    except ProviderRefused as error:
        await _fail(runtime, order, str(error))
    except ProviderUnavailable as error:
        if order.attempts + 1 >= rules.SEND_ATTEMPTS:
            await _fail(runtime, order, str(error))
            return
        reason = str(error)
        await runtime.db.write(
            _command(order, "payments.refund_unanswered"),
            lambda tx: operations.refund_unanswered(tx, order=order, error=reason),
            returns=bool,
        )
        raise
    else:
        now = utc_now()
        await runtime.db.write(
            _command(order, "payments.refund_succeeded"),
            lambda tx: operations.refund_succeeded(tx, order=order, reference=reference, now=now),
            returns=bool,
        )


async def _send(runtime: Runtime, order: RefundOrder) -> str:
    provider = runtime.port(Providers).get(order.provider)
    if provider is None:
        raise ProviderUnavailable(f"no provider is called {order.provider}")
    return await provider.refund(order)


async def _fail(runtime: Runtime, order: RefundOrder, error: str) -> None:
    now = utc_now()
    await runtime.db.write(
        _command(order, "payments.refund_failed"),
        lambda tx: operations.refund_failed(tx, order=order, error=error, now=now),
        returns=bool,
    )


def _command(order: RefundOrder, kind: str) -> Command:
    return Command(kind=kind, actor=SYSTEM, now=utc_now(), mall_id=order.mall_id, input={"refund_id": order.refund_id})
