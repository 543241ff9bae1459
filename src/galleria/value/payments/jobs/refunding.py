"""Sending refunds to their provider: called outside of any transaction, recorded in one of its own."""

from datetime import datetime
from uuid import UUID

import structlog

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, RefundId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value.payments import operations, queries, rules
from galleria.value.payments.model import (
    Outcome,
    ProviderRefused,
    Providers,
    ProviderUnavailable,
    RefundNotice,
    RefundOrder,
    RefundState,
    Result,
)

log = structlog.get_logger()


async def send_refund(runtime: Runtime, mall_id: str, refund_id: str) -> None:
    """Ask the provider for a refund under the refund's own id, and record the outcome.

    Raises ProviderUnavailable, to be tried again, until `SEND_ATTEMPTS`; then the refund counts as failed.
    """
    async with runtime.db.read() as tx:
        order = await queries.get_refund_order(tx, mall_id=MallId(UUID(mall_id)), refund_id=RefundId(UUID(refund_id)))
    if order.state is not RefundState.REQUESTED:
        return
    try:
        notice = await _send(runtime, order)
    except ProviderRefused as error:
        await record(runtime, order, _failed(order, str(error)))
    except ProviderUnavailable as error:
        if order.attempts + 1 >= rules.SEND_ATTEMPTS:
            await record(runtime, order, _failed(order, str(error)))
            return
        reason = str(error)
        await runtime.db.write(
            _command(order, "payments.refund_unanswered"),
            lambda tx: operations.refund_unanswered(tx, order=order, error=reason),
            returns=bool,
        )
        raise
    else:
        await record(runtime, order, notice)


async def ask_refunds(runtime: Runtime, now: datetime) -> None:
    """Ask providers how the refunds stand that they took and told no more of."""
    async with runtime.db.read() as tx:
        orders = await queries.list_processing(tx, now=now)
    if not orders:
        return
    command = Command(
        kind="payments.ask_refunds", actor=SYSTEM, now=now, input={"refund_ids": [o.refund_id for o in orders]}
    )
    await runtime.db.write(command, lambda tx: operations.mark_refunds_asked(tx, orders=orders, now=now), returns=int)
    for order in orders:
        provider = runtime.port(Providers).get(order.provider)
        if provider is None:
            continue
        try:
            notice = await provider.query_refund(order)
        except (ProviderUnavailable, ProviderRefused) as error:
            log.warning("payments.refund_unanswered", refund=str(order.refund_id), error=str(error))
        else:
            await record(runtime, order, notice)


async def record(runtime: Runtime, order: RefundOrder, notice: RefundNotice) -> bool:
    """Write down what a provider said of a refund; False when nothing moved by it."""
    now = utc_now()
    return await runtime.db.write(
        _command(order, f"payments.refund_{notice.outcome.value}"),
        lambda tx: operations.refund_told(tx, order=order, notice=notice, now=now),
        returns=bool,
    )


async def _send(runtime: Runtime, order: RefundOrder) -> RefundNotice:
    provider = runtime.port(Providers).get(order.provider)
    if provider is None:
        raise ProviderUnavailable(f"no provider is called {order.provider}")
    return await provider.refund(order)


async def take_refund_notice(runtime: Runtime, notice: RefundNotice) -> Result | Outcome:
    """Do what a provider's word on a refund calls for; raises NotFound when it is none of ours."""
    async with runtime.db.read() as tx:
        order = await queries.get_refund_order(tx, mall_id=notice.mall_id, refund_id=notice.refund_id)
    if order.provider != notice.provider:
        raise NotFound
    if notice.outcome is Outcome.PENDING:
        return Outcome.PENDING
    moved = await record(runtime, order, notice)
    return Result(notice.outcome.value) if moved else Result.DUPLICATE


def _failed(order: RefundOrder, error: str) -> RefundNotice:
    return RefundNotice(
        provider=order.provider,
        mall_id=order.mall_id,
        refund_id=order.refund_id,
        outcome=Outcome.FAILED,
        amount_minor=order.amount_minor,
        reference=None,
        error=error,
    )


def _command(order: RefundOrder, kind: str) -> Command:
    return Command(kind=kind, actor=SYSTEM, now=utc_now(), mall_id=order.mall_id, input={"refund_id": order.refund_id})
