"""What of hands-free shopping is in the place: one of everything, by parameter name."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories.malls import MadeMall

from galleria.foundation import members, staff
from galleria.kernel.ids import new_id
from galleria.onsite.handsfree.rules import label_code, proxy_hash
from galleria.platform.runtime import Runtime

PROXY_CODE = "23456789AB"


async def rows_of_handsfree(
    runtime: Runtime, mall: MadeMall, owner: members.Member, clerk: staff.Account, _ids: dict[str, Any]
) -> dict[str, Any]:
    """Make the rows; the bag is of the mall's first shop, its claim is not decided."""
    now, m, shop = datetime.now(UTC), mall.mall_id, mall.shop_ids[0]
    run = runtime.db.pool.execute
    made: dict[str, Any] = {
        name: new_id()
        for name in (
            "label_batch_id", "bag_desk_id", "trip_id", "bag_id", "proxy_id", "bag_count_id", "bag_exception_id",
            "bag_claim_id",
        )
    }  # fmt: skip
    made |= {"label": label_code(1), "proxy_code": PROXY_CODE}
    await run(
        "INSERT INTO handsfree.label_batch (mall_id, id, shop_id, count, staff_id, created_at) "
        "VALUES ($1, $2, $3, 1, $4, $5)",
        m, made["label_batch_id"], shop, clerk.id, now,
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.label (mall_id, code, batch_id, position) VALUES ($1, $2, $3, 0)",
        m, made["label"], made["label_batch_id"],
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.desk (mall_id, id, code, kind, name_zh, name_en, created_at) "
        "VALUES ($1, $2, 'north', 'desk', '北门', 'North', $3)",
        m, made["bag_desk_id"], now,
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.trip (mall_id, id, member_id, day, serial, state, way, created_at) "
        "VALUES ($1, $2, $3, $4, '12345678', 'open', 'desk', $5)",
        m, made["trip_id"], owner.id, now.date(), now,
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.bag (mall_id, id, label, trip_id, member_id, shop_id, merchant_id, shop_zh, shop_en, "
        "floor_code, unit_code, storage, fragile, pieces, sealed_at, state, moved_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, 'x', 'x', '', '', 'ambient', false, 1, $8, 'at_shop', $8)",
        m, made["bag_id"], made["label"], made["trip_id"], owner.id, shop, mall.merchant_ids[0], now,
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.scan (mall_id, id, label, bag_id, move, staff_id, staff_name, shop_id, at, received_at, "
        "late, barred, outcome, seq, state) "
        "VALUES ($1, $2, $3, $4, 'seal', $5, 'x', $6, $7, $7, false, false, 'accepted', 1, 'at_shop')",
        m, new_id(), made["label"], made["bag_id"], clerk.id, shop, now,
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.proxy (mall_id, id, trip_id, name, code_hash, state, expires_at, created_at) "
        "VALUES ($1, $2, $3, 'x', $4, 'open', $5, $6)",
        m, made["proxy_id"], made["trip_id"], proxy_hash(PROXY_CODE), now + timedelta(hours=1), now,
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.count (mall_id, id, desk_id, state, staff_id, started_at) "
        "VALUES ($1, $2, $3, 'open', $4, $5)",
        m, made["bag_count_id"], made["bag_desk_id"], clerk.id, now,
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.exception (mall_id, id, kind, subject_id, label, opened_at) "
        "VALUES ($1, $2, 'unknown', $2, 'x', $3)",
        m, made["bag_exception_id"], now,
    )  # fmt: skip
    await run(
        "INSERT INTO handsfree.claim (mall_id, id, bag_id, trip_id, member_id, kind, words, asked_minor, limit_minor, "
        "currency, state, created_at) VALUES ($1, $2, $3, $4, $5, 'lost', 'x', 5, 5, 'CNY', 'open', $6)",
        m, made["bag_claim_id"], made["bag_id"], made["trip_id"], owner.id, now,
    )  # fmt: skip
    return made
