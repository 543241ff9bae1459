"""Cases from what is asked to what is given, unhappy ways first, over HTTP."""

from typing import Any

import httpx
import pytest
from tests.factories.aftersales import Counter, counter, upload, violations
from tests.factories.checkout import work
from tests.factories.counter import ask, clerk, code, redeem, tickets
from tests.factories.members import as_member, make_member

from galleria.platform.runtime import Runtime


def refused(answer: httpx.Response, status: int, code: str) -> bool:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return True


def field(answer: httpx.Response) -> tuple[str, str]:
    assert answer.status_code == 422, answer.text
    one = answer.json()["errors"][0]
    return one["field"], one["code"]


async def cases(people: Counter) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await people.shopper.get("/me/cases")).json()["items"]
    return found


async def test_what_does_not_fit_is_refused_and_nothing_is_opened(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    voucher = people.line("voucher")["id"]
    assert field(await people.open(units=(2,)))[1] == "case_unit"
    assert field(await people.open(units=(0, 0)))[1] == "case_unit"
    assert field(await people.open("warranty")) == ("kind", "case_kind")
    assert field(await people.open("exchange", line=voucher)) == ("kind", "case_kind")
    assert field(await people.open(amount_minor=8001)) == ("amount_minor", "case_amount")
    assert field(await people.open(amount_minor=0)) == ("amount_minor", "case_amount")
    assert field(await people.open(pictures=["0" * 64 + ".webp"])) == ("pictures", "case_picture")
    assert field(await people.open(replacement_variant_id=people.shopper.variants[0]))[1] == "case_replacement"
    other = people.shopper.variants[1]
    assert field(await people.open("exchange", replacement_variant_id=other))[1] == "case_replacement"
    lines = [{"line_id": people.goods["id"], "units": [0]}, {"line_id": voucher, "units": [0]}]
    assert field(await people.open("refund_only", lines=lines))[1] == "case_line"
    path = f"{people.shopper.base}/me/orders/{people.order['id']}/cases"
    body = {"lines": lines[:1], "kind": "refund_only", "reason": "damaged"}
    keyless = await client.post(path, json=body, headers=people.shopper.headers)
    assert keyless.json()["code"] == "key_required"
    assert await cases(people) == []


async def test_goods_not_handed_over_can_only_be_refunded(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client, handed=False)
    askable = (await people.shopper.get(f"/me/orders/{people.order['id']}/askable")).json()
    assert {tuple(unit["kinds"]) for line in askable["lines"] for unit in line["units"]} == {("refund_only",)}
    assert field(await people.open("exchange")) == ("kind", "case_kind")
    case = await people.opened("refund_only")
    assert field(await people.staff(case, "counter", {"remedy": "exchange"})) == ("remedy", "case_remedy")
    made = await people.done(case, "approve")
    assert (made["state"], made["settled_minor"]) == ("refunded", 8000)
    assert (await people.shopper.left())[0] == 99
    assert await violations(runtime) == []


async def test_a_case_is_its_shoppers_and_its_shops(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    stranger = await as_member(runtime, await make_member(runtime, people.shopper.mall.group_id))
    for path in (f"/me/cases/{case['id']}", f"/me/orders/{people.order['id']}/askable"):
        assert (await client.get(people.shopper.base + path, headers=stranger)).status_code == 404
    gone = await client.post(
        f"{people.shopper.base}/me/cases/{case['id']}/withdraw", headers=stranger | {"idempotency-key": "steal"}
    )
    assert gone.status_code == 404
    others = await clerk(runtime, people.shopper.mall, 2)
    assert (await ask(people.shopper, others, "GET", f"/cases/{case['id']}")).status_code == 404
    assert (await people.staff(case, "approve", who=people.clerk)).status_code == 403
    assert (await people.staff(case, "grant")).status_code == 403
    assert case["state"] == (await people.seen(case))["state"] == "requested"


async def test_a_unit_is_in_one_case_at_a_time(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    refused(await people.open("repair"), 409, "unit_in_case")
    other = await people.opened(units=(1,))
    assert (await people.mine(case, "withdraw")).json()["state"] == "withdrawn"
    again = await people.opened()
    assert {c["id"] for c in await cases(people)} == {case["id"], other["id"], again["id"]}
    refused(await people.staff(case, "approve"), 409, "case_moved")
    assert await violations(runtime) == []


async def test_the_same_key_opens_one_case(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    answers = [await people.open(key="one-key-for-a-case") for _ in range(3)]
    assert len({a.json()["id"] for a in answers}) == 1


async def test_a_return_goes_from_the_ask_to_the_money(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    picture = await upload(people.shopper)
    case = await people.opened(words="杯口有裂纹", pictures=[picture])
    assert (case["asked_minor"], case["can"]) == (8000, ["note", "withdraw"])
    approved = await people.done(case, "approve", {"words": "请寄回"})
    assert (approved["state"], approved["code"]) == ("approved", "")
    seen = await people.seen(case)
    assert len(seen["code"]) == 10
    assert seen["can"] == ["note", "withdraw", "send"]
    assert {m["actor_name"] for m in seen["moves"]} == {""}
    sent = (await people.mine(case, "parcel", {"carrier": "顺丰", "tracking": "SF1234567890"})).json()
    assert (sent["state"], sent["goods"]) == ("returning", "on_the_way")
    refused(await people.mine(case, "withdraw"), 409, "case_moved")
    assert (await people.brought(case))["state"] == "received"
    done = await people.done(case, "approve", {"restock": True})
    assert (done["state"], done["settled_minor"]) == ("refunded", 8000)
    assert [m["what"] for m in done["moves"]] == ["open", "approve", "send", "scan_in", "approve"]
    assert done["moves"][0]["pictures"] == [picture]
    assert (await people.now())["refunded_minor"] == 8000
    assert (await people.shopper.left())[0] == 99
    await work(runtime)
    [refund] = (await people.shopper.get(f"/me/orders/{people.order['id']}/refunds")).json()["items"]
    assert (refund["id"], refund["money_state"]) == (done["refund_id"], "succeeded")
    assert await violations(runtime) == []


async def test_goods_are_given_in_at_any_counter_by_their_code(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    await people.done(case, "approve")
    shown = (await people.seen(case))["code"]
    others = await clerk(runtime, people.shopper.mall, 2)
    there = str(people.shopper.mall.shop_ids[2])
    refused(await ask(people.shopper, others, "POST", "/cases/lookup", {"code": "ZZZZZZZZZZ"}), 404, "case_code_wrong")
    found = (await ask(people.shopper, others, "POST", "/cases/lookup", {"code": f"GAC:{shown.lower()}"})).json()
    assert (found["id"], found["can"]) == (case["id"], ["scan_in"])
    refused(await people.staff(case, "scan-in", {"shop_id": there}, who=others), 404, "case_code_wrong")
    assert (await people.staff(case, "scan-in", {"code": shown}, who=others)).status_code == 403
    dropped = await people.done(case, "scan-in", {"shop_id": there, "code": shown, "place": "收银台"}, who=others)
    assert (dropped["state"], dropped["goods"]) == ("dropped", "point")
    refused(await people.staff(case, "approve"), 409, "case_moved")
    assert (await people.brought(case))["state"] == "received"
    refused(await people.staff(case, "scan-in", {"shop_id": people.shop_id}), 409, "case_moved")
    assert (await people.done(case, "approve"))["state"] == "refunded"
    assert await violations(runtime) == []


async def test_an_offer_is_the_shoppers_to_take(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    less = {"remedy": "refund_only", "amount_minor": 3000, "words": "补偿 30 元，商品您留着"}
    assert field(await people.staff(case, "approve", {"amount_minor": 3000})) == ("remedy", "case_less_than_asked")
    assert field(await people.staff(case, "counter", less | {"amount_minor": 8001}))[1] == "case_amount"
    refused(await people.mine(case, "accept"), 409, "case_moved")
    offered = await people.done(case, "counter", less)
    assert (offered["state"], offered["offered_minor"]) == ("countered", 3000)
    taken = (await people.mine(case, "accept")).json()
    assert (taken["state"], taken["settled_minor"]) == ("refunded", 3000)
    order = await people.now()
    assert order["refunded_minor"] == 3000
    unit = order["sub_orders"][0]["lines"][0]["units"][0]
    assert (unit["state"], unit["reduced_minor"]) == ("fulfilled", 3000)
    again = await people.opened()
    assert again["asked_minor"] == again["most_minor"] == 5000
    await people.done(again, "approve")
    await people.brought(again)
    assert (await people.done(again, "approve"))["settled_minor"] == 5000
    assert (await people.now())["refunded_minor"] == 8000
    await work(runtime)
    assert await violations(runtime) == []


async def test_a_refusal_goes_to_the_mall_whose_word_is_final(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    assert (await people.staff(case, "reject", {"words": " "})).status_code == 422
    assert (await people.done(case, "reject", {"words": "人为损坏"}))["state"] == "rejected"
    up = (await people.mine(case, "escalate", {"words": "收到时就是坏的"})).json()
    assert up["state"] == "escalated"
    assert (await people.staff(case, "refuse", {"words": "no"})).status_code == 403
    over = await people.done(case, "refuse", {"words": "照片看不出质量问题"}, who=people.operator)
    assert (over["state"], over["final"]) == ("closed", True)
    assert over["moves"][-1]["for_mall"] is True
    assert field(await people.open()) == ("kind", "case_kind")
    askable = (await people.shopper.get(f"/me/orders/{people.order['id']}/askable")).json()
    goods = next(line for line in askable["lines"] if line["kind"] == "physical")
    assert next(unit["kinds"] for unit in goods["units"]) == ["repair"]
    assert (await people.now())["refunded_minor"] == 0
    assert await violations(runtime) == []


async def test_the_mall_grants_what_the_shop_refused(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened("refund_only", amount_minor=2000)
    await people.done(case, "reject", {"words": "不同意"})
    await people.mine(case, "escalate", {"words": "请裁决"})
    over = await people.done(case, "grant", {"amount_minor": 1500, "words": "各让一步"}, who=people.operator)
    assert (over["state"], over["settled_minor"], over["final"]) == ("refunded", 1500, True)
    assert await violations(runtime) == []


async def test_goods_not_as_sent_wait_for_their_owner(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    await people.done(case, "approve")
    await people.brought(case)
    assert (await people.done(case, "reject", {"words": "少了配件"}))["state"] == "rejected"
    refused(await people.mine(case, "withdraw"), 409, "case_moved")
    await people.later(hours=80)
    seen = await people.seen(case)
    assert (seen["state"], seen["handing"]) == ("ready", "own")
    refused(await people.staff(case, "hand-over", {"code": "WRONGCODE1"}, who=people.clerk), 404, "case_code_wrong")
    handed = await people.done(case, "hand-over", {"code": seen["code"]}, who=people.clerk)
    assert (handed["state"], handed["goods"]) == ("closed", "member")
    assert (await people.now())["refunded_minor"] == 0
    assert await violations(runtime) == []


async def test_less_money_for_goods_that_came_in_worn(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    await people.done(case, "approve")
    await people.brought(case)
    refused(await people.staff(case, "counter", {"remedy": "refund_only", "amount_minor": 10}), 409,
            "case_goods_elsewhere")  # fmt: skip
    await people.done(case, "counter", {"remedy": "return_refund", "amount_minor": 5000, "words": "有使用痕迹"})
    taken = (await people.mine(case, "accept")).json()
    assert (taken["state"], taken["settled_minor"]) == ("refunded", 5000)
    assert (await people.shopper.left())[0] == 98
    assert await violations(runtime) == []


async def test_an_exchange_takes_stock_once_and_ends_at_the_counter(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    people = await counter(runtime, client, on_hand=3)
    case = await people.opened("exchange", units=(0,))
    more = await people.opened("exchange", units=(1,))
    await people.done(case, "approve")
    refused(await people.staff(more, "approve"), 409, "out_of_stock")
    assert (await people.seen(more))["state"] == "requested"
    assert await people.shopper.left() == [0, 2]
    await people.brought(case)
    ready = await people.done(case, "approve", {"restock": True})
    assert (ready["state"], ready["handing"]) == ("ready", "replacement")
    assert (await people.shopper.left())[0] == 1
    shown = (await people.seen(case))["code"]
    done = await people.done(case, "hand-over", {"code": shown}, who=people.clerk)
    assert done["state"] == "exchanged"
    refused(await people.staff(case, "hand-over", {"code": shown}, who=people.clerk), 409, "case_moved")
    assert (await people.now())["refunded_minor"] == 0
    assert await violations(runtime) == []


async def test_a_replacement_that_is_not_called_for_is_given_up(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client, on_hand=3)
    case = await people.opened("exchange")
    await people.done(case, "approve")
    assert (await people.shopper.left())[0] == 0
    await people.later(days=8)
    assert (await people.seen(case))["state"] == "closed"
    assert (await people.shopper.left())[0] == 1
    again = await people.opened("exchange")
    await people.done(again, "approve")
    await people.brought(again)
    await people.done(again, "reject", {"words": "不是本店的货"})
    assert (await people.shopper.left())[0] == 1
    await people.mine(again, "escalate", {"words": "是的"})
    over = await people.done(again, "grant", {"remedy": "exchange"}, who=people.operator)
    assert (over["state"], over["handing"]) == ("ready", "replacement")
    sent = await people.done(again, "shipped", {"carrier": "中通", "tracking": "ZT1"}, who=people.clerk)
    assert sent["state"] == "sent"
    assert (await people.mine(again, "got")).json()["state"] == "exchanged"
    assert await violations(runtime) == []


async def test_a_repair_under_warranty(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    terms = {"window_days": 0, "warranty_days": 365, "repair_days": 3}
    put = await ask(people.shopper, people.operator, "PUT", "/aftersales/policies",
                    {"shop_id": people.shop_id, "terms": terms})  # fmt: skip
    assert put.status_code == 200, put.text
    assert (await ask(people.shopper, people.manager, "PUT", "/aftersales/policies", {"terms": {}})).status_code == 403
    assert field(await people.open()) == ("kind", "case_kind")
    case = await people.opened("warranty")
    assert field(await people.staff(case, "approve")) == ("remedy", "required")
    await people.done(case, "approve", {"remedy": "repair"})
    await people.brought(case)
    assert (await people.done(case, "approve"))["state"] == "repairing"
    fixed = await people.done(case, "fixed", {"words": "换了主板"}, who=people.clerk)
    assert (fixed["state"], fixed["handing"]) == ("ready", "repaired")
    shown = (await people.seen(case))["code"]
    assert (await people.done(case, "hand-over", {"code": shown}, who=people.clerk))["state"] == "repaired"
    assert await violations(runtime) == []


async def test_a_used_voucher_gives_money_back_and_stays_used(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    staff = await clerk(runtime, people.shopper.mall, 2)
    ticket = next(t for t in await tickets(people.shopper) if t["kind"] == "voucher")
    assert (await redeem(people.shopper, staff, code(ticket), shop=2)).status_code == 201
    case = await people.opened("refund_only", line=people.line("voucher")["id"])
    over = await people.done(case, "approve", who=people.operator)
    assert (over["state"], over["settled_minor"]) == ("refunded", 4550)
    voucher = next(p for p in (await people.now())["sub_orders"] if p["lines"][0]["kind"] == "voucher")
    assert voucher["lines"][0]["units"][0]["state"] == "fulfilled"
    await work(runtime)
    assert await violations(runtime) == []


@pytest.mark.parametrize(("hours", "state"), [(47, "requested"), (49, "escalated"), (49 + 1000, "escalated")])
async def test_a_shop_that_does_not_answer_in_time(
    runtime: Runtime, client: httpx.AsyncClient, hours: int, state: str
) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    await people.later(hours=hours)
    seen = await people.seen(case)
    assert seen["state"] == state
    if state == "escalated":
        assert seen["moves"][-1]["what"] == "overdue"
        refused(await people.staff(case, "approve"), 409, "case_moved")
        over = await people.done(case, "grant", who=people.operator)
        assert over["state"] == "approved"
    assert await violations(runtime) == []


async def test_a_parcel_that_never_comes_is_the_malls_to_decide(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened()
    await people.done(case, "approve")
    await people.mine(case, "parcel", {"carrier": "圆通", "tracking": "YT1"})
    await people.later(days=11)
    assert (await people.seen(case))["state"] == "escalated"
    assert (await people.brought(case))["state"] == "escalated"
    over = await people.done(case, "grant", who=people.operator)
    assert (over["state"], over["settled_minor"]) == ("refunded", 8000)
    assert await violations(runtime) == []


async def test_units_refunded_elsewhere_leave_their_case(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    case = await people.opened(units=(0, 1))
    path = f"/orders/{people.order['id']}/refunds"
    body = {"lines": [{"line_id": people.goods["id"], "units": [0]}], "reason": "店内已退"}
    assert (await ask(people.shopper, people.manager, "POST", path, body)).status_code == 201
    await work(runtime)
    seen = await people.seen(case)
    assert (seen["state"], seen["most_minor"], seen["items"][0]["units"]) == ("requested", 8000, [1])
    body["lines"] = [{"line_id": people.goods["id"], "units": [1]}]
    assert (await ask(people.shopper, people.manager, "POST", path, body)).status_code == 201
    await work(runtime)
    seen = await people.seen(case)
    assert (seen["state"], seen["moves"][-1]["what"]) == ("closed", "settled")
    assert await violations(runtime) == []


async def test_the_board_shows_what_is_due_first(runtime: Runtime, client: httpx.AsyncClient) -> None:
    people = await counter(runtime, client)
    first, second = await people.opened(), await people.opened("repair", units=(1,))
    await people.done(first, "reject", {"words": "不"})
    listed = await ask(people.shopper, people.manager, "GET", "/cases?limit=1")
    assert [c["id"] for c in listed.json()["items"]] == [second["id"]]
    rest = await ask(people.shopper, people.manager, "GET", f"/cases?cursor={listed.json()['next_cursor']}")
    assert [c["id"] for c in rest.json()["items"]] == [first["id"]]
    assert rest.json()["items"][0]["member_masked"]
    others = await clerk(runtime, people.shopper.mall, 2)
    assert (await ask(people.shopper, others, "GET", "/cases")).json()["items"] == []
    await people.mine(first, "withdraw")
    ended = await ask(people.shopper, people.manager, "GET", "/cases?which=ended")
    assert [c["id"] for c in ended.json()["items"]] == [first["id"]]
    said = await people.mine(second, "notes", {"words": "请快一点"})
    assert said.json()["moves"][-1]["words"] == "请快一点"
    assert (await people.done(second, "notes", {"words": "好的"}))["moves"][-1]["actor_kind"] == "staff"
