"""Work of fulfilment that events and the clock start."""

from datetime import datetime
from typing import Any
from uuid import UUID

from galleria.commerce.fulfilment.model import Carrier
from galleria.commerce.fulfilment.operations import carrying, dispatching, packing, reminding
from galleria.commerce.fulfilment.store import lists
from galleria.kernel.ids import MallId, OrderId, ShipmentId, ShopId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

BATCH = 100


async def follow_refund(
    runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]
) -> None:
    """Take refunded units out of shipments; once for each refund."""
    del subject
    now, mall_id = utc_now(), MallId(UUID(data["mall_id"]))
    command = Command(
        kind="fulfilment.follow_refund",
        actor=SYSTEM,
        now=now,
        mall_id=mall_id,
        key=f"fulfilment.follow_refund:{journal_id}:{position}",
    )
    order_id = OrderId(UUID(data["order_id"]))
    await runtime.db.write(
        command, lambda tx: packing.follow_refund(tx, mall_id=mall_id, order_id=order_id, now=now), returns=int
    )


async def follow_pickup(
    runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]
) -> None:
    """End the shipment of goods collected at the shop by their ticket, or open it again; once for each redemption."""
    del subject
    if data.get("kind") != "pickup" or data.get("order_id") is None:
        return
    now, mall_id = utc_now(), MallId(UUID(data["mall_id"]))
    command = Command(
        kind="fulfilment.follow_pickup",
        actor=SYSTEM,
        now=now,
        mall_id=mall_id,
        key=f"fulfilment.follow_pickup:{journal_id}:{position}",
    )
    order_id, shop_id = OrderId(UUID(data["order_id"])), ShopId(UUID(data["shop_id"]))
    await runtime.db.write(
        command,
        lambda tx: carrying.follow_pickup(tx, mall_id=mall_id, order_id=order_id, shop_id=shop_id, now=now),
        returns=int,
    )


async def follow_riders(
    runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]
) -> None:
    """Let a shipment follow its rider; once for each thing told."""
    await _follow(runtime, Carrier.RIDERS, f"{journal_id}:{position}", subject, data, str(data.get("rider") or ""))


async def follow_couriers(
    runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]
) -> None:
    """Let a shipment follow its courier; once for each thing told."""
    await _follow(runtime, Carrier.COURIERS, f"{journal_id}:{position}", subject, data, str(data.get("company") or ""))


async def _follow(runtime: Runtime, carrier: Carrier, told: str, subject: str, data: dict[str, Any], who: str) -> None:
    now, mall_id = utc_now(), MallId(UUID(data["mall_id"]))
    command = Command(
        kind="fulfilment.follow_carrier", actor=SYSTEM, now=now, mall_id=mall_id, key=f"fulfilment.follow:{told}"
    )

    async def follow(tx: Tx) -> bool:
        return await dispatching.follow(
            tx, mall_id=mall_id, shipment_id=ShipmentId(UUID(subject)), carrier=carrier, said=str(data["state"]),
            reason=str(data.get("reason") or ""), who=who, now=now,
        )  # fmt: skip

    await runtime.db.write(command, follow, returns=bool)


async def remind(runtime: Runtime, now: datetime) -> None:
    """Tell shoppers, once a shipment, of what must soon be collected."""
    command = Command(kind="fulfilment.remind", actor=SYSTEM, now=now)
    await runtime.db.write(command, lambda tx: reminding.remind(tx, now=now, limit=BATCH), returns=int)


async def end_unclaimed(runtime: Runtime, now: datetime) -> None:
    """Refund what was not collected in time and have it cleared, one by one."""
    async with runtime.db.read() as tx:
        due = await lists.overdue_at_points(tx, now, BATCH)
    for one in due:
        await _end_one(runtime, one, now)


async def _end_one(runtime: Runtime, one: lists.Due, now: datetime) -> None:
    command = Command(
        kind="fulfilment.end_unclaimed", actor=SYSTEM, now=now, mall_id=one.mall_id, input={"shipment_id": one.id}
    )
    await runtime.db.write(
        command,
        lambda tx: carrying.end_unclaimed(tx, mall_id=one.mall_id, shipment_id=one.id, now=now),
        returns=bool,
    )
