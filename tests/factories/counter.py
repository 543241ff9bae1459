"""What a counter needs: clerks and managers of a shop, and the codes shoppers show there."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from galleria.commerce import redemption
from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from tests.factories.checkout import Shopper
from tests.factories.malls import MadeMall
from tests.factories.members import as_staff, make_staff


async def clerk(runtime: Runtime, mall: MadeMall, shop: int = 0) -> dict[str, str]:
    """Return the headers of a clerk of one shop of a mall."""
    return await worker(runtime, mall, role=Role.CLERK, shop_id=mall.shop_ids[shop])


async def manager(runtime: Runtime, mall: MadeMall, merchant: int = 0) -> dict[str, str]:
    """Return the headers of the manager of a merchant."""
    return await worker(runtime, mall, role=Role.MERCHANT_MANAGER, merchant_id=mall.merchant_ids[merchant])


async def operator(runtime: Runtime, mall: MadeMall) -> dict[str, str]:
    """Return the headers of the mall's operator."""
    return await worker(runtime, mall, role=Role.OPERATOR)


async def worker(runtime: Runtime, mall: MadeMall, **grant: Any) -> dict[str, str]:
    """Return the headers of someone with one grant in the mall."""
    account = await make_staff(runtime, mall.group_id, [Grant(group_id=mall.group_id, mall_id=mall.mall_id, **grant)])
    return await as_staff(runtime, account)


async def tickets(shopper: Shopper, order_id: str | None = None) -> list[dict[str, Any]]:
    """Return a shopper's tickets, the oldest first, with their serials and secrets."""
    query = f"?order={order_id}" if order_id else ""
    listed = (await shopper.get(f"/me/tickets{query}")).json()["items"]
    found = [(await shopper.get(f"/me/tickets/{ticket['id']}")).json() for ticket in reversed(listed)]
    return sorted(found, key=lambda ticket: ticket["kind"])


def code(ticket: dict[str, Any], *, ago: timedelta = timedelta(), at: datetime | None = None) -> str:
    """Return what the shopper's phone shows at a moment (now, if none is given), or showed some time before."""
    secret = base64.b64decode(ticket["secret_base64"])
    digits = redemption.rotating(secret, redemption.step_at((at or datetime.now(UTC)) - ago))
    return f"GAL:{ticket['serial']}{digits}"


def wrong(ticket: dict[str, Any], *, at: datetime | None = None) -> str:
    """Return a code of the ticket that never was one, within the steps a server looks at."""
    secret = base64.b64decode(ticket["secret_base64"])
    step = redemption.step_at(at or datetime.now(UTC))
    known = {redemption.rotating(secret, step + n) for n in range(-40, 41)}
    return ticket["serial"] + next(d for n in range(10_000) if (d := f"{n:04d}") not in known)


async def redeem(
    shopper: Shopper, headers: dict[str, str], shown: str, *, shop: int = 0, key: str | None = None, **more: Any
) -> httpx.Response:
    """Redeem a code at one of the mall's shops."""
    body = {"shop_id": str(shopper.mall.shop_ids[shop]), "code": shown, **more}
    keyed = headers | {"idempotency-key": key or new_id().hex}
    return await shopper.client.post(f"{shopper.base}/redemptions", json=body, headers=keyed)


async def ask(
    shopper: Shopper, headers: dict[str, str], method: str, path: str, json: Any = None, *, key: str | None = None
) -> httpx.Response:
    """Ask the API of the shopper's mall as someone."""
    keyed = headers | {"idempotency-key": key or new_id().hex}
    return await shopper.client.request(method, shopper.base + path, json=json, headers=keyed)
