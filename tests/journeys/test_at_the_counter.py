"""A counter says no for every reason there is, and after each no the ticket is as good as it was."""

from datetime import timedelta
from typing import Any

import pytest
from tests.factories.checkout import Shopper
from tests.factories.counter import code, redeem, tickets, wrong
from tests.factories.stories import Story, Town, make_town


class Counter:
    """The third shop's counter, and a shopper in front of it with a voucher of that shop."""

    def __init__(self, story: Story, town: Town, shopper: Shopper, order: dict[str, Any]) -> None:
        self.story, self.town, self.shopper, self.order = story, town, shopper, order
        self.clerk: dict[str, str] = {}
        self.voucher: dict[str, Any] = {}
        self.pickup: dict[str, Any] = {}

    async def shows(self, shown: str, *, shop: int = 2, who: dict[str, str] | None = None, **more: Any) -> Any:
        return await redeem(self.shopper, who or self.clerk, shown, shop=shop, **more)

    async def refuses(self, shown: str, status: int, why: str, **more: Any) -> dict[str, Any]:
        """Assert that a code is refused for this reason, in both languages, and that nothing has changed."""
        before = await self.states()
        answer = await self.shows(shown, **more)
        assert (answer.status_code, answer.json()["code"]) == (status, why), answer.text
        assert await self.states() == before
        await self.story.sound()
        found: dict[str, Any] = answer.json()
        return found

    async def states(self) -> list[str]:
        self.shopper = await self.story.back(self.shopper)
        return [ticket["state"] for ticket in await tickets(self.shopper)]

    def now(self, ticket: dict[str, Any] | None = None, **ago: float) -> str:
        return code(ticket or self.voucher, at=self.story.clock.now, ago=timedelta(**ago))


@pytest.fixture
async def counter(story: Story) -> Counter:
    town = await make_town(story, valid_days=30)
    shopper = await story.shopper(town.mall, town.goods)
    made = Counter(story, town, shopper, await town.bought(shopper, 1, 2))
    made.clerk = await town.clerk(2)
    made.pickup, made.voucher, _ = await tickets(shopper)
    await story.passes(minutes=2)
    return made


async def test_what_is_no_code_of_ours(counter: Counter) -> None:
    await counter.refuses("hello", 422, "invalid")
    await counter.refuses("GAL:000000000000", 404, "ticket_not_found")
    await counter.refuses(wrong(counter.voucher, at=counter.story.clock.now), 422, "ticket_code_wrong")


async def test_a_screenshot_dies(counter: Counter) -> None:
    assert (await counter.shows(counter.now(seconds=30))).status_code == 201
    _, _, other = await tickets(await counter.story.back(counter.shopper))
    counter.voucher = other if other["state"] == "valid" else (await tickets(counter.shopper))[1]
    await counter.refuses(counter.now(seconds=60), 409, "code_stale")
    await counter.refuses(counter.now(minutes=9), 409, "code_stale")
    await counter.refuses(counter.now(minutes=11), 422, "ticket_code_wrong")


async def test_at_the_wrong_shop_and_by_the_wrong_people(counter: Counter) -> None:
    first = await counter.town.clerk(0)
    told = await counter.refuses(counter.now(), 403, "not_this_shop", shop=0, who=first)
    assert told["params"] == {"shop_zh": "3号店", "shop_en": "Shop 3"}
    await counter.refuses(counter.now(), 403, "forbidden", who=first)
    await counter.refuses(counter.now(), 403, "forbidden", who=await counter.town.manager(0))
    await counter.refuses(counter.now(), 403, "forbidden", who=counter.shopper.headers)
    await counter.refuses(counter.now(counter.pickup), 403, "not_this_shop")


async def test_used_before(counter: Counter) -> None:
    used_at = counter.story.clock.now
    assert (await counter.shows(counter.now())).status_code == 201
    await counter.story.passes(minutes=3)
    told = await counter.refuses(counter.now(), 409, "already_redeemed")
    assert told["params"]["at"] == f"{used_at:%Y-%m-%dT%H:%M:%SZ}"
    assert (told["params"]["shop_zh"], told["params"]["staff"]) == ("3号店", "王店员")
    await counter.refuses(counter.now(minutes=2), 409, "already_redeemed")


async def test_its_last_day_is_over(counter: Counter) -> None:
    await counter.story.passes(days=30)
    told = await counter.refuses(counter.now(), 409, "ticket_expired")
    assert told["params"]["until"].endswith("Z")


async def test_refunded(counter: Counter) -> None:
    shopper = await counter.story.back(counter.shopper)
    path = f"/me/orders/{counter.order['id']}/refunds"
    assert (await shopper.post(path, {"everything": True})).status_code == 201
    await counter.refuses(counter.now(), 409, "ticket_refunded")
    first = await counter.town.clerk(0)
    await counter.refuses(counter.now(counter.pickup), 409, "ticket_refunded", shop=0, who=first)


async def coupon_ticket(counter: Counter, **coupon: Any) -> dict[str, Any]:
    claim_id = await counter.town.claim(counter.shopper, await counter.town.coupon(**coupon))
    answer = await counter.shopper.post(f"/me/coupons/{claim_id}/ticket")
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "claim_id": claim_id}


async def test_a_coupon_that_does_not_hold(counter: Counter) -> None:
    counter.shopper = await counter.story.back(counter.shopper)
    ticket = await coupon_ticket(counter)
    missing = await counter.refuses(counter.now(ticket), 422, "invalid")
    assert missing["errors"][0]["field"] == "bill_minor"
    low = await counter.refuses(counter.now(ticket), 409, "coupon_below_threshold", bill_minor=9999)
    assert low["params"]["missing_minor"] == 1
    elsewhere = await coupon_ticket(counter, shop_ids=[str(counter.town.mall.shop_ids[0])])
    await counter.refuses(counter.now(elsewhere), 409, "coupon_not_for_shop", bill_minor=20000)
    assert (await counter.shows(counter.now(ticket), bill_minor=10000)).json()["discount_minor"] == 2000
    await counter.story.sound()


async def test_a_coupon_spent_online_or_over(counter: Counter) -> None:
    counter.shopper = await counter.story.back(counter.shopper)
    ticket, late = await coupon_ticket(counter), await coupon_ticket(counter)
    await counter.town.bought(counter.shopper, 2, claim_id=ticket["claim_id"])
    await counter.refuses(counter.now(ticket), 409, "claim_used", bill_minor=20000)
    await counter.story.passes(days=91)
    await counter.refuses(counter.now(late), 409, "claim_expired", bill_minor=20000)


async def test_a_manager_reverses_and_it_can_be_used_again(counter: Counter) -> None:
    made = (await counter.shows(counter.now())).json()
    path, why = f"/redemptions/{made['id']}/reverse", {"reason": "扫错了券"}
    town = counter.town
    for who in (counter.clerk, await town.manager(0)):
        assert (await town.staff(who, "POST", path, why)).status_code == 403
    boss = await town.manager(1)
    assert (await town.staff(boss, "POST", path, {"reason": " "})).status_code == 422
    await counter.story.passes(days=1)
    reversed_one = await town.staff(boss, "POST", path, why)
    assert (reversed_one.status_code, reversed_one.json()["reason"]) == (200, "扫错了券")
    assert await counter.states() == ["valid", "valid", "valid"]
    await counter.story.sound()
    again = await town.staff(boss, "POST", path, why)
    assert (again.status_code, again.json()["code"]) == (409, "redemption_reversed")

    used = await counter.shows(counter.now())
    assert used.status_code == 201, used.text
    await counter.refuses(counter.now(), 409, "already_redeemed")
    trail = (await town.staff(town.operator, "GET", "/audit?kind=redemption.reverse")).json()["items"]
    assert len(trail) == 1
    await counter.story.passes(days=7, seconds=1)
    late = await town.staff(boss, "POST", f"/redemptions/{used.json()['id']}/reverse", why)
    assert (late.status_code, late.json()["code"]) == (409, "reversal_too_late")
    await counter.story.sound()


async def test_what_was_handed_over_and_refunded_is_not_reversed(counter: Counter) -> None:
    town = counter.town
    handed = await counter.shows(counter.now(counter.pickup), shop=0, who=await town.clerk(0))
    assert handed.status_code == 201, handed.text
    line = counter.order["sub_orders"][0]["lines"][0]["id"]
    body = {"lines": [{"line_id": line, "count": 1}], "reason": "坏了", "restock": True}
    assert (await town.staff(town.operator, "POST", f"/orders/{counter.order['id']}/refunds", body)).status_code == 201
    await counter.story.sound()
    path = f"/redemptions/{handed.json()['id']}/reverse"
    refused = await town.staff(await town.manager(0), "POST", path, {"reason": "扫错了券"})
    assert (refused.status_code, refused.json()["code"]) == (409, "reversal_refunded")
    await counter.story.sound()
