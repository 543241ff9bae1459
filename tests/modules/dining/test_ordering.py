"""From the list to the kitchen and the table: what cannot be had is refused, and nothing of it happens."""

from typing import Any

import httpx
import pytest
from tests.factories.catalog import make_product
from tests.factories.onsite import Guest, Room, make_room, violations

from galleria.foundation import catalog
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


@pytest.fixture
async def room(runtime: Runtime, client: httpx.AsyncClient) -> Room:
    return await make_room(runtime, client)


def hot(room: Room) -> list[Any]:
    return [room.groups[0]["options"][1]["id"]]


def states(view: dict[str, Any]) -> list[str]:
    return [item["state"] for item in view["items"]]


async def sold_out(room: Room, path: str, *, value: bool = True) -> None:
    answer = await room.staff("PUT", f"{path}/sold-out", {"sold_out": value})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("options", [[], ["both"], ["stranger"]])
async def test_choices_that_cannot_be_are_named(room: Room, options: list[str]) -> None:
    guest = await room.guest()
    both = [one["id"] for one in room.groups[0]["options"]]
    chosen = {"both": both, "stranger": [str(new_id())]}[options[0]] if options else []
    answer = await guest.add(room.dish(1), room.dish(0, options=chosen))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "lines[1].option_ids")
    assert (await guest.view())["items"] == []


async def test_what_is_not_on_this_menu_is_not_ordered(room: Room, runtime: Runtime) -> None:
    guest = await room.guest()
    elsewhere = await make_product(runtime, room.mall, room.mall.shop_ids[1])
    voucher = await make_product(runtime, room.mall, room.mall.shop_ids[0], kind=catalog.Kind.VOUCHER)
    for product in (elsewhere, voucher):
        answer = await guest.add({"variant_id": str(product.variants[0].id)})
        assert (answer.status_code, answer.json()["code"]) == (409, "dining_dish_gone")


async def test_the_menu_shows_choices_prices_and_what_has_run_out(room: Room) -> None:
    path = f"{room.shop}/menu"
    await sold_out(room, f"/dishes/{room.goods[1].id}")
    await sold_out(room, f"/options/{hot(room)[0]}")
    menu = (await room.client.get(path)).json()
    dishes = {dish["name_en"]: dish for dish in menu["dishes"]}
    assert {name: dish["sold_out"] for name, dish in dishes.items()} == {"Noodles": False, "Soup": True, "Tea": False}
    group = dishes["Noodles"]["groups"][0]
    assert [(one["name_en"], one["extra_minor"], one["sold_out"]) for one in group["options"]] == [
        ("Mild", 0, False), ("Hot", 200, True),
    ]  # fmt: skip
    assert (dishes["Noodles"]["course"], dishes["Noodles"]["variants"][0]["price_minor"]) == (2, 3000)
    assert [section["name_en"] for section in menu["sections"]] == ["Coffee"]


async def test_phones_share_a_list_and_each_dish_goes_once(room: Room) -> None:
    first = await room.guest()
    second = await room.guest(code=first.join_code)
    await first.add(room.dish(0, options=hot(room), note="少盐"))
    await second.add(room.dish(1, 2))
    view = await first.view()
    assert [(item["name_en"], item["unit_price_minor"], item["note"]) for item in view["items"]] == [
        ("Noodles", 3200, "少盐"), ("Soup", 1800, ""),
    ]  # fmt: skip
    assert [item["member_id"] for item in view["items"]] == [guest["member_id"] for guest in view["guests"]]
    assert (view["draft_minor"], view["unpaid_minor"], await room.left()) == (6800, 0, [100, 100, 100])
    sent = (await second.send()).json()
    assert (states(sent), sent["unpaid_minor"]) == (["sent", "sent"], 6800)
    again = await first.send()
    assert (again.status_code, again.json()["code"]) == (409, "dining_list_empty")
    assert await room.left() == [99, 98, 100]
    assert await violations(room.runtime) == []


async def change(guest: Guest, item: str, quantity: int) -> httpx.Response:
    answer: httpx.Response = await guest.shopper.client.patch(
        guest.shopper.base + guest.path + f"/items/{item}",
        json={"quantity": quantity},
        headers=guest.shopper.headers,
    )
    return answer


async def test_a_list_is_changed_until_it_is_sent(room: Room) -> None:
    guest = await room.guest()
    await guest.add(room.dish(1), room.dish(2))
    items = (await guest.view())["items"]
    assert [item["quantity"] for item in (await change(guest, items[0]["id"], 3)).json()["items"]] == [3, 1]
    assert len((await change(guest, items[1]["id"], 0)).json()["items"]) == 1
    await guest.send()
    late = await change(guest, items[0]["id"], 1)
    assert (late.status_code, late.json()["code"]) == (409, "dining_item_moved")
    assert (await change(guest, str(new_id()), 1)).status_code == 404


async def test_what_runs_out_between_list_and_kitchen_is_not_sent(room: Room) -> None:
    guest = await room.guest()
    await guest.add(room.dish(0, options=hot(room)), room.dish(1))
    await sold_out(room, f"/options/{hot(room)[0]}")
    answer = await guest.send()
    assert (answer.status_code, answer.json()["code"], answer.json()["params"]["name_en"]) == (
        409, "dining_sold_out", "Hot",
    )  # fmt: skip
    await sold_out(room, f"/options/{hot(room)[0]}", value=False)
    await sold_out(room, f"/dishes/{room.goods[1].id}")
    assert (await guest.send()).json()["params"]["name_en"] == "Soup"
    assert (states(await guest.view()), await room.left()) == (["draft", "draft"], [100, 100, 100])
    assert (await guest.add(room.dish(1))).json()["code"] == "dining_sold_out"
    only = (await guest.view())["items"][0]["id"]
    assert states((await guest.send(item_ids=[only])).json()) == ["sent", "draft"]


async def test_the_last_portion_is_ordered_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    room = await make_room(runtime, client, on_hand=1)
    first, second = await room.guest(), await room.guest(1)
    await first.add(room.dish(1))
    await second.add(room.dish(1), room.dish(2))
    assert (await first.send()).status_code == 200
    answer = await second.send()
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert (states(await second.view()), await room.left()) == (["draft", "draft"], [1, 0, 1])
    menu = (await room.client.get(f"{room.shop}/menu")).json()
    assert {dish["name_en"]: dish["sold_out"] for dish in menu["dishes"]}["Soup"]


async def test_later_courses_are_held_until_they_are_called(room: Room) -> None:
    guest = await room.guest()
    view = await guest.order(room.dish(0), room.dish(1), hold_from_course=2)
    assert states(view) == ["held", "sent"]
    assert [item["name_en"] for item in (await room.staff("GET", "/kitchen")).json()["items"]] == ["Soup"]
    bill = await guest.bill(shown_total_minor=4800)
    assert (bill.status_code, bill.json()["code"]) == (409, "dining_held_dishes")
    fired = await guest.shopper.post(guest.path + "/fire", {"course": 2})
    assert states(fired.json()) == ["sent", "sent"]
    again = await guest.shopper.post(guest.path + "/fire", {"course": 2})
    assert again.json()["code"] == "dining_list_empty"


async def test_the_board_moves_dishes_forward_and_a_step_back(room: Room) -> None:
    guest = await room.guest()
    await guest.order(room.dish(0), room.dish(2))
    board = (await room.staff("GET", "/kitchen")).json()
    ids = [item["id"] for item in board["items"]]
    assert [(item["tables"], item["state"]) for item in board["items"]] == [(["1"], "sent"), (["1"], "sent")]
    bar = (await room.staff("GET", f"/kitchen?station={room.stations[1]['id']}")).json()["items"]
    assert [item["name_en"] for item in bar] == ["Tea"]

    async def move(to: str, *which: str) -> httpx.Response:
        return await room.staff("POST", "/kitchen/moves", {"item_ids": list(which), "to": to})

    assert (await move("cooking", *ids)).status_code == 200
    wrong = await move("cooking", *ids)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "dining_item_moved")
    assert (await move("draft", ids[0])).status_code == 422
    assert (await move("ready", ids[0])).json()["items"][0]["ready_at"] is not None
    partly = await move("served", ids[0], str(new_id()))
    assert partly.status_code == 409
    assert states(await guest.view()) == ["ready", "cooking"]
    assert (await move("cooking", ids[0])).json()["items"][0]["ready_at"] is None
    assert (await move("ready", *ids)).status_code == 200
    assert (await move("served", *ids)).json()["items"] == []
    assert (await move("ready", ids[0])).json()["items"][0]["state"] == "ready"


async def test_a_dish_is_called_off_before_it_is_begun(room: Room) -> None:
    guest = await room.guest()
    items = (await guest.order(room.dish(0), room.dish(1)))["items"]
    await room.staff("POST", "/kitchen/moves", {"item_ids": [items[0]["id"]], "to": "cooking"})
    body = {"reason": "客人改主意"}
    late = await room.staff("POST", f"{guest.staff_path}/items/{items[0]['id']}/cancel", body)
    assert (late.status_code, late.json()["code"]) == (409, "dining_dish_cooking")
    no_reason = await room.staff("POST", f"{guest.staff_path}/items/{items[1]['id']}/cancel", {"reason": " "})
    assert no_reason.status_code in {400, 422}
    done = await room.staff("POST", f"{guest.staff_path}/items/{items[1]['id']}/cancel", body)
    assert (states(done.json()), done.json()["unpaid_minor"]) == (["cooking", "cancelled"], 3000)
    assert await room.left() == [99, 100, 100]
    again = await room.staff("POST", f"{guest.staff_path}/items/{items[1]['id']}/cancel", body)
    assert (again.status_code, again.json()["code"]) == (409, "dining_item_moved")
    assert await violations(room.runtime) == []


async def test_a_dish_on_the_house_is_the_managers_to_give(room: Room) -> None:
    guest = await room.guest()
    items = (await guest.order(room.dish(0), room.dish(1)))["items"]
    url, body = f"{guest.staff_path}/items/{items[0]['id']}/comp", {"reason": "上菜太慢"}
    assert (await room.staff("POST", url, body)).status_code == 403
    given = (await room.staff("POST", url, body, who=room.manager)).json()
    assert (given["unpaid_minor"], given["relieved_minor"]) == (1800, 3000)
    assert (given["items"][0]["relief"], given["items"][0]["reason"]) == ("comp", "上菜太慢")
    twice = await room.staff("POST", url, body, who=room.manager)
    assert twice.status_code == 409
    assert await room.left() == [99, 99, 100]
    assert (await guest.quote())["price"]["payable_minor"] == 1800
    assert await violations(room.runtime) == []


async def test_staff_order_for_guests_without_phones(room: Room) -> None:
    opened = (await room.staff("POST", f"/tables/{room.tables[0]['id']}/open", {"people": 2})).json()
    path = f"/seatings/{opened['id']}"
    added = await room.staff("POST", path + "/items", {"lines": [room.dish(1)]}, key="once-and-only")
    await room.staff("POST", path + "/items", {"lines": [room.dish(1)]}, key="once-and-only")
    assert [(item["member_id"], item["quantity"]) for item in added.json()["items"]] == [(None, 1)]
    assert len((await room.staff("GET", path)).json()["items"]) == 1
    assert states((await room.staff("POST", path + "/send", {})).json()) == ["sent"]
    nobody = await room.staff("POST", path + "/bill", {"shown_total_minor": 1800})
    assert (nobody.status_code, nobody.json()["code"]) == (409, "dining_nobody_to_bill")
    known = await room.staff("POST", path + "/guests", {"phone": "13800138000"})
    assert len(known.json()["guests"]) == 1
    assert (await room.staff("POST", path + "/bill", {"shown_total_minor": 1800})).status_code == 200


async def test_groups_of_choices_are_changed_without_losing_what_has_run_out(room: Room) -> None:
    group = room.groups[0]
    await sold_out(room, f"/options/{hot(room)[0]}")
    strong = group["options"][1]
    body = {
        "name_zh": "辣度", "name_en": "Heat", "least": 1, "most": 1,
        "options": [
            {"id": strong["id"], "name_zh": "变态辣", "name_en": "Insane", "extra_minor": 300},
            {"name_zh": "不辣", "name_en": "None"},
        ],
    }  # fmt: skip
    path = f"/option-groups/{group['id']}"
    assert (await room.staff("PUT", path, body)).status_code == 403
    changed = (await room.staff("PUT", path, body, who=room.manager)).json()
    assert [(one["name_en"], one["sold_out"]) for one in changed["options"]] == [("Insane", True), ("None", False)]
    foreign = {**body, "options": [{"id": str(new_id()), "name_zh": "x", "name_en": "x"}]}
    assert (await room.staff("PUT", path, foreign, who=room.manager)).status_code == 422
    assert (await room.staff("PUT", f"/option-groups/{new_id()}", body, who=room.manager)).status_code == 404
    assert (await room.staff("DELETE", path, who=room.manager)).status_code == 200
    menu = (await room.client.get(f"{room.shop}/menu")).json()
    assert all(dish["groups"] == [] for dish in menu["dishes"])
