"""Shoppers with something to spend, and malls that take it."""

from datetime import UTC, datetime
from typing import Any

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.value import points, wallet
from tests.factories.checkout import Shopper
from tests.factories.counter import operator
from tests.factories.overlap import write


async def worth(
    runtime: Runtime, shopper: Shopper, *, minor_per_point_bp: int = 10_000, cap_bp: int = 10_000, minimum: int = 1
) -> None:
    """Let the shopper's mall take points: a point is a minor unit unless told otherwise."""
    policy = points.SpendPolicy(minor_per_point_bp=minor_per_point_bp, cap_bp=cap_bp, minimum_points=minimum)
    now = datetime.now(UTC)
    await write(runtime, lambda tx: points.set_spend_policy(tx, mall_id=shopper.mall.mall_id, policy=policy, now=now))


async def give_points(shopper: Shopper, amount: int) -> None:
    """Give the shopper points to spend."""
    mall, now = shopper.mall, datetime.now(UTC)
    await write(
        shopper.runtime,
        lambda tx: points.give(
            tx,
            group_id=mall.group_id,
            mall_id=mall.mall_id,
            member_id=shopper.member_id,
            points=amount,
            reference=new_id(),
            title_zh="签到",
            title_en="a check-in",
            expires_at=None,
            now=now,
        ),
    )


async def put_in(shopper: Shopper, minor: int, boss: dict[str, str] | None = None) -> dict[str, Any]:
    """Put cash into the shopper's stored value at the desk."""
    headers = (boss or await operator(shopper.runtime, shopper.mall)) | {"idempotency-key": new_id().hex}
    answer = await shopper.client.post(
        f"{shopper.base}/members/{shopper.member_id}/wallet/credits", json={"amount_minor": minor}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def has(shopper: Shopper) -> tuple[int, int]:
    """Return how many points and how much stored value the shopper can spend now."""
    now = datetime.now(UTC)
    async with shopper.runtime.db.read() as tx:
        mine = await points.balance(tx, shopper.member_id, now=now)
        stored = await wallet.balance(tx, member_id=shopper.member_id, currency="CNY", now=now)
    return mine.balance, stored
