"""Phones of one table at once: each guard has a twin that shows the race when the guard is off."""

import asyncio

import httpx
import pytest
from tests.factories.checkout import work
from tests.factories.onsite import Guest, Room, make_room, violations

from galleria.onsite.dining.store import floor
from galleria.onsite.dining.store import ordered as items
from galleria.platform.runtime import Runtime


@pytest.fixture
async def room(runtime: Runtime, client: httpx.AsyncClient) -> Room:
    return await make_room(runtime, client)


async def table_of_two(room: Room) -> tuple[Guest, Guest]:
    first = await room.guest()
    return first, await room.guest(code=first.join_code)


async def count_ordered(guest: Guest) -> int:
    return len([item for item in (await guest.view())["items"] if item["state"] != "draft"])


async def test_two_phones_that_send_the_same_list_send_it_once(room: Room) -> None:
    first, second = await table_of_two(room)
    await first.add(room.dish(1), room.dish(2))
    answers = await asyncio.gather(*(phone.send() for phone in (first, second) * 3))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"dining_list_empty"}
    assert await room.left() == [100, 99, 99]
    assert await violations(room.runtime) == []


async def test_twin_without_conditions_a_list_is_sent_twice(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """With lock and condition off, two phones send the same dishes; only the key of their stock tells them apart."""
    monkeypatch.setattr(floor, "_LOCK", floor._LOCK.replace("FOR UPDATE", ""))  # noqa: SLF001
    monkeypatch.setattr(items, "_SEND", items._SEND.replace("AND state = 'draft'", ""))  # noqa: SLF001
    first, second = await table_of_two(room)
    await first.add(room.dish(1), room.dish(2))
    answers = await asyncio.gather(*(phone.send() for phone in (first, second) * 3))
    assert {answer.status_code for answer in answers} - {200, 409}  # the second to promise the stock breaks


async def race(room: Room) -> tuple[httpx.Response, httpx.Response, Guest]:
    """Send one more dish while the bill of the first is made."""
    tables = room.tables
    guest = await room.guest(len(tables) - 1)
    await guest.order(room.dish(1))
    await guest.add(room.dish(2))
    billed, sent = await asyncio.gather(guest.bill(shown_total_minor=1800), guest.send())
    return billed, sent, guest


async def free(room: Room, guest: Guest) -> None:
    """Let the party go, whatever it owes."""
    await guest.shopper.post(guest.path + "/bill/back")
    await room.staff("POST", guest.staff_path + "/write-off", {"reason": "测试"}, who=room.manager)
    closed = await room.staff("POST", guest.staff_path + "/close")
    assert closed.status_code == 200, closed.text


async def test_a_dish_sent_while_the_bill_is_made_is_on_it_or_refused(room: Room) -> None:
    for _ in range(5):
        billed, sent, guest = await race(room)
        if billed.status_code == 200:
            assert (sent.status_code, sent.json()["code"]) == (409, "dining_bill_open")
        else:
            assert (billed.json()["code"], sent.status_code) == ("total_changed", 200)
        await free(room, guest)
    await work(room.runtime)
    assert await violations(room.runtime) == []


async def test_twin_without_the_lock_a_dish_slips_in_behind_the_bill(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the party's lock off, a dish goes to the kitchen while the party pays for less."""
    monkeypatch.setattr(floor, "_LOCK", floor._LOCK.replace("FOR UPDATE", ""))  # noqa: SLF001
    slipped = False
    for _ in range(12):
        billed, sent, guest = await race(room)
        slipped = slipped or billed.status_code == sent.status_code == 200
        await free(room, guest)
    assert slipped


async def test_two_bills_asked_for_at_once_are_one(room: Room) -> None:
    first, second = await table_of_two(room)
    await first.order(room.dish(1))
    answers = await asyncio.gather(
        *(phone.bill(shown_total_minor=1800) for phone in (first, second)),
        room.staff("POST", first.staff_path + "/bill", {"shown_total_minor": 1800}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert await room.left() == [100, 99, 100]


async def test_what_runs_out_while_it_is_sent_is_sent_before_or_refused(room: Room) -> None:
    for _ in range(5):
        guest = await room.guest(2)
        await guest.add(room.dish(1))
        path = f"/dishes/{room.goods[1].id}/sold-out"
        sent, _off = await asyncio.gather(guest.send(), room.staff("PUT", path, {"sold_out": True}))
        assert (sent.status_code, sent.json().get("code")) in {(200, None), (409, "dining_sold_out")}
        assert await count_ordered(guest) == (1 if sent.status_code == 200 else 0)
        await room.staff("PUT", path, {"sold_out": False})
        await free(room, guest)


async def test_the_last_portions_go_to_as_many_tables(runtime: Runtime, client: httpx.AsyncClient) -> None:
    room = await make_room(runtime, client, on_hand=2)
    guests = [await room.guest(table) for table in range(3)]
    for guest in guests:
        await guest.add(room.dish(1))
    answers = await asyncio.gather(*(guest.send() for guest in guests))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]
    assert await room.left() == [2, 0, 2]
    assert await violations(runtime) == []


async def test_two_cooks_begin_a_dish_once(room: Room) -> None:
    guest = await room.guest()
    item = (await guest.order(room.dish(0)))["items"][0]["id"]
    body = {"item_ids": [item], "to": "cooking"}
    answers = await asyncio.gather(*(room.staff("POST", "/kitchen/moves", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4


async def test_two_parties_are_seated_at_a_table_once(room: Room) -> None:
    table = f"/tables/{room.tables[0]['id']}/open"
    answers = await asyncio.gather(*(room.staff("POST", table, {"people": 2}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await violations(room.runtime) == []


async def test_two_parties_that_join_each_other_do_not_wait_in_a_circle(room: Room) -> None:
    one, two = await room.guest(0), await room.guest(1)
    answers = await asyncio.gather(
        room.staff("POST", one.staff_path + "/merge", {"into_seating_id": two.seating}),
        room.staff("POST", two.staff_path + "/merge", {"into_seating_id": one.seating}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await violations(room.runtime) == []


async def test_paying_against_taking_the_bill_back_ends_one_way(room: Room) -> None:
    for _ in range(4):
        guest = await room.guest()
        await guest.order(room.dish(1))
        placed = (await guest.bill()).json()
        await asyncio.gather(guest.shopper.decide(placed["id"], "pay"), guest.shopper.post(guest.path + "/bill/back"))
        await work(room.runtime)
        view, order = await guest.view(), await guest.shopper.order(placed["id"])
        assert (order["state"], view["unpaid_minor"]) in {("paid", 0), ("cancelled", 1800)}
        await free(room, guest)
    assert await violations(room.runtime) == []
