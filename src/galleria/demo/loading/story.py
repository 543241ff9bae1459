"""Which orders there were: ninety days of the world's, up to this minute, and what the demo's own shopper did."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal

import msgspec

from galleria.demo.loading.goods import Ware
from galleria.demo.world import World, members, order_plans
from galleria.demo.world.model import Member, OrderPlan, Outcome
from galleria.demo.world.offers import at

SHOPPER = 0
"""The demo's own shopper: the first member."""
SHOPPER_JOINED = timedelta(days=280)
SHOPPER_COUPONS = ("weekend-50", "dinner-30", "lunch-10", "film-15", "hefeng-60", "boiling-40")
PICKUP_SHOP = "hefeng-atelier"
VOUCHER_SHOPS = ("boiling-point", "north-window-coffee")
CART_SHOPS = ("under-the-eaves-books", "north-window-coffee")
BUSY_SHARE = 0.35
"""Today has at least this share of a usual day's orders."""
WAITING_TO_PAY = (2, 4, 7, 10)
"""Minutes since the last few shoppers went to the cashier page."""


class Size(msgspec.Struct, frozen=True):
    """How much to tell."""

    members: int = 20_000
    orders: int = 25_000
    days: int = 90


def people(world: World, size: Size) -> list[Member]:
    """Return the members; the first is the demo's own shopper and has been one for long."""
    everyone = list(members(size.members, seed=world.seed, today=world.today))
    joined = world.today - SHOPPER_JOINED
    everyone[SHOPPER] = msgspec.structs.replace(
        everyone[SHOPPER], name="林安然", joined=joined, language="zh-CN", activity=0.0
    )
    return everyone


def plans(
    world: World, everyone: Sequence[Member], wares: Sequence[Ware], size: Size, now: datetime
) -> list[OrderPlan]:
    """Return every order placed until now, oldest first."""
    tomorrow = msgspec.structs.replace(world, today=world.today + timedelta(days=1))
    told: list[OrderPlan] = []
    later: list[OrderPlan] = []
    for plan in order_plans(tomorrow, everyone, days=size.days, count=size.orders):
        (told if plan.placed_at <= now else later).append(plan)
    told.extend(_brought_forward(world, told, later, size, now))
    for plan, minutes in zip(later or told[-40:], WAITING_TO_PAY, strict=False):
        placed = now - timedelta(minutes=minutes)
        told.append(msgspec.structs.replace(plan, placed_at=placed, outcome="expired", coupon=None))
    told.extend(_shopper_orders(world, wares, now))
    told.sort(key=lambda plan: plan.placed_at)
    return told


def _brought_forward(
    world: World, told: Sequence[OrderPlan], later: Sequence[OrderPlan], size: Size, now: datetime
) -> list[OrderPlan]:
    """Return some of what the rest of the day would bring, moved before now, so that today is alive at any hour."""
    midnight = at(world.today, time(0))
    wanted = round(size.orders / size.days * BUSY_SHARE) - sum(plan.placed_at >= midnight for plan in told)
    if wanted <= 0 or not later:
        return []
    step, passed = max(1, len(later) // wanted), now - midnight
    found = []
    for number, plan in enumerate(later[::step]):
        placed = midnight + passed * ((plan.placed_at - midnight) / timedelta(days=1))
        soon = placed + (now - placed) * (0.2 + 0.06 * (number % 10))
        found.append(
            msgspec.structs.replace(
                plan,
                placed_at=placed,
                paid_at=None if plan.paid_at is None else placed + (plan.paid_at - plan.placed_at),
                redeemed_at=None if plan.redeemed_at is None else max(soon, placed + timedelta(minutes=5)),
                refunded_at=None if plan.refunded_at is None else max(soon, placed + timedelta(minutes=5)),
                cancelled_at=None if plan.cancelled_at is None else placed + (plan.cancelled_at - plan.placed_at),
                coupon=None,
            )
        )
    return found


def _shopper_orders(world: World, wares: Sequence[Ware], now: datetime) -> list[OrderPlan]:
    """Return what the demo's shopper bought: a pickup that waits, vouchers to use, older things long collected."""
    shops = [PICKUP_SHOP, *VOUCHER_SHOPS, *CART_SHOPS]
    own = {code: [i for i, ware in enumerate(wares) if world.shops[ware.shop].code == code] for code in shops}

    def of(code: str, kind: str, nth: int = 0) -> int:
        found = [i for i in own[code] if wares[i].kind == kind and wares[i].stock > 2]
        return found[nth % len(found)]

    pickup = of(PICKUP_SHOP, "physical")
    vouchers = [of(code, "voucher", nth) for nth, code in enumerate(VOUCHER_SHOPS)]
    book, top = of(CART_SHOPS[0], "physical", 5), of(PICKUP_SHOP, "physical", 7)
    hours = timedelta(hours=1)
    return [
        _order(now - 55 * 24 * hours, [(top, 1), (book, 2)], "collected"),
        _order(now - 26 * 24 * hours, [(vouchers[0], 1)], "redeemed"),
        _order(now - 19 * 24 * hours, [(of(PICKUP_SHOP, "physical", 3), 1)], "refunded"),
        _order(now - 12 * 24 * hours, [(of(CART_SHOPS[0], "physical", 2), 1)], "collected"),
        _order(now - 3 * 24 * hours, [(of(PICKUP_SHOP, "physical", 9), 1), (vouchers[1], 1)], "collected"),
        _order(now - 26 * hours, [(vouchers[0], 1), (vouchers[1], 1)], "unused"),
        _order(now - 3 * hours, [(pickup, 1)], "waiting"),
    ]


def _order(placed: datetime, lines: list[tuple[int, int]], outcome: Outcome | Literal["waiting"]) -> OrderPlan:
    paid, later = placed + timedelta(seconds=40), placed + timedelta(hours=5)
    return OrderPlan(
        member=SHOPPER,
        mall=0,
        placed_at=placed,
        lines=tuple(lines),
        coupon=None,
        outcome=outcome,
        paid_at=paid,
        redeemed_at=later if outcome in {"collected", "redeemed"} else None,
        refunded_at=later if outcome == "refunded" else None,
    )


def shopper_cart(world: World, wares: Sequence[Ware]) -> list[tuple[Ware, int]]:
    """Return what lies in the cart of the demo's shopper: things of two shops."""
    found = []
    for code, quantity in zip(CART_SHOPS, (1, 2), strict=True):
        fitting = [ware for ware in wares if world.shops[ware.shop].code == code and ware.stock > 5]
        found.append((fitting[4], quantity))
    return found
