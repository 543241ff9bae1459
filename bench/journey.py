"""A shopper's journey, request by request; whoever drives it may send the same bytes again after a lost answer."""

from collections.abc import Generator
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from bench import seed
from bench.load import Answer, Connection, request
from bench.stage import Stage, database

Journey = Generator[bytes, Answer, UUID]


class Shopper(msgspec.Struct, frozen=True):
    """Who buys: a member's token, a claim they hold, and two variants of two shops."""

    member_id: UUID
    token: str
    claim_id: UUID
    variant_ids: tuple[UUID, UUID]


async def shoppers(made: Stage, mall: seed.Mall, count: int, *, start: int = 1) -> list[Shopper]:
    """Write `count` members, numbered from `start`, who hold a coupon each."""
    async with database(made.dsn) as connection:
        members = await seed.members(connection, mall, count, start=start)
        held = await seed.claims(connection, mall, members)
    return [
        Shopper(member, made.token(member, mall.group_id), claim, _two_variants(mall, i))
        for i, (member, claim) in enumerate(zip(members, held, strict=True))
    ]


def _two_variants(mall: seed.Mall, i: int) -> tuple[UUID, UUID]:
    """Return two variants of two neighbouring shops, another pair for each of 2,000 shoppers."""
    shops = seed.SHOPS
    one = i % shops + shops * (i // shops % 10)
    other = (i + 1) % shops + shops * (i // (10 * shops) % 10)
    return mall.variant_ids[one], mall.variant_ids[other]


def buy(mall: seed.Mall, shopper: Shopper) -> Journey:
    """Fill the cart, ask the price, place the order, pay at the sandbox's cashier; return the order's id."""
    base, token = f"/v1/malls/{mall.id}", shopper.token
    cart = {"lines": [{"variant_id": v, "quantity": 1} for v in shopper.variant_ids]}
    accepted((yield request("PATCH", f"{base}/cart", token, cart, key=True)))
    wish = {"best": False, "claim_ids": [str(shopper.claim_id)]}
    quote = (yield request("POST", f"{base}/checkout/quote", token, wish)).json()
    wanted = {"claim_ids": quote["claim_ids"], "shown_total_minor": quote["payable_minor"]}
    order = accepted((yield request("POST", f"{base}/orders", token, wanted, key=True)))
    paid = yield press(order["cashier_url"], "pay")
    assert paid.status in {200, 303, 409}, paid  # 409: the answer to the first press was lost
    return UUID(order["id"])


def give_back(mall: seed.Mall, shopper: Shopper, order_id: UUID) -> Journey:
    """Give the whole order back; return its id."""
    path = f"/v1/malls/{mall.id}/me/orders/{order_id}/refunds"
    accepted((yield request("POST", path, shopper.token, {"everything": True, "reason": "changed my mind"}, key=True)))
    return order_id


def press(cashier_url: str, action: str) -> bytes:
    """Return the request of one of the cashier's buttons."""
    content, where = f"action={action}".encode(), urlsplit(cashier_url)
    head = f"POST {where.path}?{where.query} HTTP/1.1\r\nhost: localhost\r\n"
    kind = "content-type: application/x-www-form-urlencoded\r\n"
    return f"{head}{kind}content-length: {len(content)}\r\n\r\n".encode() + content


async def follow(connection: Connection, journey: Journey) -> UUID:
    """Go through a journey on one connection; return what it returns."""
    raw = next(journey)
    while True:
        try:
            raw = journey.send(await connection.send(raw))
        except StopIteration as end:
            found: UUID = end.value
            return found


def accepted(answer: Answer) -> dict[str, str]:
    """Return the body of an accepted request; raises AssertionError for a refused one."""
    assert answer.status in {200, 201}, answer
    found: dict[str, str] = answer.json()
    return found
