from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper, violations
from tests.factories.counter import ask, clerk, code, manager, redeem, tickets, wrong
from tests.factories.malls import make_mall

from galleria.foundation import catalog
from galleria.platform.runtime import Runtime
from galleria.value import coupons


async def sold(runtime: Runtime, client: httpx.AsyncClient, *quantities: int, valid_days: int = 30) -> Shopper:
    """Return a shopper who bought physical goods and vouchers of the first shop, and a voucher of the third."""
    mall = await make_mall(runtime)
    voucher = catalog.Kind.VOUCHER
    goods = [
        await make_product(runtime, mall, mall.shop_ids[0], price_minor=8000),
        await make_product(runtime, mall, mall.shop_ids[0], price_minor=3000, kind=voucher, valid_days=valid_days),
        await make_product(runtime, mall, mall.shop_ids[2], price_minor=4550, kind=voucher),
    ]
    shopper = await make_shopper(runtime, client, mall=mall, goods=goods)
    await shopper.paid(*(quantities or (2, 2, 1)))
    return shopper


async def parts(shopper: Shopper) -> dict[str, str]:
    [order] = (await shopper.get("/me/orders")).json()["items"]
    return {part["shop_zh"]: part["state"] for part in order["shops"]}


async def test_a_paid_order_has_a_ticket_a_voucher_unit_and_one_for_its_goods(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await sold(runtime, client)
    found = await tickets(shopper)
    assert [t["kind"] for t in found] == ["pickup", "voucher", "voucher", "voucher"]
    assert len({t["serial"] for t in found}) == 4
    assert len({t["secret_base64"] for t in found}) == 4


async def test_a_lookup_tells_what_it_is_and_changes_nothing(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client)
    pickup = (await tickets(shopper))[0]
    staff = await clerk(runtime, shopper.mall)
    body = {"shop_id": str(shopper.mall.shop_ids[0]), "code": code(pickup)}
    seen = (await ask(shopper, staff, "POST", "/redemptions/lookup", body)).json()
    assert (seen["kind"], seen["usable"], seen["refusal"]) == ("pickup", True, None)
    assert [(item["name_zh"], item["quantity"]) for item in seen["items"]] == [("燕麦拿铁", 2)]
    assert "****" in seen["member_masked"]
    assert shopper.member.phone not in seen["member_masked"]
    assert (await tickets(shopper))[0]["state"] == "valid"


async def test_goods_and_vouchers_are_handed_over_once_and_the_part_is_fulfilled(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await sold(runtime, client)
    mine = [t for t in await tickets(shopper) if t["shop_zh"] == "1号店"]
    staff = await clerk(runtime, shopper.mall)
    done: list[dict[str, Any]] = []
    for ticket in mine:
        answer = await redeem(shopper, staff, code(ticket))
        assert answer.status_code == 201, answer.text
        done.append(answer.json())
    assert [d["sub_order_fulfilled"] for d in done] == [False, False, True]
    assert done[0]["items"][0]["quantity"] == 2
    assert await parts(shopper) == {"1号店": "fulfilled", "3号店": "ready"}
    again = await redeem(shopper, staff, code(mine[0]))
    assert (again.status_code, again.json()["code"]) == (409, "already_redeemed")
    told = again.json()["params"]
    assert (told["shop_zh"], told["shop_en"], told["staff"]) == ("1号店", "Shop 1", "王店员")
    assert told["at"].endswith("Z")
    history = (await ask(shopper, staff, "GET", f"/redemptions?shop={shopper.mall.shop_ids[0]}&limit=2")).json()
    assert (history["today_count"], len(history["items"])) == (3, 2)
    assert history["next_cursor"]
    assert await violations(runtime) == []


async def test_the_same_key_gives_the_same_answer_and_one_effect(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client)
    ticket = (await tickets(shopper))[0]
    staff = await clerk(runtime, shopper.mall)
    answers = [await redeem(shopper, staff, code(ticket), key="same-key-of-a-bad-network") for _ in range(5)]
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1


async def test_another_shops_ticket_names_the_right_shop(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client)
    theirs = next(t for t in await tickets(shopper) if t["shop_zh"] == "3号店")
    staff = await clerk(runtime, shopper.mall)
    refused = await redeem(shopper, staff, code(theirs))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_this_shop")
    assert refused.json()["params"] == {"shop_zh": "3号店", "shop_en": "Shop 3"}
    elsewhere = await redeem(shopper, staff, code(theirs), shop=2)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "forbidden")
    assert {t["state"] for t in await tickets(shopper)} == {"valid"}


async def test_a_screenshot_is_stale_after_a_minute(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client)
    ticket = (await tickets(shopper))[0]
    refused = await redeem(shopper, await clerk(runtime, shopper.mall), code(ticket, ago=timedelta(seconds=95)))
    assert (refused.status_code, refused.json()["code"]) == (409, "code_stale")


async def test_wrong_codes_are_counted_by_clerk_and_end(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client)
    ticket = (await tickets(shopper))[0]
    guesser, honest = await clerk(runtime, shopper.mall), await clerk(runtime, shopper.mall)
    found = [(await redeem(shopper, guesser, wrong(ticket))).json()["code"] for _ in range(11)]
    assert found == ["ticket_code_wrong"] * 10 + ["too_many"]
    assert (await redeem(shopper, guesser, code(ticket))).status_code == 429
    for _ in range(12):
        assert (await redeem(shopper, honest, code(ticket, ago=timedelta(seconds=95)))).status_code == 409
    assert (await redeem(shopper, honest, code(ticket))).status_code == 201


@pytest.mark.parametrize(("shown", "expected"), [("nonsense", 422), ("000000000000", 404), ("", 422)])
async def test_what_is_no_ticket_is_refused(
    runtime: Runtime, client: httpx.AsyncClient, shown: str, expected: int
) -> None:
    shopper = await make_shopper(runtime, client)
    answer = await redeem(shopper, await clerk(runtime, shopper.mall), shown)
    assert answer.status_code == expected


async def test_an_expired_voucher_says_since_when(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client)
    ticket = next(t for t in await tickets(shopper) if t["kind"] == "voucher" and t["shop_zh"] == "1号店")
    async with runtime.db.read() as tx:
        await tx.value(
            "UPDATE redemption.ticket SET valid_until = now() - interval '1 day' WHERE id = $1::uuid", ticket["id"]
        )
    refused = await redeem(shopper, await clerk(runtime, shopper.mall), code(ticket))
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_expired")
    assert refused.json()["params"]["until"]


async def test_only_the_owner_sees_a_ticket(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client)
    ticket = (await tickets(shopper))[0]
    other = await make_shopper(runtime, client, mall=shopper.mall, goods=shopper.goods)
    assert (await other.get(f"/me/tickets/{ticket['id']}")).status_code == 404
    assert (await other.get("/me/tickets")).json()["items"] == []
    staff = await clerk(runtime, shopper.mall)
    assert (await ask(shopper, staff, "GET", f"/me/tickets/{ticket['id']}")).status_code == 403
    assert (await client.get(f"{shopper.base}/me/tickets/{ticket['id']}")).status_code == 401


async def test_a_manager_reverses_and_the_ticket_is_good_again(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client, 1, 1)
    pickup, voucher = await tickets(shopper)
    staff, boss = await clerk(runtime, shopper.mall), await manager(runtime, shopper.mall)
    await redeem(shopper, staff, code(pickup))
    made = (await redeem(shopper, staff, code(voucher))).json()
    assert await parts(shopper) == {"1号店": "fulfilled"}
    path, why = f"/redemptions/{made['id']}/reverse", {"reason": "扫错了"}
    for wrong_one in (staff, await clerk(runtime, shopper.mall, 2), await manager(runtime, shopper.mall, 1)):
        assert (await ask(shopper, wrong_one, "POST", path, why)).status_code == 403
    assert (await ask(shopper, boss, "POST", path, {"reason": ""})).status_code == 422
    reversed_one = await ask(shopper, boss, "POST", path, why)
    assert reversed_one.status_code == 200, reversed_one.text
    assert (reversed_one.json()["reason"], reversed_one.json()["reversible"]) == ("扫错了", False)
    assert await parts(shopper) == {"1号店": "preparing"}
    again = await ask(shopper, boss, "POST", path, why)
    assert (again.status_code, again.json()["code"]) == (409, "redemption_reversed")
    assert (await redeem(shopper, staff, code(voucher))).status_code == 201
    assert await violations(runtime) == []


async def coupon_ticket(shopper: Shopper, **coupon: Any) -> dict[str, Any]:
    claim_id = await shopper.claim(**coupon)
    answer = await shopper.post(f"/me/coupons/{claim_id}/ticket")
    assert answer.status_code == 200, answer.text
    again = await shopper.post(f"/me/coupons/{claim_id}/ticket")
    assert again.json()["id"] == answer.json()["id"]
    found: dict[str, Any] = answer.json()
    return found


async def test_a_coupon_in_the_shop_wants_the_bill_and_tells_the_discount(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    ticket = await coupon_ticket(shopper)
    staff, boss = await clerk(runtime, shopper.mall), await manager(runtime, shopper.mall)
    missing = await redeem(shopper, staff, code(ticket))
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "bill_minor")
    low = await redeem(shopper, staff, code(ticket), bill_minor=9000)
    assert (low.status_code, low.json()["params"]["missing_minor"]) == (409, 1000)
    done = await redeem(shopper, staff, code(ticket), bill_minor=12000)
    assert (done.status_code, done.json()["discount_minor"]) == (201, 2000)
    twice = await redeem(shopper, staff, code(ticket), bill_minor=12000)
    assert twice.json()["code"] == "already_redeemed"
    assert await violations(runtime) == []
    undone = await ask(shopper, boss, "POST", f"/redemptions/{done.json()['id']}/reverse", {"reason": "顾客改主意"})
    assert undone.status_code == 200, undone.text
    assert (await redeem(shopper, staff, code(ticket), bill_minor=15000)).status_code == 201
    assert await violations(runtime) == []


async def test_a_plain_amount_needs_no_bill(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    ticket = await coupon_ticket(shopper, threshold_minor=0)
    done = await redeem(shopper, await clerk(runtime, shopper.mall), code(ticket))
    assert (done.json()["discount_minor"], done.json()["bill_minor"]) == (2000, None)


async def test_a_share_of_the_bill_is_capped(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    kind = coupons.CouponKind.PERCENT
    ticket = await coupon_ticket(
        shopper, kind=kind, amount_minor=None, percent_bp=1500, cap_minor=1000, threshold_minor=0
    )
    done = await redeem(shopper, await clerk(runtime, shopper.mall), code(ticket), bill_minor=9999)
    assert done.json()["discount_minor"] == 1000


async def test_a_coupon_held_by_an_unpaid_order_says_so(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    claim_id = await shopper.claim()
    ticket = (await shopper.post(f"/me/coupons/{claim_id}/ticket")).json()
    await shopper.fill(2, 0)
    placed = await shopper.place(claim_id=claim_id)
    assert placed.status_code == 201, placed.text
    staff = await clerk(runtime, shopper.mall)
    refused = await redeem(shopper, staff, code(ticket), bill_minor=12000)
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_held")
    body = {"shop_id": str(shopper.mall.shop_ids[0]), "code": code(ticket)}
    seen = (await ask(shopper, staff, "POST", "/redemptions/lookup", body)).json()
    assert (seen["usable"], seen["refusal"]["code"]) == (False, "claim_held")


async def test_a_coupon_of_another_shop_is_refused_and_stays(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    ticket = await coupon_ticket(shopper, shop_ids=[shopper.mall.shop_ids[2]])
    refused = await redeem(shopper, await clerk(runtime, shopper.mall), code(ticket), bill_minor=20000)
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_not_for_shop")
    served = await redeem(shopper, await clerk(runtime, shopper.mall, 2), code(ticket), shop=2, bill_minor=20000)
    assert served.status_code == 201


async def test_another_members_coupon_has_no_ticket(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    claim_id = await shopper.claim()
    other = await make_shopper(runtime, client, mall=shopper.mall, goods=shopper.goods)
    assert (await other.post(f"/me/coupons/{claim_id}/ticket")).status_code == 404


async def test_the_shoppers_page_hears_of_it_at_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await sold(runtime, client)
    ticket = (await tickets(shopper))[0]
    stream = runtime.hub.stream([f"member:{shopper.member_id}"])
    assert await anext(stream) is None
    await redeem(shopper, await clerk(runtime, shopper.mall), code(ticket))
    notice = await anext(stream)
    assert notice is not None
    assert (notice.kind, notice.data["ticket_id"]) == ("redemption.redeemed", ticket["id"])
    await stream.aclose()
