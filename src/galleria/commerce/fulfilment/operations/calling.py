"""Telling riders and couriers that something is not to be brought."""

from datetime import datetime

from galleria.commerce import couriers, riders
from galleria.commerce.fulfilment.model import Carrier, ShipmentRow
from galleria.platform.tx import Tx


async def call_off(tx: Tx, row: ShipmentRow, *, reason: str, now: datetime) -> None:
    """Tell riders or couriers that a shipment is not to be brought; what they have they bring back."""
    if row.carrier is Carrier.RIDERS:
        await riders.cancel(tx, mall_id=row.mall_id, shipment_id=row.id, reason=reason, now=now)
    if row.carrier is Carrier.COURIERS:
        await couriers.cancel(tx, mall_id=row.mall_id, shipment_id=row.id, reason=reason, now=now)
