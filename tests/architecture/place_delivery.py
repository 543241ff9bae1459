"""What of riders and couriers is in the place: one of everything, by parameter name."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories.malls import MadeMall

from galleria.commerce import riders
from galleria.foundation import members, staff
from galleria.kernel.ids import ShipmentId, StaffId, new_id
from galleria.kernel.places import Stop
from galleria.platform.runtime import Runtime

STOP = Stop(name="x", address="y")


async def rows_of_delivery(
    runtime: Runtime, mall: MadeMall, owner: members.Member, operator: staff.Account, ids: dict[str, Any]
) -> dict[str, Any]:
    """Insert an errand that the operator carries to the owner, and a courier's request on its way to them."""
    made: dict[str, Any] = {name: new_id() for name in ("errand_id", "task_id", "request_id")}
    made["shipment_id"] = ids.get("shipment_id") or ShipmentId(new_id())
    made["company"] = "kuaisong"
    await _errand(runtime, mall, owner, operator.id, made)
    await _request(runtime, mall, owner, made)
    return made


async def _errand(
    runtime: Runtime, mall: MadeMall, owner: members.Member, rider: StaffId, made: dict[str, Any]
) -> None:
    now, run = datetime.now(UTC), runtime.db.pool.execute
    code = riders.code_hash(made["shipment_id"], "123456")
    await run(
        """
        INSERT INTO riders.shift (mall_id, id, staff_id, name, capacity, started_at) VALUES ($1, $2, $3, 'x', 9, $4)
        """,
        mall.mall_id, new_id(), rider, now,
    )  # fmt: skip
    await run(
        """
        INSERT INTO riders.errand (mall_id, id, shipment_id, member_id, number, title, pieces, pickup, dropoff,
                                   ready_at, window_from, window_to, code_hash, state, staff_id, created_at, picked_at)
        VALUES ($1, $2, $3, $4, 'x', 'x', 1, $5, $5, $6, $6, $7, $8, 'carrying', $9, $6, $6)
        """,
        mall.mall_id, made["errand_id"], made["shipment_id"], owner.id, STOP, now, now + timedelta(hours=1), code,
        rider,
    )  # fmt: skip
    await run(
        """
        INSERT INTO riders.task (mall_id, id, errand_id, kind, state, staff_id, stop, not_before, due_at, created_at)
        VALUES ($1, $2, $3, 'dropoff', 'todo', $4, $5, $6, $6, $6)
        """,
        mall.mall_id, made["task_id"], made["errand_id"], rider, STOP, now,
    )  # fmt: skip


async def _request(runtime: Runtime, mall: MadeMall, owner: members.Member, made: dict[str, Any]) -> None:
    now, run = datetime.now(UTC), runtime.db.pool.execute
    await run(
        """
        INSERT INTO couriers.request (mall_id, id, shipment_id, member_id, number, title, pickup, dropoff, goods_minor,
                                      weight_g, currency, ready_at, deliver_by, state, tries, created_at)
        VALUES ($1, $2, $3, $4, 'x', 'x', $5, $5, 100, 100, 'CNY', $6, $6, 'delivering', 1, $6)
        """,
        mall.mall_id, made["request_id"], made["shipment_id"], owner.id, STOP, now,
    )  # fmt: skip
    await run(
        """
        INSERT INTO couriers.run (mall_id, id, request_id, n, company, state, price_minor, created_at)
        VALUES ($1, $2, $3, 1, 'kuaisong', 'delivering', 900, $4)
        """,
        mall.mall_id, new_id(), made["request_id"], now,
    )  # fmt: skip
