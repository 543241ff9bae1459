"""Every hand-over is a scan: refused with its reason when it cannot be, kept for a person when it is late."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.counter import clerk, manager
from tests.factories.handsfree import Bags, make_bags, picture, shown, unsound
from tests.factories.members import as_member, make_member

from galleria.onsite.handsfree.rules import label_code
from galleria.platform.runtime import Runtime


@pytest.fixture
async def bags(runtime: Runtime, client: httpx.AsyncClient) -> Bags:
    return await make_bags(runtime, client)


async def kept(bags: Bags) -> tuple[int, int, int]:
    """Return how many scans, bags and trips there are."""
    row = await bags.runtime.db.pool.fetchrow(
        "SELECT (SELECT count(*) FROM handsfree.scan WHERE mall_id = $1) AS scans, "
        "(SELECT count(*) FROM handsfree.bag WHERE mall_id = $1) AS bags, "
        "(SELECT count(*) FROM handsfree.trip WHERE mall_id = $1) AS trips",
        bags.mall.mall_id,
    )
    return row["scans"], row["bags"], row["trips"]


async def test_what_cannot_be_sealed_now_is_refused_with_its_reason_and_leaves_nothing(bags: Bags) -> None:
    label, strange = bags.labels[0], label_code(1234567890)
    cases: list[tuple[dict[str, Any], str]] = [
        (bags.sealing(strange), "这不是本商场的袋签"),
        (bags.sealing("123456789012"), "这不是本商场的袋签"),
        (bags.sealing(label, shopper="12345"), "不是有效的会员码"),
        (bags.sealing(label, shopper="MBR:123456789012"), "没有认出"),
        (bags.sealing(label, picture="0" * 64 + ".webp"), "照片没有保存成功"),
        (bags.sealing(label, declared_minor=2_000_001), "上限"),
        (bags.made("seal", label, shop_id=bags.shop), "不能为空"),
    ]
    for scan, why in cases:
        [found] = await bags.send(bags.clerk, scan)
        assert (found["outcome"], found["bag"]) == ("refused", None), found
        assert why in found["message"], found
    assert await kept(bags) == (0, 0, 0)
    assert await bags.problems() == []


async def test_who_may_scan_what(bags: Bags) -> None:
    label = await bags.sealed()
    other = await clerk(bags.runtime, bags.mall, 2)
    sealing = {"scans": [bags.sealing(bags.labels[1])]}
    taking = {"scans": [bags.made("take", label)]}
    assert await bags.refused(other, "POST", "/bags/scans", sealing) == "forbidden"
    assert await bags.refused(bags.clerk, "POST", "/bags/scans", taking) == "forbidden"
    assert await bags.refused(bags.shopper, "POST", "/bags/scans", taking) == "forbidden"
    assert await bags.refused(other, "GET", f"/bags/by-label/{label}") == "forbidden"
    assert (await bags.got(other, "GET", "/bags"))["items"] == []
    by_hand = {"scans": [bags.made("lose", label)]}
    assert await bags.refused(bags.runner, "POST", "/bags/scans", by_hand) == "invalid"


async def test_a_bag_is_sealed_with_its_facts_and_joins_the_trip_of_the_day(bags: Bags) -> None:
    form = {"file": ("bag.jpg", picture(), "image/jpeg")}
    answer = await bags.client.post(f"{bags.base}/bags/pictures", files=form, headers=bags.clerk)
    name = answer.json()["name"]
    facts = {"picture": name, "storage": "chilled", "fragile": True, "pieces": 3, "weight_g": 1250,
             "declared_minor": 88_800, "note": " 蛋糕 "}  # fmt: skip
    label = await bags.sealed(**facts)
    await bags.sealed(1)
    found = await bags.bag(label)
    assert {name: found[name] for name in facts} == facts | {"note": "蛋糕"}
    assert (found["state"], found["shop_zh"], found["floor_code"]) == ("at_shop", "1号店", "F1")
    assert [(step["move"], step["state"]) for step in found["custody"]] == [("seal", "at_shop")]
    best_by = datetime.fromisoformat(found["best_by"])
    assert best_by - datetime.fromisoformat(found["sealed_at"]) == timedelta(hours=6)
    trip = await bags.trip()
    assert (trip["state"], len(trip["bags"])) == ("open", 2)
    assert await kept(bags) == (2, 2, 1)


async def test_a_card_names_its_holder_for_a_minute_and_nobody_else(bags: Bags) -> None:
    card = await bags.got(bags.shopper, "POST", "/me/bag-card")
    assert (await bags.got(bags.shopper, "POST", "/me/bag-card"))["serial"] == card["serial"]
    ask = {"shop_id": bags.shop, "code": shown(card)}
    found = await bags.got(bags.clerk, "POST", "/bags/shoppers", ask)
    assert found["new"] is False
    assert "****" in found["phone"]
    assert bags.member.phone not in str(found)
    old = {"shop_id": bags.shop, "code": shown(card, ago=3)}
    assert await bags.refused(bags.clerk, "POST", "/bags/shoppers", old) == "bag_card_unknown"
    new = await bags.got(bags.clerk, "POST", "/bags/shoppers", {"shop_id": bags.shop, "code": "13900139000"})
    assert (new["new"], new["name"]) == (True, "")
    [sealed] = await bags.send(bags.clerk, bags.sealing(bags.labels[0], shopper=shown(card)))
    assert sealed["outcome"] == "accepted"
    [later] = await bags.send(bags.clerk, bags.sealing(bags.labels[1], shopper=found["seal_as"]))
    assert later["outcome"] == "accepted"
    assert len((await bags.trip())["bags"]) == 2
    forged = found["seal_as"][:-1] + ("0" if found["seal_as"][-1] != "0" else "1")
    for wrong in (forged, "PAS:x", "PAS:" + "0" * 40 + "." + "0" * 24):
        [refused] = await bags.send(bags.clerk, bags.sealing(bags.labels[2], shopper=wrong))
        assert (refused["outcome"], "没有认出" in refused["message"]) == ("refused", True)


async def test_a_phone_that_nobody_has_yet_becomes_a_member_who_finds_the_bag(bags: Bags) -> None:
    stranger = await make_member(bags.runtime, bags.mall.group_id)
    await bags.send(bags.clerk, bags.sealing(bags.labels[0], shopper=stranger.phone.removeprefix("+86")))
    headers = await as_member(bags.runtime, stranger)
    [trip] = (await bags.got(headers, "GET", "/me/trips"))["items"]
    assert len(trip["bags"]) == 1
    assert (await bags.got(bags.shopper, "GET", "/me/trips"))["items"] == []


async def test_guessing_codes_ends(bags: Bags) -> None:
    body = {"shop_id": bags.shop, "code": "MBR:123456789012"}
    told = [await bags.refused(bags.clerk, "POST", "/bags/shoppers", body) for _ in range(31)]
    assert told[-1] == "too_many"


async def test_a_label_is_on_one_bag_and_one_made_for_a_shop_is_that_shops(bags: Bags) -> None:
    label = await bags.sealed()
    [again] = await bags.send(bags.clerk, bags.sealing(label))
    assert (again["outcome"], "已经用在别的购物袋" in again["message"]) == ("refused", True)
    theirs = await manager(bags.runtime, bags.mall, 1)
    shop = str(bags.mall.shop_ids[2])
    await bags.got(theirs, "POST", "/bag-labels", {"count": 1, "shop_id": shop})
    assert await bags.refused(theirs, "POST", "/bag-labels", {"count": 1}) == "forbidden"
    code = await bags.runtime.db.pool.fetchval(
        "SELECT code FROM handsfree.label AS l JOIN handsfree.label_batch AS b ON b.id = l.batch_id "
        "WHERE l.mall_id = $1 AND b.shop_id IS NOT NULL", bags.mall.mall_id,
    )  # fmt: skip
    [found] = await bags.send(bags.clerk, bags.sealing(code))
    assert (found["outcome"], "另一家店" in found["message"]) == ("refused", True)


async def test_the_way_of_a_bag_from_shop_to_shopper(bags: Bags) -> None:
    label = await bags.shelved()
    found = await bags.bag(label)
    assert (found["state"], found["shelf_code"], found["desk_en"]) == ("shelved", "A1", "North desk")
    number = await bags.opened()
    handed = await bags.scan(bags.runner, "hand", label, hand_over_id=number)
    assert (handed["outcome"], handed["bag"]["state"]) == ("accepted", "collected")
    found = await bags.bag(label)
    assert [step["move"] for step in found["custody"]] == ["seal", "take", "shelve", "hand"]
    assert (await bags.trip())["state"] == "closed"
    after = await bags.scan(bags.runner, "take", label)
    assert (after["outcome"], "已经交付" in after["message"]) == ("refused", True)
    assert await unsound(bags.runtime) == []


async def test_a_new_bag_after_the_trip_closed_opens_another_one(bags: Bags) -> None:
    label = await bags.shelved()
    await bags.scan(bags.runner, "hand", label, hand_over_id=await bags.opened())
    await bags.sealed(1)
    trips = (await bags.got(bags.shopper, "GET", "/me/trips"))["items"]
    assert [trip["state"] for trip in trips] == ["open", "closed"]


async def test_a_shelf_takes_what_it_holds_and_what_it_keeps_cold(runtime: Runtime, client: httpx.AsyncClient) -> None:
    bags = await make_bags(runtime, client, capacity=1)
    await bags.shelved()
    cold, warm = await bags.sealed(1, storage="chilled"), await bags.sealed(2)
    wrong = await bags.scan(bags.runner, "shelve", cold, shelf_id=bags.shelf())
    full = await bags.scan(bags.runner, "shelve", warm, shelf_id=bags.shelf())
    assert (wrong["outcome"], full["outcome"]) == ("refused", "refused")
    assert "温度" in wrong["message"]
    assert "已满" in full["message"]
    nowhere = await bags.scan(bags.runner, "shelve", warm, shelf_id=bags.shop)
    assert (nowhere["outcome"], nowhere["message"]) == ("refused", "请选择货架")


async def test_a_closed_desk_takes_nothing_and_a_full_shelf_stays(bags: Bags) -> None:
    label = await bags.shelved()
    shelf = {"code": "A1", "storage": "ambient", "capacity": 0}
    path = f"/bag-desks/{bags.desk['id']}/shelves"
    assert await bags.refused(bags.operator, "PUT", path, shelf) == "shelf_holds"
    cold = {"code": "A1", "storage": "frozen", "capacity": 5}
    assert await bags.refused(bags.operator, "PUT", path, cold) == "shelf_holds"
    await bags.got(bags.operator, "PATCH", f"/bag-desks/{bags.desk['id']}", {"open": False})
    refused = await bags.scan(bags.runner, "shelve", await bags.sealed(1), shelf_id=bags.shelf())
    assert "暂停收包" in refused["message"]
    assert (await bags.bag(label))["state"] == "shelved"


async def test_a_bag_goes_back_to_its_shop_and_to_no_other(bags: Bags) -> None:
    label = await bags.sealed()
    await bags.scan(bags.runner, "take", label)
    other = await clerk(bags.runtime, bags.mall, 2)
    [wrong] = await bags.send(other, bags.made("back", label, shop_id=str(bags.mall.shop_ids[2])))
    assert "另一家店" in wrong["message"]
    [back] = await bags.send(bags.clerk, bags.made("back", label, shop_id=bags.shop))
    assert back["bag"]["state"] == "returned"


async def test_the_mall_that_takes_no_bags_says_so(bags: Bags) -> None:
    policy = await bags.got(bags.operator, "GET", "/bag-policy")
    assert await bags.refused(bags.operator, "PUT", "/bag-policy", policy | {"store_after_h": 1}) == "invalid"
    await bags.got(bags.operator, "PUT", "/bag-policy", policy | {"active": False})
    [found] = await bags.send(bags.clerk, bags.sealing(bags.labels[0]))
    assert "暂停" in found["message"]


async def test_moving_by_hand_needs_the_mall_a_reason_and_stays_in_the_chain(bags: Bags) -> None:
    label = await bags.sealed()
    path = f"/bags/{(await bags.bag(label))['id']}/moves"
    body = {"move": "hand", "reason": "手机没电，已核对身份证"}
    assert await bags.refused(bags.runner, "POST", path, body) == "forbidden"
    assert await bags.refused(bags.operator, "POST", path, {"move": "hand", "reason": " "}) == "invalid"
    await bags.got(bags.operator, "POST", path, body)
    last = (await bags.bag(label))["custody"][-1]
    assert (last["state"], last["note"]) == ("collected", body["reason"])
    assert await bags.refused(bags.operator, "POST", path, {"move": "lose", "reason": "找不到"}) == "bag_ended"


# --- scans that were kept on a phone without a network ---


async def test_uploading_twice_changes_nothing_and_a_number_stands_for_one_scan(bags: Bags) -> None:
    sealing = bags.sealing(bags.labels[0], ago=5)
    [first], [again] = await bags.send(bags.clerk, sealing), await bags.send(bags.clerk, sealing)
    assert (first["outcome"], first["late"], first["duplicate"]) == ("accepted", True, False)
    assert (again["outcome"], again["duplicate"]) == ("accepted", True)
    assert await kept(bags) == (1, 1, 1)
    other = bags.made("take", bags.labels[1]) | {"id": sealing["id"]}
    assert await bags.refused(bags.runner, "POST", "/bags/scans", {"scans": [other]}) == "bag_scan_number_taken"


async def test_phones_find_the_network_in_any_order_and_the_chain_is_the_same(bags: Bags) -> None:
    label = bags.labels[0]
    shelving = bags.made("shelve", label, ago=3, shelf_id=bags.shelf())
    [found] = await bags.send(bags.runner, shelving)
    assert found["outcome"] == "waiting"
    assert await bags.problems() == []
    await bags.send(bags.clerk, bags.sealing(label, ago=9))
    assert (await bags.bag(label))["state"] == "shelved"
    await bags.send(bags.runner, bags.made("take", label, ago=6))
    chain = (await bags.bag(label))["custody"]
    assert [(s["seq"], s["move"], s["late"]) for s in chain] == [
        (1, "seal", True), (2, "take", True), (3, "shelve", True),
    ]  # fmt: skip
    assert await unsound(bags.runtime) == []


async def test_what_cannot_have_happened_is_kept_for_a_person_and_settles_itself_when_it_can(bags: Bags) -> None:
    label = await bags.sealed()
    far = await bags.got(bags.operator, "POST", "/bag-desks",
                         {"code": "south", "kind": "desk", "name_zh": "南门", "name_en": "South"})  # fmt: skip
    far = await bags.got(
        bags.operator, "PUT", f"/bag-desks/{far['id']}/shelves", {"code": "S1", "storage": "ambient", "capacity": 3}
    )
    await bags.runtime.db.pool.execute(
        "UPDATE handsfree.scan SET at = at - interval '1 hour' WHERE label = $1", label
    )  # sealed an hour ago
    await bags.send(bags.runner, bags.made("shelve", label, ago=30, shelf_id=bags.shelf()))
    await bags.send(bags.runner, bags.made("shelve", label, ago=10, shelf_id=far["shelves"][0]["id"]))
    [gap] = await bags.problems()
    assert (gap["kind"], gap["detail"]["outcome"], gap["detail"]["move"]) == ("scan", "gap", "shelve")
    await bags.send(bags.runner, bags.made("take", label, ago=20))
    assert await bags.problems() == []
    [closed] = await bags.problems(only_open=False)
    assert (closed["note"], closed["closed_by"]) == ("settled_itself", None)


async def test_a_late_scan_that_nothing_can_be_made_of_is_never_lost(bags: Bags) -> None:
    strange, label = label_code(42), bags.labels[0]
    scans = [
        bags.made("take", strange, ago=5),
        bags.made("take", "no label at all", ago=5),
        bags.made("take", label, ago=80 * 60),
    ]
    outcomes = [found["outcome"] for found in await bags.send(bags.runner, *scans)]
    assert outcomes == ["label_unknown", "label_unknown", "too_old"]
    [found] = await bags.send(bags.clerk, bags.sealing(label, ago=5, shopper="MBR:123456789012", pieces=2))
    assert found["outcome"] == "shopper_unknown"
    problems = await bags.problems()
    assert len(problems) == 4
    sealed = next(problem for problem in problems if problem["detail"]["move"] == "seal")
    assert (sealed["detail"]["pieces"], sealed["label"]) == (2, label)
    note = {"note": "已联系顾客"}
    path = f"/bag-exceptions/{sealed['id']}/close"
    assert await bags.refused(bags.runner, "POST", path, note) == "forbidden"
    closed = await bags.got(bags.operator, "POST", path, note)
    assert closed["note"] == note["note"]
    assert await bags.refused(bags.operator, "POST", path, note) == "bag_exception_closed"
    assert len(await bags.problems()) == 3
    assert (await bags.send(bags.clerk, bags.sealing(label)))[0]["outcome"] == "accepted"


async def test_a_label_sealed_on_two_phones_is_the_first_uploaded_bag_and_a_persons_work(bags: Bags) -> None:
    label = bags.labels[0]
    first, second = bags.sealing(label, ago=5, pieces=1), bags.sealing(label, ago=7, pieces=9)
    outcomes = [(await bags.send(bags.clerk, scan))[0]["outcome"] for scan in (first, second)]
    assert outcomes == ["accepted", "label_used"]
    assert (await bags.bag(label))["pieces"] == 1
    assert [problem["detail"]["outcome"] for problem in await bags.problems()] == ["label_used"]


async def test_a_phone_whose_clock_is_wrong_is_put_right(bags: Bags) -> None:
    label = bags.labels[0]
    fast = datetime.now(UTC) + timedelta(hours=2)
    scan = bags.sealing(label) | {"at": (fast - timedelta(minutes=4)).isoformat()}
    await bags.send(bags.clerk, scan, sent_at=fast.isoformat())
    sealed = datetime.fromisoformat((await bags.bag(label))["sealed_at"])
    assert abs(datetime.now(UTC) - timedelta(minutes=4) - sealed) < timedelta(seconds=20)


async def test_a_batch_with_something_malformed_is_refused_as_a_whole_before_anything(bags: Bags) -> None:
    good, naive = bags.sealing(bags.labels[0]), bags.sealing(bags.labels[1]) | {"at": "2026-05-01T10:00:00"}
    for scans in ([good, naive], [good, good]):
        assert await bags.refused(bags.clerk, "POST", "/bags/scans", {"scans": scans}) == "invalid"
    assert await kept(bags) == (0, 0, 0)
