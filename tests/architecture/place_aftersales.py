"""What of after-sales is in the place: a case about the order, which waits for the shop's answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories.malls import MadeMall

from galleria.commerce.aftersales import CaseTerms
from galleria.foundation import members
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


async def rows_of_aftersales(
    runtime: Runtime, mall: MadeMall, owner: members.Member, ids: dict[str, Any]
) -> dict[str, Any]:
    """Insert a case of the owner about the order's line and return its id by parameter name."""
    case_id, now = new_id(), datetime.now(UTC)
    item = {
        "line_id": ids["line_id"], "variant_id": ids["variant_id"], "product_id": ids["product_id"], "kind": "physical",
        "name_zh": "茶", "name_en": "Tea", "option_zh": "", "option_en": "", "picture": None, "units": [0],
        "left_minor": 2800,
    }  # fmt: skip
    await runtime.db.pool.execute(
        """
        INSERT INTO aftersales.case_file (mall_id, id, number, code, order_id, order_number, sub_order_id, shop_id,
                                          merchant_id, shop_zh, shop_en, member_id, currency, kind, reason, items,
                                          terms, most_minor, asked_minor, state, goods, due_at, opened_at)
        VALUES ($1, $2, 'S-1', 'ABCDEFGHJK', $3, '1', $4, $5, $6, 'x', 'x', $7, 'CNY', 'return_refund', 'late', $8, $9,
                2800, 2800, 'requested', 'member', $10, $11)
        """,
        mall.mall_id, case_id, ids["order_id"], ids["sub_order_id"], mall.shop_ids[0], mall.merchant_ids[0], owner.id,
        [item], CaseTerms(), now + timedelta(days=2), now,
    )  # fmt: skip
    await runtime.db.pool.execute(
        "INSERT INTO aftersales.case_unit (mall_id, case_id, line_id, unit) VALUES ($1, $2, $3, 0)",
        mall.mall_id, case_id, ids["line_id"],
    )  # fmt: skip
    return {"case_id": case_id}
