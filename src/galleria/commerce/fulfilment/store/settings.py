"""What malls and shops have decided about bringing goods: policy, ways of shops, zones, how products are kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce.fulfilment.model import (
    Policy,
    PolicyInput,
    ProductStorage,
    ShopWay,
    ShopWayInput,
    Storage,
    Zone,
    ZoneInput,
)
from galleria.commerce.orders import Way
from galleria.kernel.ids import MallId, ProductId, ShopId
from galleria.platform.tx import ReadTx, Tx

_ZONE = """
SELECT id, name_zh, name_en, kind, polygon, reach_m, districts, fee_minor, per_km_minor, free_km, free_from_minor,
       minimum_minor, travel_minutes, position, active
  FROM fulfilment.zone
"""


async def policy(tx: ReadTx, mall_id: MallId) -> Policy:
    """Return a mall's policy, or what holds without one."""
    found = await tx.one(
        Policy,
        "SELECT lat, lon, days_ahead, remind_before_minutes, attempts_max, last_mile FROM fulfilment.policy "
        "WHERE mall_id = $1",
        mall_id,
    )
    return found or Policy()


async def save_policy(tx: Tx, mall_id: MallId, new: PolicyInput, now: datetime) -> None:
    """Keep a mall's policy."""
    await tx.run(
        """
        INSERT INTO fulfilment.policy (mall_id, lat, lon, days_ahead, remind_before_minutes, attempts_max, last_mile,
                                       changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (mall_id) DO UPDATE
           SET lat = $2, lon = $3, days_ahead = $4, remind_before_minutes = $5, attempts_max = $6, last_mile = $7,
               changed_at = $8
        """,
        mall_id,
        new.lat,
        new.lon,
        new.days_ahead,
        new.remind_before_minutes,
        new.attempts_max,
        new.last_mile,
        now,
    )


async def ways(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[ShopWay]:
    """Return the ways a shop has said something of."""
    return await tx.all(
        ShopWay,
        "SELECT shop_id, way, carrier, active, fee_minor, free_from_minor, prepare_minutes, transit_minutes "
        "FROM fulfilment.way WHERE mall_id = $1 AND shop_id = $2 ORDER BY way",
        mall_id,
        shop_id,
    )


async def save_way(tx: Tx, mall_id: MallId, shop_id: ShopId, way: Way, new: ShopWayInput, now: datetime) -> None:
    """Keep the terms of one way of a shop."""
    await tx.run(
        """
        INSERT INTO fulfilment.way (mall_id, shop_id, way, carrier, active, fee_minor, free_from_minor,
                                    prepare_minutes, transit_minutes, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (mall_id, shop_id, way) DO UPDATE
           SET carrier = $4, active = $5, fee_minor = $6, free_from_minor = $7, prepare_minutes = $8,
               transit_minutes = $9, changed_at = $10
        """,
        mall_id,
        shop_id,
        way,
        new.carrier,
        new.active,
        new.fee_minor,
        new.free_from_minor,
        new.prepare_minutes,
        new.transit_minutes,
        now,
    )


async def zones(tx: ReadTx, mall_id: MallId) -> list[Zone]:
    """Return a mall's zones, also those not in use, in the order they count."""
    return await tx.all(Zone, _ZONE + "WHERE mall_id = $1 ORDER BY position, id", mall_id)


async def save_zone(tx: Tx, mall_id: MallId, zone_id: UUID, new: ZoneInput, now: datetime, *, fresh: bool) -> bool:
    """Insert a zone, or replace one; False when there is none to replace."""
    sql = """
    INSERT INTO fulfilment.zone (mall_id, id, name_zh, name_en, kind, polygon, reach_m, districts, fee_minor,
                                 per_km_minor, free_km, free_from_minor, minimum_minor, travel_minutes, position,
                                 active, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    """
    if not fresh:
        sql = """
        UPDATE fulfilment.zone
           SET name_zh = $3, name_en = $4, kind = $5, polygon = $6, reach_m = $7, districts = $8, fee_minor = $9,
               per_km_minor = $10, free_km = $11, free_from_minor = $12, minimum_minor = $13, travel_minutes = $14,
               position = $15, active = $16, changed_at = $17
         WHERE mall_id = $1 AND id = $2
        """
    return bool(
        await tx.run(
            sql,
            mall_id,
            zone_id,
            new.name_zh,
            new.name_en,
            new.kind,
            new.polygon,
            new.reach_m,
            new.districts,
            new.fee_minor,
            new.per_km_minor,
            new.free_km,
            new.free_from_minor,
            new.minimum_minor,
            new.travel_minutes,
            new.position,
            new.active,
            now,
        )
    )


async def remove_zone(tx: Tx, mall_id: MallId, zone_id: UUID) -> bool:
    """Delete a zone; what was priced in it keeps its fee. False when there is none."""
    return bool(await tx.run("DELETE FROM fulfilment.zone WHERE mall_id = $1 AND id = $2", mall_id, zone_id))


async def save_storage(tx: Tx, mall_id: MallId, product_id: ProductId, storage: Storage) -> None:
    """Keep how a product must be kept."""
    await tx.run(
        "INSERT INTO fulfilment.product (mall_id, product_id, storage) VALUES ($1, $2, $3) "
        "ON CONFLICT (mall_id, product_id) DO UPDATE SET storage = $3",
        mall_id,
        product_id,
        storage,
    )


async def storages(tx: ReadTx, mall_id: MallId, product_ids: Sequence[ProductId]) -> list[ProductStorage]:
    """Return how products must be kept; those nobody has said anything of are left out."""
    return await tx.all(
        ProductStorage,
        "SELECT product_id, storage FROM fulfilment.product WHERE mall_id = $1 AND product_id = ANY ($2)",
        mall_id,
        product_ids,
    )
