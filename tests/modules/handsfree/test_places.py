"""The runner's way, closing-time counts, bags that nobody collects, and labels on paper."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.counter import clerk, manager, worker
from tests.factories.handsfree import Bags, make_bags, unsound

from galleria.onsite.handsfree import jobs
from galleria.onsite.handsfree.printing import LabelPaper, labels_now
from galleria.onsite.handsfree.rules import label_code, label_valid
from galleria.platform.actors import Role
from galleria.platform.runtime import Runtime


@pytest.fixture
async def bags(runtime: Runtime, client: httpx.AsyncClient) -> Bags:
    return await make_bags(runtime, client)


async def seal_in(bags: Bags, shop: int, place: int) -> str:
    who, shop_id = await clerk(bags.runtime, bags.mall, shop), str(bags.mall.shop_ids[shop])
    scan = bags.sealing(bags.labels[place]) | {"shop_id": shop_id}
    [found] = await bags.send(who, scan)
    assert found["outcome"] == "accepted", found
    return bags.labels[place]


async def draw_floors(bags: Bags) -> None:
    """Draw three floors, F2 the ground floor, and where their shops lie."""
    pool, mall = bags.runtime.db.pool, bags.mall.mall_id
    building = await pool.fetchval(
        "INSERT INTO venue.building (mall_id, id, code, name_zh, name_en) "
        "VALUES ($1, gen_random_uuid(), 'A', '甲', 'A') RETURNING id", mall,
    )  # fmt: skip
    for number, shop in enumerate(bags.mall.shop_ids, 1):
        floor = await pool.fetchval(
            "INSERT INTO venue.floor (mall_id, id, building_id, code, name_zh, name_en, ordinal) "
            "VALUES ($1, gen_random_uuid(), $2, $3, '层', 'Floor', $4) RETURNING id", mall, building, f"F{number}",
            number - 2,
        )  # fmt: skip
        await pool.execute(
            "INSERT INTO venue.unit (mall_id, id, floor_id, code, kind, name_zh, name_en, shop_id, longitude, latitude)"
            " VALUES ($1, gen_random_uuid(), $2, $3, 'shop', '铺', 'Unit', $4, $5, 31.2)",
            mall, floor, f"{number}01", shop, 121.4 + number / 1000,
        )  # fmt: skip


async def test_the_way_goes_floor_by_floor_from_the_desk(bags: Bags) -> None:
    await draw_floors(bags)
    for place in range(3):
        await seal_in(bags, place, place)
    await seal_in(bags, 0, 3)
    run = await bags.got(bags.runner, "GET", f"/bags/run?desk={bags.desk['id']}")
    assert [(stop["floor_code"], len(stop["bags"])) for stop in run["stops"]] == [("F1", 2), ("F2", 1), ("F3", 1)]
    ground = await bags.got(bags.runner, "GET", "/bags/run")
    assert [stop["floor_code"] for stop in ground["stops"]] == ["F2", "F3", "F1"]


async def test_where_nothing_is_drawn_shops_go_by_floor_and_unit(bags: Bags) -> None:
    await seal_in(bags, 2, 0)
    await seal_in(bags, 0, 1)
    run = await bags.got(bags.runner, "GET", "/bags/run")
    assert [stop["unit_code"] for stop in run["stops"]] == ["101", "301"]
    assert await bags.refused(bags.runner, "GET", f"/bags/run?desk={bags.shop}") == "not_found"
    assert await bags.refused(bags.clerk, "GET", "/bags/run") == "forbidden"


async def test_one_runner_walks_to_a_shop(bags: Bags) -> None:
    await bags.sealed()
    second = await worker(bags.runtime, bags.mall, role=Role.RUNNER)
    shops: dict[str, Any] = {"shop_ids": [bags.shop]}
    assert await bags.got(bags.runner, "POST", "/bags/run/fetch", shops) == {"bags": 1}
    assert await bags.refused(second, "POST", "/bags/run/fetch", shops) == "nothing_to_fetch"
    [mine] = (await bags.got(bags.runner, "GET", "/bags/run"))["stops"]
    [theirs] = (await bags.got(second, "GET", "/bags/run"))["stops"]
    assert (mine["mine"], mine["fetcher"], theirs["mine"], theirs["fetcher"]) == (True, None, False, "王店员")
    await bags.got(bags.runner, "POST", "/bags/run/let-go", shops)
    assert await bags.got(second, "POST", "/bags/run/fetch", shops) == {"bags": 1}


async def test_a_desks_board_shows_its_shelves_and_what_is_coming(bags: Bags) -> None:
    here, coming = await bags.shelved(), await bags.sealed(1)
    await bags.scan(bags.runner, "take", coming)
    board = await bags.got(bags.runner, "GET", f"/bag-desks/{bags.desk['id']}/board")
    shelves = {shelf["code"]: ([bag["label"] for bag in shelf["bags"]], shelf["used"]) for shelf in board["shelves"]}
    assert shelves == {"A1": ([here], 1), "C1": ([], 0)}
    assert [bag["label"] for bag in board["coming"]] == [coming]
    assert await bags.refused(bags.clerk, "GET", f"/bag-desks/{bags.desk['id']}/board") == "forbidden"


async def test_a_count_finds_what_is_missing_and_what_should_not_be_there(bags: Bags) -> None:
    there, gone, collected = [await bags.shelved(place) for place in range(3)]
    elsewhere = await bags.sealed(3)
    path = f"/bag-desks/{bags.desk['id']}/counts"
    count = await bags.got(bags.runner, "POST", path)
    assert (count["expected"], count["seen"]) == (3, 0)
    assert await bags.refused(bags.runner, "POST", path) == "count_open"
    await bags.scan(bags.runner, "hand", collected, hand_over_id=await bags.opened())
    seen = f"/bag-counts/{count['id']}/seen"
    strange = label_code(99)
    for _ in range(2):
        found = await bags.got(bags.runner, "POST", seen, {"labels": [f"BAG:{there}", elsewhere, strange]})
        assert found["seen"] == 3
    closed = await bags.got(bags.runner, "POST", f"/bag-counts/{count['id']}/close")
    told = {line["label"]: line["difference"] for line in closed["lines"]}
    assert told == {there: None, gone: "missing", collected: None, elsewhere: "extra", strange: "unknown"}
    assert await bags.refused(bags.runner, "POST", seen, {"labels": [there]}) == "count_closed"
    assert {(p["kind"], p["label"]) for p in await bags.problems()} == {
        ("missing", gone), ("extra", elsewhere), ("unknown", strange),
    }  # fmt: skip
    await bags.scan(bags.runner, "take", gone)
    assert {p["kind"] for p in await bags.problems()} == {"extra", "unknown"}


async def waited(bags: Bags, label: str, hours: int) -> None:
    """Let a bag have been sealed and lie on its shelf so many hours ago."""
    await bags.runtime.db.pool.execute(
        "UPDATE handsfree.bag SET shelved_at = shelved_at - $2::interval, sealed_at = sealed_at - $2::interval, "
        "best_by = best_by - $2::interval WHERE mall_id = $3 AND label = $1",
        label, timedelta(hours=hours), bags.mall.mall_id,
    )  # fmt: skip


async def test_bags_that_wait_are_reminded_of_once_then_stored_then_sent_back(bags: Bags) -> None:
    labels = [await bags.shelved(), await bags.shelved(1)]
    for label in labels:
        await waited(bags, label, 5)
    for _ in range(2):
        await jobs.watch(bags.runtime, datetime.now(UTC))
    bodies = [
        row["body"]
        for row in await bags.runtime.db.pool.fetch(
            "SELECT body FROM notifications.message WHERE group_id = $1", bags.mall.group_id
        )
    ]
    assert bodies == ["您有 2 件购物袋寄存在北门服务台，请在离开前领取。"]
    assert await bags.problems() == []
    await waited(bags, labels[0], 24)
    for _ in range(2):
        await jobs.watch(bags.runtime, datetime.now(UTC))
    assert [(p["kind"], p["label"]) for p in await bags.problems()] == [("to_store", labels[0])]
    run = await bags.got(bags.runner, "GET", "/bags/run")
    assert [(bag["label"], bag["due"]) for bag in run["put_away"]] == [(labels[0], "to_store")]
    await bags.scan(bags.runner, "take", labels[0])
    await bags.scan(bags.runner, "shelve", labels[0], shelf_id=bags.shelf(room=True))
    assert await bags.problems() == []
    await waited(bags, labels[0], 168)
    await jobs.watch(bags.runtime, datetime.now(UTC))
    assert [p["kind"] for p in await bags.problems()] == ["to_return"]


async def test_a_cold_bag_that_waits_too_long_is_told_and_destroyed_with_a_reason(bags: Bags) -> None:
    label = await bags.shelved(storage="chilled")
    await waited(bags, label, 7)
    await jobs.watch(bags.runtime, datetime.now(UTC))
    [problem] = await bags.problems()
    assert (problem["kind"], (await bags.bag(label))["due"]) == ("too_long", "too_long")
    path = f"/bags/{problem['bag_id']}/moves"
    await bags.got(bags.operator, "POST", path, {"move": "destroy", "reason": "冷藏超过 6 小时"})
    assert await bags.problems() == []
    assert (await bags.trip())["state"] == "closed"
    assert await unsound(bags.runtime) == []


async def test_labels_are_printed_until_they_are_used(bags: Bags) -> None:
    assert all(label_valid(label) for label in bags.labels)
    await bags.sealed()
    page = await bags.got(bags.operator, "GET", "/bag-labels")
    [batch] = page["items"]
    assert (batch["count"], batch["used"], batch["staff_name"]) == (6, 1, "王店员")
    for paper, pages in (("a4", 1), ("thermal", 5)):
        answer = await bags.ask(bags.operator, "GET", f"/bag-labels/{batch['id']}/sheet?paper={paper}")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert answer.content.count(b"/Type /Page\n") == pages, paper
    other = await manager(bags.runtime, bags.mall, 1)
    assert await bags.refused(other, "GET", f"/bag-labels/{batch['id']}/sheet") == "forbidden"
    assert (await bags.got(other, "GET", "/bag-labels"))["items"] == []
    assert await bags.refused(bags.clerk, "GET", "/bag-labels") == "forbidden"


def test_a_sheet_without_labels_left_is_one_empty_page() -> None:
    assert labels_now([], title="云杉里", paper=LabelPaper.A4).count(b"/Type /Page\n") == 1
    assert labels_now(["1" * 12], title="云杉里", paper=LabelPaper.A4) == labels_now(
        ["1" * 12], title="云杉里", paper=LabelPaper.A4
    )


async def test_desks_have_codes_of_their_own_and_empty_shelves_go(bags: Bags) -> None:
    new = {"code": "desk", "kind": "desk", "name_zh": "南门", "name_en": "South"}
    assert await bags.refused(bags.operator, "POST", "/bag-desks", new) == "desk_code_taken"
    assert await bags.refused(bags.runner, "POST", "/bag-desks", new) == "forbidden"
    path = f"/bag-desks/{bags.desk['id']}/shelves"
    gone = await bags.got(bags.operator, "PUT", path, {"code": "A1", "capacity": 0})
    assert [shelf["code"] for shelf in gone["shelves"]] == ["C1"]
    assert await bags.refused(
        bags.operator, "PUT", f"/bag-desks/{bags.shop}/shelves", {"code": "A", "capacity": 1}
    ) == ("not_found")
    desks = await bags.got({}, "GET", "/bag-desks")
    assert [desk["kind"] for desk in desks] == ["desk", "store_room"]


async def test_an_operator_takes_a_runner_on(bags: Bags) -> None:
    new = {
        "login": f"run-{bags.mall.code}",
        "name": "林小跑",
        "password": "a long password",
        "grants": [{"role": "runner"}],
    }
    hired = await bags.got(bags.operator, "POST", "/staff", new)
    assert [(grant["role"], grant["mall_id"]) for grant in hired["grants"]] == [("runner", str(bags.mall.mall_id))]
