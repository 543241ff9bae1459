"""The assistant works on the imported history of a real chain of supermarkets (Complete Journey, 84.51°).

Looked for in `shared/data/complete_journey` of any folder above; without it, or without a reader of Parquet files
(`pip install pyarrow`), the test is skipped and says so.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from galleria.insight.assortment import Advice, GoodFacts, rank

DATA = next(
    (p / "shared/data/complete_journey" for p in Path(__file__).resolve().parents if (p / "shared/data").is_dir()),
    Path("missing"),
)
WEEKS = 4
Sale = dict[str, Any]


@pytest.mark.skipif(not DATA.is_dir(), reason="the real sales are not here (../shared/data/complete_journey)")
def test_a_month_of_a_real_shop_is_ranked() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="no reader of Parquet files (pip install pyarrow)")
    sold = parquet.read_table(
        DATA / "transactions.parquet",
        columns=["store_id", "product_id", "quantity", "sales_value", "retail_disc", "week"],
    ).to_pylist()
    shop = max(counts := _lines_by_shop(sold), key=lambda one: counts[one])
    goods = _goods(row for row in sold if row["store_id"] == shop and row["week"] <= WEEKS)
    assert len(goods) > 500
    ranked = rank(goods, days=7 * WEEKS)
    advised = defaultdict(list)
    for one in ranked:
        advised[one.advice].append(one)
    assert all(advised[advice] for advice in (Advice.LIST_ONLINE, Advice.LEAVE))
    top, tail = ranked[: len(ranked) // 10], ranked[-len(ranked) // 10 :]
    assert sum(one.units for one in top) > 3 * sum(one.units for one in tail)
    assert all(one.reasons for one in top)


def _lines_by_shop(sold: Iterable[Sale]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for row in sold:
        counts[row["store_id"]] += 1
    return counts


def _goods(rows: Iterable[Sale]) -> list[GoodFacts]:
    """Return what the till knows of each product: units, money, and the price on its shelf."""
    units: dict[int, int] = defaultdict(int)
    money: dict[int, float] = defaultdict(float)
    shelf: dict[int, float] = {}
    for row in rows:
        if row["quantity"] > 0:
            product = int(row["product_id"])
            units[product] += int(row["quantity"])
            money[product] += row["sales_value"]
            shelf[product] = (row["sales_value"] + abs(row["retail_disc"] or 0)) / row["quantity"]
    return [
        GoodFacts(
            product_id=UUID(int=product),
            shop_id=UUID(int=1),
            merchant_id=UUID(int=2),
            name_zh=str(product),
            name_en=str(product),
            shop_zh="店",
            shop_en="Shop",
            picture=None,
            price_minor=max(round(100 * shelf[product]), 1),
            cost_minor=None,
            stock=units[product],
            units=units[product],
            sales_minor=round(100 * money[product]),
            competitor_minor=None,
        )
        for product in units
    ]
