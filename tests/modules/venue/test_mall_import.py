"""Importing on a real database: all or nothing, once and not twice."""

import asyncio
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.factories.imports import HEADER, csv_file, feature, floor_map, imdf, imdf_features, line, mall_lines, square
from tests.factories.malls import MadeMall, make_mall

from galleria.foundation import malls, venue
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.runtime import Runtime


@pytest.fixture
async def made(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


def codes(made: MadeMall) -> tuple[str, str]:
    """Return the codes of a mall and a merchant that no other test uses."""
    return f"p-{made.code[2:]}", f"m-{made.code[2:]}"


async def bring_in(runtime: Runtime, made: MadeMall, *files: venue.SourceFile, **over: Any) -> venue.ImportReport:
    told = {"group_id": made.group_id, "files": files, "actor": SYSTEM, "now": datetime.now(UTC), **over}
    return await venue.import_mall(runtime, **told)


async def census(runtime: Runtime, group_id: GroupId) -> list[int]:
    tables = ("malls.mall m WHERE m.group_id = $1", "malls.merchant t WHERE t.group_id = $1",
              "malls.category t JOIN malls.mall m ON m.id = t.mall_id WHERE m.group_id = $1",
              "malls.shop t WHERE t.group_id = $1",
              "venue.building t JOIN malls.mall m ON m.id = t.mall_id WHERE m.group_id = $1",
              "venue.floor t JOIN malls.mall m ON m.id = t.mall_id WHERE m.group_id = $1",
              "venue.unit t JOIN malls.mall m ON m.id = t.mall_id WHERE m.group_id = $1")  # fmt: skip
    async with runtime.db.read() as tx:
        return [await tx.value(f"SELECT count(*) FROM {table}", group_id) for table in tables]


async def refused(runtime: Runtime, made: MadeMall, *files: venue.SourceFile, **over: Any) -> list[tuple[str, str]]:
    """Return what a refused import says, having seen that nothing of it is there."""
    before = await census(runtime, made.group_id)
    with pytest.raises(Invalid) as caught:
        await bring_in(runtime, made, *files, **over)
    assert await census(runtime, made.group_id) == before
    return [(error.field, error.code) for error in caught.value.errors]


async def test_every_problem_of_every_file_is_told_at_once_and_nothing_is_there(
    runtime: Runtime, made: MadeMall
) -> None:
    code, merchant = codes(made)
    bad = [
        *mall_lines(code, merchant),
        line("shop", "N2", name_zh="无主店", merchant="nobody", category="nothing"),
        line("category", "lost", name_zh="失", name_en="Lost", parent="nowhere"),
        line("shop", "N3", name_zh="店", name_en="Shop", merchant=merchant, category="food", hours="whenever"),
        line("unit", "102", floor="F9", unit_kind="shop"),
        line("unit", "103", floor="F1", unit_kind="facility", shop="N1"),
        line("unit", "104", floor="F1", unit_kind="shop", shop="N3"),
    ]
    drawn = floor_map([feature("店", [], None, "a")])
    assert sorted(await refused(runtime, made, csv_file(bad), drawn)) == sorted(
        [
            ("mall.csv:10:merchant", "import_reference"),
            ("mall.csv:10:category", "import_reference"),
            ("mall.csv:10:name_en", "required"),
            ("mall.csv:11:parent", "import_reference"),
            ("mall.csv:12:hours", "import_hours"),
            ("mall.csv:13:floor", "import_reference"),
            ("mall.csv:14:shop", "import_facility_shop"),
            ("F1_geojson_map.json:features[0]:geometry", "import_geometry_type"),
        ]
    )


async def test_categories_that_stand_above_themselves_are_refused(runtime: Runtime, made: MadeMall) -> None:
    code, merchant = codes(made)
    lines = [
        *mall_lines(code, merchant),
        line("category", "a", name_zh="甲", name_en="A", parent="b"),
        line("category", "b", name_zh="乙", name_en="B", parent="a"),
    ]
    told = await refused(runtime, made, csv_file(lines))
    assert told == [("mall.csv:10:parent", "import_category_cycle"), ("mall.csv:11:parent", "import_category_cycle")]


async def test_a_mall_of_another_group_is_refused(runtime: Runtime, made: MadeMall) -> None:
    other = await make_mall(runtime)
    told = await refused(runtime, made, csv_file(mall_lines(other.code, "m")))
    assert told == [("mall.csv:2:code", "taken")]


async def test_no_files_no_group_and_a_bad_code_are_refused(runtime: Runtime, made: MadeMall) -> None:
    assert await refused(runtime, made) == [("files", "required")]
    assert await refused(runtime, made, csv_file([]), mall_code="No Code") == [("mall", "import_mall_code")]
    with pytest.raises(NotFound):
        await bring_in(runtime, made, csv_file(mall_lines(*codes(made))), group_id=GroupId(new_id()))


async def test_a_csv_makes_a_mall_and_the_same_again_changes_nothing(runtime: Runtime, made: MadeMall) -> None:
    code, merchant = codes(made)
    file = csv_file(mall_lines(code, merchant))
    planned = await bring_in(runtime, made, file, dry_run=True)
    assert (planned.dry_run, planned.counts["unit"].created) == (True, 2)
    async with runtime.db.read() as tx:
        assert await malls.find_mall(tx, code) is None
    report = await bring_in(runtime, made, file)
    assert report.counts == planned.counts
    assert {kind: counts.created for kind, counts in report.counts.items()} == {
        "mall": 1, "merchant": 1, "category": 2, "building": 1, "floor": 1, "shop": 1, "unit": 2,
    }  # fmt: skip
    there = await census(runtime, made.group_id)
    again = await bring_in(runtime, made, file)
    assert again.differences == []
    assert await census(runtime, made.group_id) == there
    async with runtime.db.read() as tx:
        mall = await malls.get_mall_by_code(tx, code)
        (shop,) = (await malls.list_shops(tx, mall.id)).items
        assert (shop.name_zh, shop.category_en, shop.floor_code, shop.hours) == (
            "巷口面馆",
            "Noodles",
            "F1",
            "09:00-21:00",
        )
        (building,) = await venue.list_floors(tx, mall.id)
        assert (building.name_zh, building.floors[0].shops, building.floors[0].facilities) == ("主楼", 1, 1)
        plan = await venue.floor_plan(tx, mall.id, building.floors[0].id)
        assert [f.properties.shop_id for f in plan.features] == [None, shop.id]
        assert plan.features[1].properties.label == (120.1, 30.2)


async def test_a_change_is_told_by_field_and_blank_cells_keep_what_is_there(runtime: Runtime, made: MadeMall) -> None:
    code, merchant = codes(made)
    await bring_in(runtime, made, csv_file(mall_lines(code, merchant)))
    changed = csv_file(
        [
            mall_lines(code, merchant)[0],
            line("shop", "N1", state="closed", phone="1"),
            line("mall", code, hours="09:00-26:00"),
        ]
    )
    report = await bring_in(runtime, made, changed, mall_code=code)
    assert [(d.kind, d.code, d.created, sorted(d.fields)) for d in report.differences] == [
        ("mall", code, False, ["hours"]),
        ("shop", "N1", False, ["phone", "state"]),
    ]
    async with runtime.db.read() as tx:
        mall = await malls.get_mall_by_code(tx, code)
        assert mall.hours == "09:00-26:00"
        assert (await malls.list_shops(tx, mall.id)).items == []


async def test_the_currency_of_a_mall_is_fixed(runtime: Runtime, made: MadeMall) -> None:
    told = await refused(runtime, made, csv_file([HEADER, line("mall", made.code, currency="USD")]))
    assert told == [("mall.csv:2:currency", "import_currency_fixed")]


async def test_a_folder_is_an_archive_too(runtime: Runtime, made: MadeMall, tmp_path: Path) -> None:
    archive = tmp_path / "imdf"
    with zipfile.ZipFile(io.BytesIO(imdf(imdf_features()).content)) as packed:
        packed.extractall(archive)
    report = await bring_in(runtime, made, *venue.source_files([archive]), mall_code=codes(made)[0])
    assert report.counts["shop"].created == 2


async def test_rows_may_refer_to_what_is_in_the_system(runtime: Runtime, made: MadeMall) -> None:
    code, merchant = codes(made)
    await bring_in(runtime, made, csv_file(mall_lines(code, merchant)))
    more = line("shop", "N9", name_zh="新店", name_en="New", merchant=merchant, category="food")
    report = await bring_in(runtime, made, csv_file([HEADER, more]), mall_code=code)
    assert report.counts["shop"] == venue.Counts(created=1)


async def test_a_map_without_merchants_gets_them_and_keeps_what_people_changed(
    runtime: Runtime, made: MadeMall
) -> None:
    code, _ = codes(made)
    tag = made.code[2:]
    drawn = floor_map(
        [
            feature(f"茶馆{tag}", ["tea"], square(1, 1), "a"),
            feature(f"茶馆{tag}", ["tea"], square(2, 1), "b"),
            feature("", None, square(3, 1), "c"),
        ]
    )
    report = await bring_in(runtime, made, drawn, mall_code=code)
    assert (report.counts["shop"].created, report.counts["merchant"].created, report.counts["unit"].created) == (
        2,
        1,
        3,
    )
    async with runtime.db.read() as tx:
        mall = await malls.get_mall_by_code(tx, code)
        shops = (await malls.list_shops(tx, mall.id)).items
    assert {(s.category_zh, s.floor_code) for s in shops} == {("未分类", "F1")}
    renamed = [line("shop", "F1-a", name_en="Tea House"), line("mall", code, name_en="Tea Mall")]
    await bring_in(runtime, made, csv_file([HEADER, *renamed]), mall_code=code)
    assert (await bring_in(runtime, made, drawn, mall_code=code)).differences == []
    async with runtime.db.read() as tx:
        assert (await malls.get_shop(tx, mall.id, shops[0].id)).name_en == "Tea House"


async def test_a_csv_beside_a_map_says_what_the_map_does_not(runtime: Runtime, made: MadeMall) -> None:
    code, merchant = codes(made)
    drawn = floor_map([feature("cha", ["tea", "food"], square(1, 1), "a"), feature("mian", ["?"], square(1, 1), "b")])
    named = line("shop", "F1-b", name_zh="面馆", name_en="Noodles", merchant=merchant, category="noodles")
    await bring_in(runtime, made, csv_file([*mall_lines(code, merchant), named]), drawn)
    async with runtime.db.read() as tx:
        mall = await malls.get_mall_by_code(tx, code)
        shops = {s.code: (s.name_zh, s.category_en) for s in (await malls.list_shops(tx, mall.id)).items}
        assert shops == {"F1-a": ("cha", "Food"), "F1-b": ("面馆", "Noodles"), "N1": ("巷口面馆", "Noodles")}
        assert {c.code for c in await malls.list_categories(tx, mall.id)} == {"food", "noodles"}


async def test_imdf_comes_in_with_shops_stalls_and_amenities(runtime: Runtime, made: MadeMall) -> None:
    code, _ = codes(made)
    archive = imdf(imdf_features())
    report = await bring_in(runtime, made, archive, mall_code=code)
    assert {kind: counts.created for kind, counts in report.counts.items()} == {
        "mall": 1, "merchant": 2, "category": 2, "building": 1, "floor": 2, "shop": 2, "unit": 5,
    }  # fmt: skip
    assert (await bring_in(runtime, made, archive, mall_code=code)).differences == []
    async with runtime.db.read() as tx:
        mall = await malls.get_mall_by_code(tx, code)
        assert (mall.name_zh, mall.name_en) == ("松涛汇", "Pinewave")
        (building,) = await venue.list_floors(tx, mall.id)
        assert [(f.code, f.ordinal, f.shops, f.facilities) for f in building.floors] == [
            ("L1", 0, 2, 2),
            ("L2", 1, 0, 0),
        ]
        shops = {s.name_zh: (s.category_zh, s.phone) for s in (await malls.list_shops(tx, mall.id)).items}
        assert shops == {"苔茶": ("咖啡馆", "+86 571 88880002"), "Key Stand": ("未分类", "")}


async def test_a_broken_imdf_leaves_nothing(runtime: Runtime, made: MadeMall) -> None:
    features = imdf_features()
    features["occupant"][0]["properties"]["anchor_id"] = "nowhere"
    (told,) = await refused(runtime, made, imdf(features), mall_code=codes(made)[0])
    assert told[0].startswith("venue.zip/occupant.geojson:features[0]")
    assert told[0].endswith(":anchor_id")


async def test_two_groups_importing_one_code_at_once_share_nothing(runtime: Runtime, made: MadeMall) -> None:
    other = await make_mall(runtime)
    code, merchant = codes(made)
    file = csv_file(mall_lines(code, merchant))
    outcomes = await asyncio.gather(
        bring_in(runtime, made, file), bring_in(runtime, other, file), return_exceptions=True
    )
    assert sorted(isinstance(outcome, Invalid) for outcome in outcomes) == [False, True]
    async with runtime.db.read() as tx:
        owner = (await malls.get_mall_by_code(tx, code)).group_id
    loser = other if owner == made.group_id else made
    assert await census(runtime, loser.group_id) == [1, 2, 4, 3, 0, 0, 0]
