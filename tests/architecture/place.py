"""A mall in which one of everything exists, so that a walk over the routes meets real ids.

Rows that no operation makes quickly are inserted as they are; what matters is whose they are.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from tests.architecture.place_aftersales import rows_of_aftersales
from tests.architecture.place_delivery import rows_of_delivery
from tests.architecture.place_fulfilment import rows_of_fulfilment
from tests.architecture.place_handsfree import rows_of_handsfree
from tests.architecture.place_offers import rows_of_offers
from tests.architecture.place_onsite import rows_of_onsite
from tests.architecture.place_payments import rows_of_payments
from tests.architecture.place_settlement import rows_of_settlement
from tests.factories.catalog import make_product
from tests.factories.coupons import make_claim, make_coupon
from tests.factories.festivals import make_festival
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.foundation import members, staff
from galleria.kernel.ids import new_id
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


class Place(msgspec.Struct):
    """A mall, the ids of what is in it by parameter name, and those who belong there."""

    mall: MadeMall
    ids: dict[str, Any]
    owner: members.Member
    clerk: staff.Account
    operator: staff.Account


async def make_place(runtime: Runtime) -> Place:
    """Make the mall and all that is in it; everything of a shop is of `shop_ids[0]`."""
    mall = await make_mall(runtime)
    owner = await make_member(runtime, mall.group_id)
    shop = Grant(role=Role.CLERK, group_id=mall.group_id, mall_id=mall.mall_id,
                 merchant_id=mall.merchant_ids[0], shop_id=mall.shop_ids[0])  # fmt: skip
    clerk = await make_staff(runtime, mall.group_id, [shop])
    operator = await make_staff(runtime, mall.group_id, [Grant(role=Role.OPERATOR, group_id=mall.group_id)])
    await as_member(runtime, owner)
    await as_staff(runtime, operator)
    product = await make_product(runtime, mall, mall.shop_ids[0])
    coupon = await make_coupon(runtime, mall.mall_id)
    claim = await make_claim(runtime, mall.mall_id, coupon.id, owner.id, mall.group_id)
    ids = {
        "group_id": mall.group_id,
        "mall_id": mall.mall_id,
        "merchant_id": mall.merchant_ids[0],
        "category_id": mall.category_ids[0],
        "shop_id": mall.shop_ids[0],
        "shop": mall.shop_ids[0],
        "staff_id": clerk.id,
        "product_id": product.id,
        "product": product.id,
        "variant_id": product.variants[0].id,
        "coupon_id": coupon.id,
        "claim_id": claim.id,
        "session_id": await runtime.db.pool.fetchval("SELECT id FROM platform.session WHERE actor_id = $1", owner.id),
        "journal_id": await _journal_row(runtime, mall),
        "code": mall.code,
        "name": "0" * 64 + ".webp",
        "provider": "sandbox",
        "figure": "orders",
        "member_id": owner.id,
        "festival_id": await _festival(runtime, mall, coupon.id),
    }
    ids |= await _rows(runtime, mall, owner, clerk, ids)
    ids |= await rows_of_offers(runtime, mall, owner, clerk, ids)
    ids |= await rows_of_handsfree(runtime, mall, owner, clerk, ids)
    ids |= await rows_of_fulfilment(runtime, mall, owner, clerk, ids)
    ids |= await rows_of_delivery(runtime, mall, owner, operator, ids)
    ids |= await rows_of_onsite(runtime, mall, owner, clerk, ids)
    ids |= await rows_of_aftersales(runtime, mall, owner, ids)
    ids |= await rows_of_payments(runtime, mall)
    ids |= await rows_of_settlement(runtime, mall, owner, ids)
    return Place(mall, ids, owner, clerk, operator)


async def _festival(runtime: Runtime, mall: MadeMall, coupon_id: UUID) -> UUID:
    """Open a festival of a coupon that can be had elsewhere too, which only the announcement would refuse."""
    made = await make_festival(runtime, mall, announced=False, coupon_ids=[coupon_id])
    await runtime.db.pool.execute(
        "UPDATE festivals.festival SET state = 'open', pace_per_s = 1000 WHERE id = $1", made.id
    )
    return made.id


async def _journal_row(runtime: Runtime, mall: MadeMall) -> UUID:
    """Write something in the mall and return its journal row: one of no mall is nobody's to read there."""
    kind = f"tests.place.{new_id().hex}"
    command = Command(kind=kind, actor=SYSTEM, now=datetime.now(UTC), mall_id=mall.mall_id)

    async def nothing(_tx: Tx) -> None:
        return None

    await runtime.db.write(command, nothing, returns=type(None))
    found: UUID = await runtime.db.pool.fetchval("SELECT id FROM platform.journal WHERE kind = $1", kind)
    return found


async def _rows(
    runtime: Runtime, mall: MadeMall, owner: members.Member, clerk: staff.Account, ids: dict[str, Any]
) -> dict[str, UUID]:
    now, m, shop, merchant = datetime.now(UTC), mall.mall_id, mall.shop_ids[0], mall.merchant_ids[0]
    made = {
        name: new_id()
        for name in (
            "order_id", "sub_order_id", "line_id", "ticket_id", "redemption_id", "refund_id", "event_id",
            "transfer_id", "building_id", "floor_id", "rule_id", "intent_id", "charge_id",
        )
    }  # fmt: skip
    later = now + timedelta(days=7)

    async def insert(table: str, **row: Any) -> None:
        """Insert a row; texts it does not give and the table wants are `x`."""
        wanted = await runtime.db.pool.fetch(
            """
            SELECT column_name FROM information_schema.columns
             WHERE table_schema || '.' || table_name = $1 AND data_type = 'text'
               AND is_nullable = 'NO' AND column_default IS NULL
            """,
            table,
        )
        row = {**{found["column_name"]: "x" for found in wanted}, **row}
        names = ", ".join(row)
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await runtime.db.pool.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())

    texts = {"shop_zh": "1号店", "shop_en": "Shop 1"}
    await insert(
        "orders.purchase", mall_id=m, id=made["order_id"], group_id=mall.group_id, number=made["order_id"].hex[-12:],
        member_id=owner.id, state="paid", currency="CNY", goods_minor=2800, discount_minor=0, payable_minor=2800,
        explanation=[], placed_at=now, expires_at=later, paid_at=now,
        tenders=[
            {"id": str(made["order_id"]), "kind": "provider", "amount_minor": 2800, "points": 0, "provider": "sandbox"}
        ],
    )  # fmt: skip
    await insert(
        "orders.sub_order", mall_id=m, id=made["sub_order_id"], order_id=made["order_id"], shop_id=shop,
        merchant_id=merchant, state="preparing", goods_minor=2800, discount_minor=0, payable_minor=2800, paid_at=now,
        **texts,
    )  # fmt: skip
    await insert(
        "orders.line", mall_id=m, id=made["line_id"], order_id=made["order_id"], sub_order_id=made["sub_order_id"],
        position=0, variant_id=ids["variant_id"], product_id=ids["product_id"], kind="physical", sku="s",
        name_zh="茶", name_en="Tea", option_zh="", option_en="", quantity=1, unit_price_minor=2800,
        unit_paid_minor=[2800], unit_mall_funded_minor=[0], unit_fee_minor=[0], unit_reduced_minor=[0],
    )  # fmt: skip
    await insert(
        "redemption.ticket", mall_id=m, id=made["ticket_id"], serial="12345678", kind="pickup", member_id=owner.id,
        order_id=made["order_id"], sub_order_id=made["sub_order_id"], shop_id=shop, merchant_id=merchant,
        title_zh="茶", title_en="Tea", state="valid", created_at=now,
    )  # fmt: skip
    await insert(
        "redemption.redemption", mall_id=m, id=made["redemption_id"], ticket_id=made["ticket_id"], kind="pickup",
        shop_id=shop, merchant_id=merchant, staff_id=clerk.id, staff_name="王店员", at=now, **texts,
    )  # fmt: skip
    await insert(
        "returns.refund", mall_id=m, id=made["refund_id"], order_id=made["order_id"], order_number="1",
        member_id=owner.id, currency="CNY", amount_minor=0, reason="r", restocked=False, actor_kind="staff",
        actor_id=clerk.id, at=now,
    )  # fmt: skip
    await insert(
        "payments.intent", mall_id=m, id=made["intent_id"], order_id=made["order_id"], member_id=owner.id,
        amount_minor=2800, currency="CNY", provider="sandbox", state="succeeded", created_at=now, expires_at=later,
        ended_at=now, tender_id=made["order_id"],
    )  # fmt: skip
    await insert(
        "payments.attempt", mall_id=m, id=made["intent_id"], intent_id=made["intent_id"], n=1, provider="sandbox",
        scene="page", state="succeeded", created_at=now, ended_at=now, provider_reference=str(made["charge_id"]),
    )  # fmt: skip
    await insert(
        "payments.refund", mall_id=m, id=made["refund_id"], intent_id=made["intent_id"], order_id=made["order_id"],
        attempt_id=made["intent_id"],
        amount_minor=100, currency="CNY", state="failed", created_at=now, ended_at=now,
    )  # fmt: skip
    await insert(
        "events.event", mall_id=m, id=made["event_id"], title_zh="灯会", title_en="Lanterns", starts_at=now,
        ends_at=later,
    )  # fmt: skip
    await insert(
        "merchandising.transfer", mall_id=m, id=made["transfer_id"], kind="goods_export", shop_id=shop,
        staff_id=clerk.id, state="done", file_name="goods.csv", created_at=now,
    )  # fmt: skip
    await insert("venue.building", mall_id=m, id=made["building_id"], code="A", name_zh="甲", name_en="A")
    await insert(
        "venue.floor", mall_id=m, id=made["floor_id"], building_id=made["building_id"], code="F1", name_zh="一层",
        name_en="First", ordinal=0,
    )  # fmt: skip
    await insert("checkins.ladder", mall_id=m, active=True, repeats=True, changed_at=now)
    await insert("checkins.rung", mall_id=m, day=1, points=5)
    await insert(
        "points.earn_rule", mall_id=m, id=made["rule_id"], shop_id=shop, points_per_100_minor_bp=10000,
        posts="at_once", created_at=now,
    )  # fmt: skip
    return made
