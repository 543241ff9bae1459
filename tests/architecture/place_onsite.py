"""What of scan and go and of dining is in the place: one of everything, by parameter name."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.factories.malls import MadeMall

from galleria.foundation import members, staff
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime

STICKER = "a" * 20


async def rows_of_onsite(
    runtime: Runtime, mall: MadeMall, owner: members.Member, clerk: staff.Account, ids: dict[str, Any]
) -> dict[str, UUID]:
    """Make the rows; all is of the mall's first shop, and of the owner."""
    names = (
        "scan_session_id", "scan_item_id", "age_check_id", "seating_id", "into_seating_id", "table_id", "to_table_id",
        "dish_item_id", "table_call_id", "option_group_id", "option_id", "station_id",
    )  # fmt: skip
    made = {name: new_id() for name in names}
    await _scanning(runtime, mall, owner, ids, made)
    await _menu(runtime, mall, made)
    await _tables(runtime, mall, owner, ids, made)
    return made


async def _scanning(
    runtime: Runtime, mall: MadeMall, owner: members.Member, ids: dict[str, Any], made: dict[str, UUID]
) -> None:
    now, run = datetime.now(UTC), runtime.db.pool.execute
    await run(
        "INSERT INTO scango.shop (mall_id, shop_id, active, check_bp, newcomer_bp, removed_pieces, rescan_pieces, "
        "idle_minutes, changed_at) VALUES ($1, $2, true, 0, 0, 3, 1, 90, $3)",
        mall.mall_id, mall.shop_ids[0], now,
    )  # fmt: skip
    await run(
        "INSERT INTO scango.session (mall_id, id, shop_id, member_id, serial, state, opened_at, touched_at) "
        "VALUES ($1, $2, $3, $4, '12345678', 'open', $5, $5)",
        mall.mall_id, made["scan_session_id"], mall.shop_ids[0], owner.id, now,
    )  # fmt: skip
    await run(
        "INSERT INTO scango.item (mall_id, id, session_id, variant_id, code, quantity, added_at) "
        "VALUES ($1, $2, $3, $4, '6901234567892', 1, $5)",
        mall.mall_id, made["scan_item_id"], made["scan_session_id"], ids["variant_id"], now,
    )  # fmt: skip
    await run(
        "INSERT INTO scango.age_check (mall_id, id, session_id, shop_id, min_age, state, asked_at) "
        "VALUES ($1, $2, $3, $4, 18, 'asked', $5)",
        mall.mall_id, made["age_check_id"], made["scan_session_id"], mall.shop_ids[0], now,
    )  # fmt: skip


async def _menu(runtime: Runtime, mall: MadeMall, made: dict[str, UUID]) -> None:
    now, run, shop = datetime.now(UTC), runtime.db.pool.execute, mall.shop_ids[0]
    await run(
        "INSERT INTO dining.restaurant (mall_id, shop_id, active, opens_by, late_minutes, changed_at) "
        "VALUES ($1, $2, true, 'guests', 15, $3)",
        mall.mall_id, shop, now,
    )  # fmt: skip
    await run(
        "INSERT INTO dining.station (mall_id, id, shop_id, name_zh, name_en) VALUES ($1, $2, $3, '热炒', 'Wok')",
        mall.mall_id, made["station_id"], shop,
    )  # fmt: skip
    await run(
        "INSERT INTO dining.option_group (mall_id, id, shop_id, name_zh, name_en, least, most) "
        "VALUES ($1, $2, $3, '辣度', 'Heat', 0, 1)",
        mall.mall_id, made["option_group_id"], shop,
    )  # fmt: skip
    await run(
        "INSERT INTO dining.option (mall_id, id, group_id, name_zh, name_en) VALUES ($1, $2, $3, '微辣', 'Mild')",
        mall.mall_id, made["option_id"], made["option_group_id"],
    )  # fmt: skip


async def _tables(
    runtime: Runtime, mall: MadeMall, owner: members.Member, ids: dict[str, Any], made: dict[str, UUID]
) -> None:
    now, run, shop = datetime.now(UTC), runtime.db.pool.execute, mall.shop_ids[0]
    tables = {"table_id": STICKER, "to_table_id": "b" * 20, "third": "c" * 20}
    for number, (name, sticker) in enumerate(tables.items(), start=1):
        await run(
            "INSERT INTO dining.seat_table (mall_id, id, shop_id, number, seats, sticker) "
            "VALUES ($1, $2, $3, $4, 4, $5)",
            mall.mall_id, made.setdefault(name, new_id()), shop, str(number), sticker,
        )  # fmt: skip
    for name, table in (("seating_id", "table_id"), ("into_seating_id", "third")):
        await run(
            "INSERT INTO dining.seating (mall_id, id, shop_id, state, join_code, opened_at, opened_by) "
            "VALUES ($1, $2, $3, 'open', '123456', $4, 'guests')",
            mall.mall_id, made[name], shop, now,
        )  # fmt: skip
        await run(
            "INSERT INTO dining.occupied (mall_id, table_id, seating_id) VALUES ($1, $2, $3)",
            mall.mall_id, made[table], made[name],
        )  # fmt: skip
    await run(
        "INSERT INTO dining.guest (mall_id, seating_id, member_id, number, joined_at) VALUES ($1, $2, $3, 1, $4)",
        mall.mall_id, made["seating_id"], owner.id, now,
    )  # fmt: skip
    await run(
        "INSERT INTO dining.item (mall_id, id, seating_id, shop_id, product_id, variant_id, hold_id, course, name_zh, "
        "name_en, option_zh, option_en, quantity, unit_price_minor, state, added_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $2, 1, '茶', 'Tea', '', '', 1, 2800, 'draft', $7)",
        mall.mall_id, made["dish_item_id"], made["seating_id"], shop, ids["product_id"], ids["variant_id"], now,
    )  # fmt: skip
    await run(
        "INSERT INTO dining.call (mall_id, id, seating_id, shop_id, kind, asked_at) "
        "VALUES ($1, $2, $3, $4, 'waiter', $5)",
        mall.mall_id, made["table_call_id"], made["seating_id"], shop, now,
    )  # fmt: skip


_SHOP = "/v1/malls/{mall_id}/shops/{shop_id}"
_SEATING = _SHOP + "/seatings/{seating_id}"
_GATE = "/v1/malls/{mall_id}/gate"

CLERKS_ONSITE = {
    ("GET", _SHOP + "/age-checks"),
    ("POST", _SHOP + "/age-checks/{age_check_id}"),
    ("POST", _GATE + "/lookup"),
    ("POST", _GATE + "/{scan_session_id}/decision"),
    ("GET", _SHOP + "/gate-checks"),
    ("GET", _SHOP + "/dining"),
    ("GET", _SHOP + "/dishes"),
    ("GET", _SHOP + "/option-groups"),
    ("GET", _SHOP + "/tables"),
    ("GET", _SHOP + "/calls"),
    ("POST", _SHOP + "/calls/{table_call_id}/done"),
    ("POST", _SHOP + "/tables/{table_id}/open"),
    ("GET", _SHOP + "/kitchen"),
    ("POST", _SHOP + "/kitchen/moves"),
    ("PUT", _SHOP + "/dishes/{product_id}/sold-out"),
    ("PUT", _SHOP + "/options/{option_id}/sold-out"),
    ("GET", _SEATING),
    ("POST", _SEATING + "/guests"),
    ("POST", _SEATING + "/items"),
    ("PATCH", _SEATING + "/items/{dish_item_id}"),
    ("POST", _SEATING + "/items/{dish_item_id}/cancel"),
    ("POST", _SEATING + "/send"),
    ("POST", _SEATING + "/fire"),
    ("POST", _SEATING + "/move"),
    ("POST", _SEATING + "/merge"),
    ("POST", _SEATING + "/close"),
    ("POST", _SEATING + "/bill/quote"),
    ("POST", _SEATING + "/bill"),
    ("POST", _SEATING + "/bill/back"),
}
"""Routes a clerk of the shop may call: who serves tables, cooks, or stands at the gate."""

OWNED_ONSITE = {"scan_session_id", "seating_id"}
"""What belongs to a shopper, or to those who sit at a table."""

ABSENT_ONSITE = {
    _GATE + "/lookup",  # a code that fits the description is no basket's
    _SHOP + "/barcodes",  # the shop has no barcodes to forget
    _SHOP + "/option-groups/{option_group_id}",  # who may take it away has done so, on the way to these
    _SHOP + "/options/{option_id}/sold-out",
    _SEATING + "/items/{dish_item_id}",
    _SEATING + "/items/{dish_item_id}/cancel",
    _SEATING + "/items/{dish_item_id}/comp",
}
"""What is not in the place."""
