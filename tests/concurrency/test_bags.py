"""Bags wanted by several at once: each code, label, shelf place and claim once; with twins that show the race."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.factories.handsfree import make_bags, unsound
from tests.factories.twins import twins

from galleria.kernel.ids import new_id
from galleria.onsite.handsfree.store import bag as bag_store
from galleria.onsite.handsfree.store import claim as claim_store
from galleria.onsite.handsfree.store import desk as desk_store
from galleria.onsite.handsfree.store import scan as scan_store
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

ROUNDS = 4


async def test_one_code_shown_at_several_desks_opens_one_hand_over(runtime: Runtime, client: httpx.AsyncClient) -> None:
    bags = await make_bags(runtime, client)
    await bags.shelved()
    trip = await bags.trip()
    for _ in range(3):
        proxy = await bags.got(bags.shopper, "POST", f"/me/trips/{trip['id']}/proxies", {"name": "李姐"})
        bodies = [{"id": str(new_id()), "code": proxy["code"]} for _ in range(5)]
        answers = await asyncio.gather(*(bags.ask(bags.runner, "POST", "/bags/hand-overs", b) for b in bodies))
        assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409]
    code = await bags.code()
    bodies = [{"id": str(new_id()), "code": code} for _ in range(5)]
    answers = await asyncio.gather(*(bags.ask(bags.runner, "POST", "/bags/hand-overs", b) for b in bodies))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409]
    assert await unsound(runtime) == []


async def test_twin_without_the_unique_step_one_code_opens_two(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bags = await make_bags(runtime, client)
    await bags.shelved()
    code = await bags.code()

    async def careless(tx: Tx, made: bag_store.Collection) -> bool:
        sql = "INSERT INTO twin.collection (mall_id, id, trip_id, step, staff_id, at) VALUES ($1, $2, $3, $4, $5, $6)"
        await tx.run(sql, made.mall_id, made.id, made.trip_id, made.step, made.staff_id, made.at)
        return True

    async with twins(runtime, "handsfree.collection"):
        monkeypatch.setattr(bag_store, "add_collection", careless)
        bodies = [{"id": str(new_id()), "code": code} for _ in range(2)]
        answers = await asyncio.gather(*(bags.ask(bags.runner, "POST", "/bags/hand-overs", b) for b in bodies))
        assert [a.status_code for a in answers] == [201, 201]


async def test_a_proxy_revoked_and_used_at_once_ends_one_way(runtime: Runtime, client: httpx.AsyncClient) -> None:
    bags = await make_bags(runtime, client)
    await bags.shelved()
    path = f"/me/trips/{(await bags.trip())['id']}/proxies"
    for _ in range(ROUNDS):
        proxy = await bags.got(bags.shopper, "POST", path, {"name": "李姐"})
        used, revoked = await asyncio.gather(
            bags.ask(bags.runner, "POST", "/bags/hand-overs", {"id": str(new_id()), "code": proxy["code"]}),
            bags.ask(bags.shopper, "POST", f"{path}/{proxy['id']}/revoke"),
        )
        assert sorted((used.status_code // 100, revoked.status_code // 100)) == [2, 4]
    assert await unsound(runtime) == []


async def race_for_a_shelf(runtime: Runtime, client: httpx.AsyncClient) -> tuple[list[str], int]:
    """Have six bags laid at once on a shelf for two; return what became of them, and what the shelf counts."""
    bags = await make_bags(runtime, client, capacity=2)
    labels = [await bags.sealed(place) for place in range(6)]
    shelf = bags.shelf()
    found = await asyncio.gather(*(bags.scan(bags.runner, "shelve", label, shelf_id=shelf) for label in labels))
    used = await runtime.db.pool.fetchval("SELECT used FROM handsfree.shelf WHERE id = $1", shelf)
    return sorted(answer["outcome"] for answer in found), used


async def test_a_shelf_holds_what_it_holds(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        outcomes, used = await race_for_a_shelf(runtime, client)
        assert (outcomes, used) == (["accepted"] * 2 + ["refused"] * 4, 2)
    assert await unsound(runtime) == []


async def test_twin_without_the_lock_a_shelf_overflows(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = asyncio.Barrier(6)

    async def unlocked(tx: Tx, mall_id: Any, shelf_id: Any) -> bool:
        sql = "SELECT used < capacity FROM handsfree.shelf WHERE mall_id = $1 AND id = $2"
        room = bool(await tx.value(sql, mall_id, shelf_id))
        await asyncio.wait_for(met.wait(), 10)
        return room

    monkeypatch.setattr(desk_store, "room_on_shelf", unlocked)
    assert await race_for_a_shelf(runtime, client) == (["accepted"] * 6, 6)


async def test_one_label_sealed_on_several_phones_at_once_is_one_bag(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    bags = await make_bags(runtime, client)
    for label in bags.labels[:ROUNDS]:
        scans = [bags.sealing(label) for _ in range(4)]
        found = await asyncio.gather(*(bags.send(bags.clerk, scan) for scan in scans))
        assert sorted(answer["outcome"] for [answer] in found) == ["accepted", "refused", "refused", "refused"]
    trips = (await bags.got(bags.shopper, "GET", "/me/trips"))["items"]
    assert [len(trip["bags"]) for trip in trips] == [ROUNDS]


async def test_the_first_bags_of_a_day_sealed_at_once_are_one_trip(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        bags = await make_bags(runtime, client)
        await asyncio.gather(*(bags.sealed(place) for place in range(5)))
        trips = (await bags.got(bags.shopper, "GET", "/me/trips"))["items"]
        assert [(trip["state"], len(trip["bags"])) for trip in trips] == [("open", 5)]


async def test_a_scan_uploaded_many_times_at_once_has_one_effect(runtime: Runtime, client: httpx.AsyncClient) -> None:
    bags = await make_bags(runtime, client)
    for place in range(ROUNDS):
        kept = bags.sealing(bags.labels[place], ago=5)
        found = await asyncio.gather(*(bags.send(bags.clerk, kept) for _ in range(5)))
        assert sorted(answer["duplicate"] for [answer] in found) == [False, True, True, True, True]
        assert {answer["outcome"] for [answer] in found} == {"accepted"}


WAY = [(1, "seal"), (2, "take"), (3, "shelve"), (4, "take"), (5, "shelve")]


async def scans_at_once(runtime: Runtime, client: httpx.AsyncClient) -> list[tuple[int, str]]:
    """Upload the scans of a bag's whole way from several phones at once; return its chain."""
    bags = await make_bags(runtime, client)
    label = await bags.sealed()
    await runtime.db.pool.execute("UPDATE handsfree.scan SET at = at - interval '1 hour' WHERE label = $1", label)
    shelf = bags.shelf()
    scans = [
        bags.made("take", label, ago=9),
        bags.made("shelve", label, ago=7, shelf_id=shelf),
        bags.made("take", label, ago=5),
        bags.made("shelve", label, ago=3, shelf_id=shelf),
    ]
    await asyncio.gather(*(bags.send(bags.runner, scan) for scan in scans))
    return [(step["seq"], step["move"]) for step in (await bags.bag(label))["custody"]]


async def test_phones_that_upload_at_once_tell_one_chain(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        assert await scans_at_once(runtime, client) == WAY
    assert await unsound(runtime) == []


async def test_twin_without_the_labels_lock_chains_miss_links(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = asyncio.Barrier(4)
    real = scan_store.of_label

    async def together(tx: Tx, mall_id: Any, label: str) -> list[scan_store.Scan]:
        found = await real(tx, mall_id, label)
        if found[-1].move != "seal":
            await asyncio.wait_for(met.wait(), 10)
        return found

    monkeypatch.setattr(scan_store, "lock_label", scan_store.find_label)
    monkeypatch.setattr(scan_store, "of_label", together)
    chain = await scans_at_once(runtime, client)
    await runtime.db.pool.execute(  # the chains it left torn would fail the doctor in later tests
        "DELETE FROM handsfree.scan WHERE bag_id IN (SELECT bag_id FROM handsfree.scan WHERE seq IS NOT NULL "
        "GROUP BY bag_id HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> count(*))"
    )
    await runtime.db.pool.execute(
        "DELETE FROM handsfree.bag AS b WHERE NOT EXISTS (SELECT FROM handsfree.scan AS s WHERE s.bag_id = b.id)"
    )
    await runtime.db.pool.execute(
        "DELETE FROM handsfree.trip AS t WHERE NOT EXISTS (SELECT FROM handsfree.bag AS b WHERE b.trip_id = t.id)"
    )
    await runtime.db.pool.execute(
        "UPDATE handsfree.shelf AS s SET used = (SELECT count(*) FROM handsfree.bag AS b WHERE b.shelf_id = s.id)"
    )
    assert chain != WAY


async def test_a_bag_sealed_while_the_last_one_is_collected_is_not_left_in_a_closed_trip(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    for _ in range(ROUNDS):
        bags = await make_bags(runtime, client)
        label = await bags.shelved()
        number = await bags.opened()
        await asyncio.gather(bags.scan(bags.runner, "hand", label, hand_over_id=number), bags.sealed(1))
        trips = (await bags.got(bags.shopper, "GET", "/me/trips"))["items"]
        held = {trip["state"]: sorted(bag["state"] for bag in trip["bags"]) for trip in trips}
        assert held in (
            {"open": ["at_shop", "collected"]}, {"open": ["at_shop"], "closed": ["collected"]},
        )  # fmt: skip
    assert await unsound(runtime) == []


async def test_two_decisions_on_a_claim_are_one_and_it_is_paid_once(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    bags = await make_bags(runtime, client)
    for place in range(ROUNDS):
        bag = await bags.bag(await bags.shelved(place))
        claim = {"kind": "damaged", "words": "压坏了", "asked_minor": 1000}
        path = f"/me/bags/{bag['id']}/claims"
        made = await asyncio.gather(*(bags.ask(bags.shopper, "POST", path, claim) for _ in range(3)))
        assert sorted(a.status_code for a in made) == [201, 409, 409]
        claim_id = next(a.json()["id"] for a in made if a.status_code == 201)
        decide = f"/bag-claims/{claim_id}/decide"
        yes, no = {"amount_minor": 900, "words": "同意"}, {"words": "不同意"}
        decided = await asyncio.gather(*(bags.ask(bags.operator, "POST", decide, b) for b in (yes, no, yes)))
        assert sorted(a.status_code for a in decided) == [200, 409, 409]


async def test_twin_without_the_state_a_claim_is_decided_twice(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bags = await make_bags(runtime, client)
    bag = await bags.bag(await bags.shelved())
    claim = {"kind": "damaged", "words": "压坏了", "asked_minor": 1000}
    made = await bags.got(bags.shopper, "POST", f"/me/bags/{bag['id']}/claims", claim)
    met = asyncio.Barrier(2)

    async def careless(tx: Tx, mall_id: Any, claim_id: Any, **_: Any) -> bool:
        """Stand for a decision that reads the state first and writes afterwards."""
        state = await tx.value("SELECT state FROM handsfree.claim WHERE mall_id = $1 AND id = $2", mall_id, claim_id)
        await asyncio.wait_for(met.wait(), 10)
        return bool(state == "open")

    monkeypatch.setattr(claim_store, "decide", careless)
    decide = f"/bag-claims/{made['id']}/decide"
    bodies = [{"amount_minor": 900, "words": "同意"}, {"words": "不同意"}]
    answers = await asyncio.gather(*(bags.ask(bags.operator, "POST", decide, body) for body in bodies))
    assert [a.status_code for a in answers] == [200, 200]
