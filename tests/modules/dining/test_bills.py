"""The bill: nobody pays for what was not ordered, nothing ordered is forgotten, and unpaid is owed again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import work
from tests.factories.onsite import Guest, Room, make_room, violations

from galleria.commerce.checkout.jobs import expire_one
from galleria.kernel.ids import OrderId
from galleria.platform.runtime import Runtime


@pytest.fixture
async def room(runtime: Runtime, client: httpx.AsyncClient) -> Room:
    return await make_room(runtime, client)


async def pay(guest: Guest, order_id: str, part: dict[str, Any]) -> None:
    """Pay one part of a bill at the sandbox's cashier."""
    asked = await guest.shopper.post(f"/orders/{order_id}/pay", {"tender_id": part["tender_id"]})
    assert asked.status_code == 200, asked.text
    url = httpx.URL(asked.json()["redirect_url"])
    done = await guest.shopper.client.post(f"{url.path}?{url.query.decode()}", data={"action": "pay"})
    assert done.status_code == 303, done.text


async def test_nothing_ordered_is_nothing_to_pay(room: Room) -> None:
    guest = await room.guest()
    await guest.add(room.dish(1))
    answer = await guest.bill(shown_total_minor=0)
    assert (answer.status_code, answer.json()["code"]) == (409, "dining_nothing_to_pay")
    assert (await guest.shopper.post(guest.path + "/bill/back")).json()["code"] == "dining_no_bill"


async def test_another_total_than_shown_is_no_bill(room: Room) -> None:
    guest = await room.guest()
    await guest.order(room.dish(1))
    answer = await guest.bill(shown_total_minor=1700)
    assert (answer.status_code, answer.json()["code"]) == (409, "total_changed")
    view = await guest.view()
    assert (view["state"], view["unpaid_minor"], view["bill"]) == ("open", 1800, None)
    assert await room.left() == [100, 99, 100]
    assert await violations(room.runtime) == []


async def test_while_the_bill_is_paid_nothing_is_ordered(room: Room) -> None:
    guest = await room.guest()
    await guest.order(room.dish(1))
    placed = (await guest.bill()).json()
    assert (await guest.view())["state"] == "billing"
    for answer in (await guest.add(room.dish(2)), await guest.send(), await guest.bill(shown_total_minor=0)):
        assert (answer.status_code, answer.json()["code"]) == (409, "dining_bill_open")
    closed = await room.staff("POST", guest.staff_path + "/close")
    assert closed.json()["code"] == "dining_bill_open"
    back = (await guest.shopper.post(guest.path + "/bill/back")).json()
    assert (back["state"], back["unpaid_minor"], back["bill"]) == ("open", 1800, None)
    assert (await guest.shopper.order(placed["id"]))["state"] == "cancelled"
    assert await room.left() == [100, 99, 100]
    await work(room.runtime)
    assert (await guest.add(room.dish(2))).status_code == 200
    assert await violations(room.runtime) == []


async def test_a_bill_that_expires_is_owed_again_even_when_the_last_was_sold_meanwhile(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    room = await make_room(runtime, client, on_hand=1)
    guest, rival = await room.guest(), await room.guest(1)
    await guest.order(room.dish(1))
    placed = (await guest.bill()).json()
    late = datetime.now(UTC) + timedelta(minutes=16)
    await expire_one(runtime, room.mall.mall_id, OrderId(UUID(placed["id"])), late)
    await rival.order(room.dish(1))
    await work(runtime)
    view = await guest.view()
    assert (view["state"], view["unpaid_minor"]) == ("open", 1800)
    assert (await guest.paid())["payable_minor"] == 1800
    await work(runtime)
    assert await room.left() == [1, 0, 1]
    assert await violations(runtime) == []


async def test_a_paid_table_orders_more_and_leaves_when_all_is_paid(room: Room) -> None:
    guest = await room.guest()
    await guest.order(room.dish(0, options=[room.groups[0]["options"][1]["id"]], note="少盐"), room.dish(1))
    order = await guest.paid()
    await work(room.runtime)
    view = await guest.view()
    assert (view["state"], view["paid_minor"], view["unpaid_minor"]) == ("open", 5000, 0)
    assert view["bill"]["state"] == "paid"
    kept = await guest.shopper.order(order["id"])
    lines = kept["sub_orders"][0]["lines"]
    assert [(line["name_en"], line["option_en"], line["unit_price_minor"]) for line in lines] == [
        ("Noodles", "Hot", 3200), ("Soup", "", 1800),
    ]  # fmt: skip
    assert [part["way"] for part in kept["sub_orders"]] == ["table"]
    await guest.order(room.dish(2))
    early = await room.staff("POST", guest.staff_path + "/close")
    assert (early.status_code, early.json()["code"], early.json()["params"]) == (
        409, "dining_not_all_paid", {"unpaid_minor": 600},
    )  # fmt: skip
    await guest.paid()
    await work(room.runtime)
    closed = (await room.staff("POST", guest.staff_path + "/close")).json()
    assert (closed["state"], closed["tables"]) == ("closed", [])
    done = await guest.shopper.order(order["id"])
    assert [part["state"] for part in done["sub_orders"]] == ["fulfilled"]
    assert (await room.guest()).seating != guest.seating
    assert await violations(room.runtime) == []


async def test_what_nobody_pays_is_written_off_by_a_manager_with_a_reason(room: Room) -> None:
    guest = await room.guest()
    await guest.order(room.dish(0), room.dish(1), hold_from_course=2)
    url, body = guest.staff_path + "/write-off", {"reason": "客人离店未付"}
    assert (await room.staff("POST", url, body)).status_code == 403
    written = (await room.staff("POST", url, body, who=room.manager)).json()
    assert (written["unpaid_minor"], [item["state"] for item in written["items"]]) == (0, ["cancelled", "sent"])
    assert await room.left() == [100, 99, 100]
    assert (await room.staff("POST", url, body, who=room.manager)).json()["code"] == "dining_list_empty"
    assert (await room.staff("POST", guest.staff_path + "/close")).json()["state"] == "closed"
    assert await violations(room.runtime) == []


async def test_each_pays_what_he_ordered(room: Room) -> None:
    first = await room.guest()
    second = await room.guest(code=first.join_code)
    await first.order(room.dish(0))
    await second.order(room.dish(1), room.dish(2))
    quoted = await first.quote(split="dishes")
    assert [part["amount_minor"] for part in quoted["parts"]] == [3000, 2400]
    placed = (await first.bill(split="dishes")).json()
    assert sorted(part["amount_minor"] for part in placed["pay"]) == [2400, 3000]
    bill = (await second.view())["bill"]
    parts = {part["guest_number"]: part for part in bill["parts"]}
    assert {number: part["collected"] for number, part in parts.items()} == {1: False, 2: False}
    stolen = await second.shopper.post(f"/orders/{placed['id']}/pay", {"tender_id": parts[1]["tender_id"]})
    assert stolen.status_code == 404
    await pay(second, placed["id"], parts[2])
    await work(room.runtime)
    view = await first.view()
    assert (view["state"], {p["guest_number"]: p["collected"] for p in view["bill"]["parts"]}) == (
        "billing", {1: False, 2: True},
    )  # fmt: skip
    await pay(first, placed["id"], parts[1])
    await work(room.runtime)
    assert ((await first.view())["state"], (await first.view())["unpaid_minor"]) == ("open", 0)
    assert await violations(room.runtime) == []


async def test_a_split_bill_taken_back_gives_back_what_came_in(room: Room) -> None:
    first = await room.guest()
    second = await room.guest(code=first.join_code)
    await first.order(room.dish(1, 2))
    placed = (await first.bill(split="evenly", parts=2)).json()
    bill = (await second.view())["bill"]
    mine = next(part for part in bill["parts"] if part["guest_number"] == 2)
    await pay(second, placed["id"], mine)
    back = await first.shopper.post(first.path + "/bill/back")
    assert (back.status_code, back.json()["state"]) == (200, "open")
    await work(room.runtime)
    async with room.runtime.db.read() as tx:
        refunded = await tx.values("SELECT amount_minor FROM payments.refund WHERE mall_id = $1", room.mall.mall_id)
    assert refunded == [1800]
    assert (await first.view())["unpaid_minor"] == 3600
    assert await violations(room.runtime) == []


async def test_points_and_stored_value_are_not_split(room: Room) -> None:
    guest = await room.guest()
    await guest.order(room.dish(1))
    answer = await guest.bill(split="evenly", parts=2, stored_value_minor=100)
    assert (answer.status_code, answer.json()["code"]) == (409, "dining_split_not_possible")


async def test_staff_make_the_bill_in_a_guests_name(room: Room) -> None:
    guest = await room.guest()
    await guest.order(room.dish(1))
    stranger = await room.guest(1)
    quoted = await room.staff("POST", guest.staff_path + "/bill/quote", {})
    body = {"shown_total_minor": quoted.json()["price"]["payable_minor"]}
    wrong = await room.staff("POST", guest.staff_path + "/bill", body | {"member_id": str(stranger.shopper.member_id)})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "dining_nobody_to_bill")
    made = await room.staff("POST", guest.staff_path + "/bill", body, key="the-same-bill")
    same = await room.staff("POST", guest.staff_path + "/bill", body, key="the-same-bill")
    assert made.json()["id"] == same.json()["id"]
    bill = (await room.staff("GET", guest.staff_path)).json()["bill"]
    assert (bill["member_id"], bill["payable_minor"]) == (str(guest.shopper.member_id), 1800)
    back = await room.staff("POST", guest.staff_path + "/bill/back")
    assert back.json()["state"] == "open"


async def test_a_dish_on_a_bill_is_neither_called_off_nor_given_away(room: Room) -> None:
    guest = await room.guest()
    item = (await guest.order(room.dish(1)))["items"][0]["id"]
    await guest.paid()
    await work(room.runtime)
    body = {"reason": "迟了"}
    off = await room.staff("POST", f"{guest.staff_path}/items/{item}/cancel", body)
    assert (off.status_code, off.json()["code"]) == (409, "dining_dish_on_bill")
    comp = await room.staff("POST", f"{guest.staff_path}/items/{item}/comp", body, who=room.manager)
    assert (comp.status_code, comp.json()["code"]) == (409, "dining_dish_on_bill")
