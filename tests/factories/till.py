"""Tills: locking, redeeming, uploading late scans, and what is booked for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from galleria.foundation import catalog
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.counter import ask, tickets
from tests.factories.malls import make_mall


async def coupon_code(shopper: Shopper, **coupon: Any) -> tuple[str, dict[str, Any]]:
    """Have the shopper claim a coupon and open its ticket; return the claim's id and the ticket."""
    claim_id = await shopper.claim(**coupon)
    return claim_id, (await shopper.post(f"/me/coupons/{claim_id}/ticket")).json()


async def with_voucher(runtime: Runtime, client: httpx.AsyncClient) -> tuple[Shopper, dict[str, Any]]:
    """Return a shopper with one paid voucher of the first shop, and its ticket."""
    mall = await make_mall(runtime)
    goods = [await make_product(runtime, mall, mall.shop_ids[0], price_minor=3000, kind=catalog.Kind.VOUCHER)]
    shopper = await make_shopper(runtime, client, mall=mall, goods=goods)
    await shopper.paid(1)
    [ticket] = await tickets(shopper)
    return shopper, ticket


async def lock(
    shopper: Shopper,
    headers: dict[str, str],
    shown: str,
    bill_minor: int | None,
    *,
    shop: int = 0,
    key: str | None = None,
) -> httpx.Response:
    """Lock a coupon at one of the mall's shops."""
    body = {"shop_id": str(shopper.mall.shop_ids[shop]), "code": shown, "bill_minor": bill_minor}
    return await ask(shopper, headers, "POST", "/redemptions/locks", body, key=key)


async def end(
    shopper: Shopper, headers: dict[str, str], lock_id: str, how: str, *, key: str | None = None
) -> httpx.Response:
    """Redeem or release a lock."""
    return await ask(shopper, headers, "POST", f"/redemptions/locks/{lock_id}/{how}", key=key)


async def redeem_direct(
    shopper: Shopper, headers: dict[str, str], *, shop: int = 0, key: str | None = None, **body: Any
) -> httpx.Response:
    """Redeem a coupon at a till in one step."""
    asked = {"shop_id": str(shopper.mall.shop_ids[shop]), **body}
    return await ask(shopper, headers, "POST", "/coupons/redeem", asked, key=key)


def scan(
    shopper: Shopper, shown: str, at: datetime, *, shop: int = 0, number: str | None = None, **more: Any
) -> dict[str, Any]:
    """Return a scan as a till keeps it."""
    return {
        "request_number": number or str(new_id()),
        "shop_id": str(shopper.mall.shop_ids[shop]),
        "code": shown,
        "scanned_at": at.isoformat(),
        **more,
    }


async def upload(shopper: Shopper, headers: dict[str, str], *scans: dict[str, Any], **more: Any) -> httpx.Response:
    """Upload late scans."""
    return await ask(shopper, headers, "POST", "/redemptions/offline", {"scans": list(scans), **more})


async def outcomes(shopper: Shopper, headers: dict[str, str], *scans: dict[str, Any], **more: Any) -> list[str]:
    """Upload late scans and return what became of each."""
    answer = await upload(shopper, headers, *scans, **more)
    assert answer.status_code == 200, answer.text
    return [result["outcome"] for result in answer.json()["results"]]


async def owed(runtime: Runtime, kind: str, owner: UUID) -> int:
    """Return what the postings of an owner's accounts of a kind sum to."""
    async with runtime.db.read() as tx:
        total: int = await tx.value(
            "SELECT coalesce(sum(p.amount), 0)::bigint "
            "FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id WHERE a.kind = $1 AND a.owner_id = $2",
            kind,
            owner,
        )
    return total
