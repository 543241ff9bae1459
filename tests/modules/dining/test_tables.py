"""Guests sit down, share a list, move, and leave: refusals first."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.factories.checkout import make_shopper
from tests.factories.counter import clerk, operator
from tests.factories.onsite import Room, make_room, violations

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


@pytest.fixture
async def room(runtime: Runtime, client: httpx.AsyncClient) -> Room:
    return await make_room(runtime, client)


async def join(room: Room, table: int = 0, **more: Any) -> httpx.Response:
    """Scan a table with a fresh member's phone."""
    phone = await make_shopper(room.runtime, room.client, mall=room.mall, goods=room.goods)
    return await phone.post("/me/dining", {"sticker": room.tables[table]["sticker"], **more})


async def test_a_sticker_that_is_no_tables(room: Room) -> None:
    guest = await room.guest()
    answer = await guest.shopper.post("/me/dining", {"sticker": "x" * 20})
    assert (answer.status_code, answer.json()["code"]) == (404, "dining_sticker_unknown")
    table = room.tables[1]
    renewed = await room.staff("POST", f"/tables/{table['id']}/sticker", who=room.manager)
    assert renewed.json()["sticker"] != table["sticker"]
    old = await guest.shopper.post("/me/dining", {"sticker": table["sticker"]})
    assert old.json()["code"] == "dining_sticker_unknown"


async def test_a_second_phone_needs_the_partys_code(room: Room) -> None:
    first = await room.guest()
    for code in ("", "000000" if first.join_code != "000000" else "000001"):
        answer = await join(room, join_code=code)
        assert (answer.status_code, answer.json()["code"]) == (409, "dining_join_code")
    second = await room.guest(code=first.join_code)
    assert second.seating == first.seating
    view = await first.view()
    assert ([guest["number"] for guest in view["guests"]], view["tables"]) == ([1, 2], ["1"])
    again = await second.shopper.post("/me/dining", {"sticker": room.tables[0]["sticker"]})
    assert again.json()["id"] == first.seating


async def test_codes_are_not_guessed(room: Room) -> None:
    first, stranger = await room.guest(), await room.guest(1)
    body = {"sticker": room.tables[0]["sticker"]}
    wrong = [f"{n:06}" for n in range(12) if f"{n:06}" != first.join_code][:11]
    answers = [await stranger.shopper.post("/me/dining", body | {"join_code": code}) for code in wrong]
    assert [answer.status_code for answer in answers] == [409] * 10 + [429]
    right = await stranger.shopper.post("/me/dining", body | {"join_code": first.join_code})
    assert right.status_code == 429


async def test_the_code_of_a_party_is_worth_nothing_to_the_next(room: Room) -> None:
    first = await room.guest()
    closed = await room.staff("POST", first.staff_path + "/close")
    assert closed.json()["state"] == "closed"
    second = await room.guest()
    assert second.seating != first.seating
    late = await first.add(room.dish(1))
    assert (late.status_code, late.json()["code"]) == (409, "dining_seating_over")


async def test_where_staff_seat_guests_a_phone_opens_nothing(runtime: Runtime, client: httpx.AsyncClient) -> None:
    room = await make_room(runtime, client, opens_by="staff")
    opened = await room.staff("POST", f"/tables/{room.tables[0]['id']}/open", {"people": 3})
    assert (opened.status_code, opened.json()["people"]) == (201, 3)
    guest = await room.guest(code=opened.json()["join_code"])
    refused = await guest.shopper.post("/me/dining", {"sticker": room.tables[1]["sticker"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "dining_table_not_open")
    twice = await room.staff("POST", f"/tables/{room.tables[0]['id']}/open", {"people": 3})
    assert (twice.status_code, twice.json()["code"]) == (409, "dining_table_taken")


async def test_a_restaurant_that_is_closed_seats_nobody(room: Room) -> None:
    guest = await room.guest()
    off = await room.staff("PUT", "/dining", {"active": False}, who=room.manager)
    assert off.json()["stations"] == []
    refused = await guest.shopper.post("/me/dining", {"sticker": room.tables[1]["sticker"]})
    assert refused.json()["code"] == "dining_not_serving"
    assert (await room.staff("POST", f"/tables/{room.tables[1]['id']}/open", {})).status_code == 409


async def test_a_table_is_its_guests_alone(room: Room, runtime: Runtime) -> None:
    guest, stranger = await room.guest(), await room.guest(1)
    await guest.add(room.dish(1))
    item = (await guest.view())["items"][0]["id"]
    assert (await stranger.shopper.get(guest.path)).status_code == 404
    for path, body in (
        ("/items", {"lines": [room.dish(1)]}),
        ("/send", {}),
        ("/calls", {}),
        ("/bill/quote", {}),
        ("/bill", {"shown_total_minor": 0}),
        ("/bill/back", None),
        ("/fire", {"course": 1}),
    ):
        assert (await stranger.shopper.post(guest.path + path, body)).status_code == 404
    theft = await stranger.shopper.client.patch(
        stranger.shopper.base + guest.path + f"/items/{item}", json={"quantity": 0}, headers=stranger.shopper.headers
    )
    assert theft.status_code == 404
    next_door = await clerk(runtime, room.mall, 1)
    assert (await room.staff("GET", guest.staff_path, who=next_door)).status_code == 403
    other_shop = room.shop.replace(str(room.mall.shop_ids[0]), str(room.mall.shop_ids[1]))
    answer = await room.client.get(other_shop + guest.staff_path, headers=next_door)
    assert answer.status_code == 404


async def test_tables_have_numbers_of_their_own(room: Room) -> None:
    body = {"number": "1", "seats": 2}
    assert (await room.staff("POST", "/tables", body, who=room.manager)).json()["code"] == "dining_number_taken"
    change = f"/tables/{room.tables[1]['id']}"
    assert (await room.staff("PUT", change, body, who=room.manager)).json()["code"] == "dining_number_taken"
    moved = await room.staff("PUT", change, {"number": "2A", "seats": 6, "x": 3, "y": 4}, who=room.manager)
    assert (moved.json()["number"], moved.json()["seats"]) == ("2A", 6)
    assert (await room.staff("POST", "/tables", body)).status_code == 403
    assert (await room.staff("PUT", f"/tables/{new_id()}", body, who=room.manager)).status_code == 404


async def test_a_party_moves_to_a_free_table_only(room: Room) -> None:
    first, second = await room.guest(), await room.guest(1)
    body = {"to_table_id": room.tables[1]["id"]}
    taken = await room.staff("POST", first.staff_path + "/move", body)
    assert (taken.status_code, taken.json()["code"]) == (409, "dining_table_taken")
    assert (await first.view())["tables"] == ["1"]
    moved = await room.staff("POST", first.staff_path + "/move", {"to_table_id": room.tables[2]["id"]})
    assert moved.json()["tables"] == ["3"]
    nowhere = await room.staff("POST", first.staff_path + "/move", {"to_table_id": str(new_id())})
    assert nowhere.status_code == 404
    assert (await second.view())["tables"] == ["2"]
    assert await violations(room.runtime) == []


async def test_two_parties_become_one_with_dishes_phones_and_tables(room: Room) -> None:
    first, second = await room.guest(), await room.guest(1)
    await first.order(room.dish(1))
    await second.order(room.dish(2, 2))
    await first.shopper.post(first.path + "/calls", {"kind": "water"})
    await second.shopper.post(second.path + "/calls", {"kind": "water"})
    itself = await room.staff("POST", first.staff_path + "/merge", {"into_seating_id": first.seating})
    assert itself.status_code == 422
    merged = await room.staff("POST", second.staff_path + "/merge", {"into_seating_id": first.seating})
    assert merged.status_code == 200, merged.text
    view = merged.json()
    assert (view["id"], view["tables"], view["people"]) == (first.seating, ["1", "2"], 2)
    assert ([guest["number"] for guest in view["guests"]], view["unpaid_minor"]) == ([1, 2], 3000)
    assert len(view["calls"]) == len((await room.staff("GET", "/calls")).json()) == 1
    old = await second.shopper.get(second.path)
    assert old.json()["merged_into"] == first.seating
    assert (await second.shopper.get(first.path)).status_code == 200
    one = await room.staff(
        "POST", first.staff_path + "/move",
        {"from_table_id": room.tables[1]["id"], "to_table_id": room.tables[2]["id"]},
    )  # fmt: skip
    assert one.json()["tables"] == ["1", "3"]
    assert await violations(room.runtime) == []


async def test_calls_wait_once_and_end_once(room: Room) -> None:
    guest = await room.guest()
    for _ in range(2):
        view = (await guest.shopper.post(guest.path + "/calls", {"kind": "bill", "note": "发票"})).json()
    assert [(call["kind"], call["note"]) for call in view["calls"]] == [("bill", "发票")]
    call = (await room.staff("GET", "/calls")).json()[0]
    assert call["tables"] == ["1"]
    done = f"/calls/{call['id']}/done"
    assert (await room.staff("POST", done)).json() == []
    assert (await room.staff("POST", done)).status_code == 404
    assert (await guest.view())["calls"] == []


async def test_the_room_shows_who_sits_where_and_what_they_owe(room: Room, runtime: Runtime) -> None:
    guest = await room.guest()
    await guest.order(room.dish(0), room.dish(1, 2))
    await guest.shopper.post(guest.path + "/calls", {"kind": "waiter"})
    tables = (await room.staff("GET", "/tables", who=await operator(runtime, room.mall))).json()
    assert [(one["number"], one["unpaid_minor"], one["in_kitchen"], len(one["calls"])) for one in tables] == [
        ("1", 6600, 2, 1), ("2", 0, 0, 0), ("3", 0, 0, 0),
    ]  # fmt: skip
    assert (tables[0]["seating_id"], tables[0]["state"], tables[1]["state"]) == (guest.seating, "open", None)
    mine = (await guest.shopper.get("/me/dining")).json()
    assert [(row["id"], row["tables"]) for row in mine] == [(guest.seating, ["1"])]


async def test_two_phones_at_a_free_table_are_one_party(room: Room) -> None:
    phones = [await make_shopper(room.runtime, room.client, mall=room.mall, goods=room.goods) for _ in range(4)]
    body = {"sticker": room.tables[0]["sticker"]}
    answers = await asyncio.gather(*(phone.post("/me/dining", body) for phone in phones))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await violations(room.runtime) == []
