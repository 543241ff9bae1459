"""Bags are handed to whoever shows the code of their own trip, once a code; claims are decided and paid once."""

from datetime import timedelta

import httpx
import pytest
from tests.factories.handsfree import Bags, make_bags, picture, shown, unsound
from tests.factories.members import as_member, make_member
from tests.factories.till import owed

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


@pytest.fixture
async def bags(runtime: Runtime, client: httpx.AsyncClient) -> Bags:
    return await make_bags(runtime, client)


async def other_shopper(bags: Bags, place: int) -> tuple[dict[str, str], str]:
    """Have another member's bag on the shelf; return the member's headers and the bag's label."""
    member = await make_member(bags.runtime, bags.mall.group_id)
    label = await bags.shelved(place, shopper=member.phone)
    return await as_member(bags.runtime, member), label


async def test_wrong_old_and_used_codes_open_nothing(bags: Bags) -> None:
    await bags.shelved()
    good = await bags.code()
    for code in ("COL:123456789012", "nonsense", await bags.code(ago=3), "PXY:ABCDEFGHJK"):
        body = {"id": str(new_id()), "code": code}
        assert await bags.refused(bags.runner, "POST", "/bags/hand-overs", body) == "collection_code_wrong"
    await bags.opened(code=good)
    again = {"id": str(new_id()), "code": good}
    assert await bags.refused(bags.runner, "POST", "/bags/hand-overs", again) == "collection_code_used"
    assert await bags.refused(bags.clerk, "POST", "/bags/hand-overs", again) == "forbidden"


async def test_the_same_hand_over_asked_again_is_the_same_and_is_its_openers_for_a_quarter_of_an_hour(
    bags: Bags,
) -> None:
    label = await bags.shelved()
    body = {"id": str(new_id()), "code": await bags.code()}
    first = await bags.got(bags.runner, "POST", "/bags/hand-overs", body)
    assert await bags.got(bags.runner, "POST", "/bags/hand-overs", body) == first
    assert [bag["label"] for bag in first["bags"]] == [label]
    other = await bags.scan(bags.operator, "hand", label, hand_over_id=body["id"])
    assert (other["outcome"], "领取码不对" in other["message"]) == ("refused", True)
    await bags.runtime.db.pool.execute("UPDATE handsfree.collection SET at = at - interval '16 minutes'")
    over = await bags.scan(bags.runner, "hand", label, hand_over_id=body["id"])
    assert over["outcome"] == "refused"
    assert (await bags.bag(label))["state"] == "shelved"


async def test_another_shoppers_bag_is_not_handed_out(bags: Bags) -> None:
    mine = await bags.shelved()
    _, theirs = await other_shopper(bags, 1)
    number = await bags.opened()
    found = await bags.scan(bags.runner, "hand", theirs, hand_over_id=number)
    assert (found["outcome"], "不属于这位顾客" in found["message"]) == ("refused", True)
    assert (await bags.bag(theirs))["state"] == "shelved"
    assert (await bags.scan(bags.runner, "hand", mine, hand_over_id=number))["outcome"] == "accepted"


async def test_without_a_network_another_shoppers_bag_is_a_persons_work_and_stays_where_it_was(bags: Bags) -> None:
    _, theirs = await other_shopper(bags, 1)
    mine = await bags.shelved()
    number, code = str(new_id()), await bags.code(ago=4)
    scans = [bags.made("hand", label, ago=4, hand_over_id=number, code=code) for label in (mine, theirs)]
    await bags.runtime.db.pool.execute(
        "UPDATE handsfree.scan SET at = at - interval '1 hour' WHERE mall_id = $1", bags.mall.mall_id
    )
    outcomes = [found["outcome"] for found in await bags.send(bags.runner, *scans)]
    assert outcomes == ["accepted", "not_of_trip"]
    [problem] = await bags.problems()
    assert (problem["label"], problem["detail"]["outcome"]) == (theirs, "not_of_trip")
    assert await unsound(bags.runtime) == []


async def test_without_a_network_a_code_of_another_minute_hands_nothing_out(bags: Bags) -> None:
    label = await bags.shelved()
    scan = bags.made("hand", label, ago=20, hand_over_id=str(new_id()), code=await bags.code(ago=30))
    [found] = await bags.send(bags.runner, scan)
    assert found["outcome"] == "code_wrong"
    assert (await bags.bag(label))["state"] == "shelved"
    assert scan["code"] not in str(await bags.problems())


async def test_a_proxy_collects_once(bags: Bags) -> None:
    labels = [await bags.shelved(), await bags.shelved(1)]
    trip = await bags.trip()
    proxy = await bags.got(bags.shopper, "POST", f"/me/trips/{trip['id']}/proxies", {"name": "李姐"})
    seen = await bags.got({}, "GET", f"/bag-proxies/{proxy['code']}")
    assert (seen["name"], seen["bags"], seen["places_en"], seen["state"]) == ("李姐", 2, ["North desk"], "open")
    number = await bags.opened(code=f"PXY:{proxy['code']}")
    for label in labels:
        found = await bags.scan(bags.runner, "hand", label, hand_over_id=number)
        assert found["outcome"] == "accepted"
    assert (await bags.bag(labels[0]))["custody"][-1]["proxy_name"] == "李姐"
    again = {"id": str(new_id()), "code": proxy["code"]}
    assert await bags.refused(bags.runner, "POST", "/bags/hand-overs", again) == "proxy_over"
    [used] = (await bags.trip())["proxies"]
    assert (used["state"], used["code"]) == ("used", None)


async def test_a_proxys_code_is_taken_back_runs_out_and_there_are_three_at_most(bags: Bags) -> None:
    await bags.shelved()
    path = f"/me/trips/{(await bags.trip())['id']}/proxies"
    made = [await bags.got(bags.shopper, "POST", path, {"name": f"代领人{i}"}) for i in range(3)]
    assert await bags.refused(bags.shopper, "POST", path, {"name": "多一个"}) == "proxy_limit"
    stranger = await as_member(bags.runtime, await make_member(bags.runtime, bags.mall.group_id))
    revoke = f"{path}/{made[0]['id']}/revoke"
    assert await bags.refused(stranger, "POST", revoke) == "not_found"
    await bags.got(bags.shopper, "POST", revoke)
    assert await bags.refused(bags.shopper, "POST", revoke) == "proxy_over"
    await bags.runtime.db.pool.execute(
        "UPDATE handsfree.proxy SET expires_at = now() - interval '1 second' WHERE id = $1", made[1]["id"]
    )
    for proxy in made[:2]:
        body = {"id": str(new_id()), "code": proxy["code"]}
        assert await bags.refused(bags.runner, "POST", "/bags/hand-overs", body) == "proxy_over"
    assert await bags.refused({}, "GET", "/bag-proxies/ABCDEFGHJK") == "not_found"


async def test_no_code_is_kept_anywhere(bags: Bags) -> None:
    await bags.shelved()
    trip = await bags.trip()
    proxy = await bags.got(bags.shopper, "POST", f"/me/trips/{trip['id']}/proxies", {"name": "李姐"})
    code = await bags.code()
    await bags.opened(code=code)
    rows = await bags.runtime.db.pool.fetch("SELECT j::text AS j FROM platform.journal AS j")
    texts = "\n".join(row["j"] for row in rows)
    assert proxy["code"] not in texts
    assert code.removeprefix("COL:") not in texts


async def test_the_shopper_says_where_the_bags_should_go(bags: Bags) -> None:
    label = await bags.shelved()
    path = f"/me/trips/{(await bags.trip())['id']}/wish"
    assert await bags.refused(bags.shopper, "PUT", path, {"way": "car"}) == "invalid"
    assert await bags.refused(bags.shopper, "PUT", path, {"way": "desk", "desk_id": bags.shop}) == "invalid"
    stranger = await as_member(bags.runtime, await make_member(bags.runtime, bags.mall.group_id))
    assert await bags.refused(stranger, "PUT", path, {"way": "desk"}) == "not_found"
    trip = await bags.got(bags.shopper, "PUT", path, {"way": "car", "bay": "B2-118"})
    assert (trip["way"], trip["bay"]) == ("car", "B2-118")
    run = await bags.got(bags.runner, "GET", "/bags/run")
    assert [(bag["label"], bag["bay"]) for bag in run["bring_out"]] == [(label, "B2-118")]
    await bags.scan(bags.runner, "take", label)
    run = await bags.got(bags.runner, "GET", "/bags/run")
    assert ([bag["label"] for bag in run["carrying"]], run["bring_out"]) == ([label], [])
    handed = await bags.scan(bags.runner, "hand", label, hand_over_id=await bags.opened())
    assert handed["bag"]["state"] == "collected"
    assert await bags.refused(bags.shopper, "PUT", path, {"way": "desk"}) == "not_found"


# --- claims ---


async def test_a_claim_is_made_by_the_owner_once_within_its_time_and_worth(bags: Bags) -> None:
    label = await bags.shelved(declared_minor=30_000)
    path = f"/me/bags/{(await bags.bag(label))['id']}/claims"
    claim = {"kind": "damaged", "words": "蛋糕压坏了", "asked_minor": 28_000}
    stranger = await as_member(bags.runtime, await make_member(bags.runtime, bags.mall.group_id))
    assert await bags.refused(stranger, "POST", path, claim) == "not_found"
    for wrong in ({"asked_minor": 30_001}, {"asked_minor": 0}, {"words": " "}, {"pictures": ["0" * 64 + ".webp"]}):
        assert await bags.refused(bags.shopper, "POST", path, claim | wrong) == "invalid"
    form = {"file": ("cake.jpg", picture(), "image/jpeg")}
    answer = await bags.client.post(f"{bags.base}/me/bags/pictures", files=form, headers=bags.shopper)
    made = await bags.got(bags.shopper, "POST", path, claim | {"pictures": [answer.json()["name"]]})
    assert (made["state"], made["limit_minor"], len(made["pictures"])) == ("open", 30_000, 1)
    assert await bags.refused(bags.shopper, "POST", path, claim) == "bag_claim_there"
    await bags.got(bags.shopper, "POST", f"/me/bag-claims/{made['id']}/withdraw")
    assert (await bags.got(bags.shopper, "POST", path, claim))["state"] == "open"


async def test_a_claim_comes_within_days_of_the_hand_over(bags: Bags) -> None:
    label = await bags.shelved()
    await bags.scan(bags.runner, "hand", label, hand_over_id=await bags.opened())
    bag = await bags.bag(label)
    await bags.runtime.db.pool.execute(
        "UPDATE handsfree.bag SET moved_at = moved_at - $2::interval WHERE id = $1", bag["id"], timedelta(days=8)
    )
    claim = {"kind": "incomplete", "words": "少了一件", "asked_minor": 100}
    assert await bags.refused(bags.shopper, "POST", f"/me/bags/{bag['id']}/claims", claim) == "bag_claim_too_late"


async def test_a_claim_is_decided_by_the_mall_once_and_paid_once(bags: Bags) -> None:
    label = await bags.shelved(declared_minor=30_000)
    path = f"/me/bags/{(await bags.bag(label))['id']}/claims"
    made = await bags.got(bags.shopper, "POST", path, {"kind": "lost", "words": "没有找到", "asked_minor": 30_000})
    decide, paid = (f"/bag-claims/{made['id']}/{end}" for end in ("decide", "paid"))
    yes = {"amount_minor": 25_000, "words": "经核实，按折旧赔付", "to_wallet": False}
    assert await bags.refused(bags.runner, "POST", decide, yes) == "forbidden"
    assert await bags.refused(bags.operator, "POST", paid, {"reference": "现金"}) == "bag_claim_not_open"
    assert await bags.refused(bags.operator, "POST", decide, yes | {"amount_minor": 30_001}) == "bag_claim_too_much"
    decided = await bags.got(bags.operator, "POST", decide, yes, key="decide-once")
    assert await bags.got(bags.operator, "POST", decide, yes, key="decide-once") == decided
    assert (decided["state"], decided["decided_minor"]) == ("approved", 25_000)
    assert await bags.refused(bags.operator, "POST", decide, {"words": "不赔了"}) == "bag_claim_not_open"
    assert await bags.refused(bags.shopper, "POST", f"/me/bag-claims/{made['id']}/withdraw") == "bag_claim_not_open"
    done = await bags.got(bags.operator, "POST", paid, {"reference": "收据 0042"})
    assert (done["state"], done["paid_how"], done["paid_reference"]) == ("paid", "by_hand", "收据 0042")
    assert await bags.refused(bags.operator, "POST", paid, {"reference": "再付"}) == "bag_claim_not_open"
    [mine] = (await bags.got(bags.shopper, "GET", "/me/bag-claims"))["items"]
    assert (mine["state"], mine["decision"]) == ("paid", "经核实，按折旧赔付")


async def test_a_compensation_goes_into_stored_value_once_and_the_mall_bears_it(bags: Bags) -> None:
    label = await bags.shelved(declared_minor=30_000)
    path = f"/me/bags/{(await bags.bag(label))['id']}/claims"
    made = await bags.got(bags.shopper, "POST", path, {"kind": "lost", "words": "没有找到", "asked_minor": 30_000})
    decide = f"/bag-claims/{made['id']}/decide"
    yes = {"amount_minor": 25_000, "words": "同意"}
    done = await bags.got(bags.operator, "POST", decide, yes)
    assert (done["state"], done["paid_how"]) == ("paid", "wallet")
    assert await bags.refused(bags.operator, "POST", decide, yes) == "bag_claim_not_open"
    assert await bags.refused(bags.operator, "POST", f"/bag-claims/{made['id']}/paid", {"reference": "再付"}) == (
        "bag_claim_not_open"
    )
    assert await owed(bags.runtime, "member_wallet", bags.member.id) == 25_000
    assert await owed(bags.runtime, "compensation", bags.mall.mall_id) == -25_000
    assert await unsound(bags.runtime) == []


async def test_a_rejected_claim_may_be_made_anew(bags: Bags) -> None:
    label = await bags.shelved()
    path = f"/me/bags/{(await bags.bag(label))['id']}/claims"
    claim = {"kind": "mismatch", "words": "不是我的袋子", "asked_minor": 50_000}
    made = await bags.got(bags.shopper, "POST", path, claim)
    await bags.got(bags.operator, "POST", f"/bag-claims/{made['id']}/decide", {"words": "照片显示是同一个袋子"})
    assert (await bags.got(bags.shopper, "POST", path, claim))["state"] == "open"
    page = await bags.got(bags.operator, "GET", "/bag-claims?state=open")
    assert len(page["items"]) == 1
    assert (await bags.got(bags.operator, "GET", "/bags/board"))["claims"] == 1


async def test_a_card_is_no_collection_code(bags: Bags) -> None:
    await bags.shelved()
    card = await bags.got(bags.shopper, "POST", "/me/bag-card")
    body = {"id": str(new_id()), "code": shown(card).removeprefix("MBR:")}
    assert await bags.refused(bags.runner, "POST", "/bags/hand-overs", body) == "collection_code_wrong"
