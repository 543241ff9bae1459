"""What of fulfilment is in the place: an address, a zone, a point, a rule, a shipment, a transfer."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from tests.factories.malls import MadeMall

from galleria.foundation import members, staff
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


async def rows_of_fulfilment(
    runtime: Runtime, mall: MadeMall, owner: members.Member, clerk: staff.Account, ids: dict[str, Any]
) -> dict[str, Any]:
    """Insert one of everything and return the ids by parameter name."""
    names = ("address_id", "zone_id", "point_id", "slot_rule_id", "reading_id", "shipment_id", "stock_transfer_id")
    made: dict[str, Any] = {name: new_id() for name in names} | {"day": date(2027, 1, 1), "way": "delivery"}
    run, m, shop, now = runtime.db.pool.execute, mall.mall_id, mall.shop_ids[0], datetime.now(UTC)
    await run(
        "INSERT INTO fulfilment.address (member_id, id, person, phone, street, created_at) "
        "VALUES ($1, $2, '林', '13800000000', '路', $3)",
        owner.id, made["address_id"], now,
    )  # fmt: skip
    await run(
        "INSERT INTO fulfilment.zone (mall_id, id, name_zh, name_en, kind, districts, fee_minor, active, changed_at) "
        "VALUES ($1, $2, '近', 'Near', 'district', '{x}', 0, true, $3)",
        m, made["zone_id"], now,
    )  # fmt: skip
    await run(
        "INSERT INTO fulfilment.holiday (mall_id, day, name_zh, name_en) VALUES ($1, $2, '节', 'Day')", m, made["day"]
    )
    await _point(runtime, mall, made, now)
    await run(
        "INSERT INTO fulfilment.slot_rule (mall_id, id, way, shop_id, weekdays, starts, ends, capacity, lead_minutes, "
        "active, changed_at) VALUES ($1, $2, 'delivery', $3, '{1}', '10:00', '12:00', 1, 0, true, $4)",
        m, made["slot_rule_id"], shop, now,
    )  # fmt: skip
    await _shipment(runtime, mall, owner, made["shipment_id"], ids, now)
    await run(
        "INSERT INTO fulfilment.transfer (mall_id, id, number, merchant_id, from_shop_id, to_shop_id, state, "
        "created_by, created_at) VALUES ($1, $2, 'T-1', $3, $4, $5, 'draft', $6, $7)",
        m, made["stock_transfer_id"], mall.merchant_ids[0], shop, mall.shop_ids[1], clerk.id, now,
    )  # fmt: skip
    return made


async def _point(runtime: Runtime, mall: MadeMall, made: dict[str, Any], now: datetime) -> None:
    run = runtime.db.pool.execute
    await run(
        "INSERT INTO fulfilment.point (mall_id, id, code, kind, shop_id, name_zh, name_en, active, changed_at) "
        "VALUES ($1, $2, 'p', 'convenience', $3, '便利店', 'Store', true, $4)",
        mall.mall_id, made["point_id"], mall.shop_ids[0], now,
    )  # fmt: skip
    await run(
        "INSERT INTO fulfilment.compartment (mall_id, point_id, storage, capacity, hours_max, unclaimed) "
        "VALUES ($1, $2, 'ambient', 9, 24, 'return')",
        mall.mall_id, made["point_id"],
    )  # fmt: skip
    await run(
        "INSERT INTO fulfilment.reading (mall_id, point_id, storage, id, at, tenths, alarm) "
        "VALUES ($1, $2, 'ambient', $3, $4, 300, true)",
        mall.mall_id, made["point_id"], made["reading_id"], now,
    )  # fmt: skip


async def _shipment(
    runtime: Runtime, mall: MadeMall, owner: members.Member, shipment_id: UUID, ids: dict[str, Any], now: datetime
) -> None:
    run = runtime.db.pool.execute
    await run(
        "INSERT INTO fulfilment.shipment (mall_id, id, number, order_id, sub_order_id, member_id, shop_id, "
        "filling_shop_id, merchant_id, shop_zh, shop_en, order_number, way, carrier, state, storage, code, "
        "promised_from, promised_to, prepare_by, created_at) VALUES ($1, $2, 'X-1', $3, $4, $5, $6, $6, $7, '店', "
        "'Shop', 'X', 'delivery', 'own', 'planned', 'ambient', '123456', $8, $8, $8, $8)",
        mall.mall_id, shipment_id, ids["order_id"], ids["sub_order_id"], owner.id, mall.shop_ids[0],
        mall.merchant_ids[0], now,
    )  # fmt: skip
    await run(
        "INSERT INTO fulfilment.shipment_line (mall_id, shipment_id, line_id, variant_id, product_id, name_zh, "
        "name_en, option_zh, option_en, position, units) VALUES ($1, $2, $3, $4, $5, '茶', 'Tea', '', '', 1, '{0}')",
        mall.mall_id, shipment_id, ids["line_id"], ids["variant_id"], ids["product_id"],
    )  # fmt: skip
    await run(
        "INSERT INTO fulfilment.move (mall_id, shipment_id, id, what, actor_kind, actor_id, at) "
        "VALUES ($1, $2, $2, 'planned', 'system', $2, $3)",
        mall.mall_id, shipment_id, now,
    )  # fmt: skip
