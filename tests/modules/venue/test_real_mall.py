"""A real mall's floor maps, where the data lies beside the project."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.factories.malls import make_mall

from galleria.foundation import malls, venue
from galleria.platform.actors import SYSTEM
from galleria.platform.runtime import Runtime

MAPS = next(
    (p / "shared/data/indoor_mall/maps" for p in Path(__file__).resolve().parents if (p / "shared/data").is_dir()),
    Path("/nowhere"),
)


@pytest.mark.skipif(not MAPS.is_dir(), reason="the real mall's maps are not here (../shared/data/indoor_mall/maps)")
async def test_a_real_mall_comes_in_whole_and_only_once(runtime: Runtime) -> None:
    made = await make_mall(runtime)
    files = [venue.SourceFile(p.name, p.read_bytes()) for p in sorted(MAPS.glob("*.json"))]
    code = f"xixi-{made.code[2:]}"
    now = datetime.now(UTC)
    first = await venue.import_mall(runtime, group_id=made.group_id, files=files, mall_code=code, actor=SYSTEM, now=now)
    assert first.counts["floor"] == venue.Counts(created=5)
    assert first.counts["unit"] == venue.Counts(created=711 + 172 + 138 + 142 + 123)
    assert first.counts["shop"].created > 200
    assert first.counts["merchant"].created < first.counts["shop"].created
    assert first.counts["category"] == venue.Counts(created=1)
    second = await venue.import_mall(
        runtime, group_id=made.group_id, files=files, mall_code=code, actor=SYSTEM, now=now
    )
    assert all(counts.created == counts.changed == 0 for counts in second.counts.values())

    async with runtime.db.read() as tx:
        mall = await malls.get_mall_by_code(tx, code)
        (building,) = await venue.list_floors(tx, mall.id)
        assert [(f.code, f.ordinal) for f in building.floors] == list(
            zip(("B1", "F1", "F2", "F3", "F4"), range(-1, 4), strict=True)
        )
        assert building.floors[0].width_m == pytest.approx(320.077, abs=0.001)
        plan = await venue.floor_plan(tx, mall.id, building.floors[1].id)
        coffee = [f for f in plan.features if f.properties.name_en == "STARBUCKS COFFEE"]
        assert len(coffee) == 2
        shops = [await malls.get_shop(tx, mall.id, f.properties.shop_id) for f in coffee if f.properties.shop_id]
        assert len({shop.merchant_id for shop in shops}) == 1
        assert {f.properties.feature for f in plan.features} >= {"structure", "closed_area", "vacant", "seating"}
        assert not [f for f in plan.features if f.properties.name_en == "fuzhumian"]
        assert [f for f in plan.features if f.properties.name_en == "CHOW&RAY"]
