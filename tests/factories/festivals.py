"""Festivals that are on, and people who come to them."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from altcha import v1 as altcha

from galleria.engagement import festivals
from galleria.engagement.festivals.model import Challenge
from galleria.kernel.ids import new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons
from tests.factories.coupons import make_coupon
from tests.factories.malls import MadeMall
from tests.factories.members import as_member, make_member


def solve(challenge: Challenge | dict[str, Any]) -> str:
    """Return the proof of a challenge, found as a shopper's browser finds it."""
    given: dict[str, Any] = challenge if isinstance(challenge, dict) else msgspec.structs.asdict(challenge)
    found = altcha.solve_challenge(given["challenge"], given["salt"], given["algorithm"], given["maxnumber"])
    assert found is not None
    proof = {name: given[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(msgspec.json.encode(proof | {"number": found.number})).decode()


async def make_festival(
    runtime: Runtime, mall: MadeMall, *, announced: bool = True, coupon: dict[str, Any] | None = None, **over: Any
) -> festivals.Festival:
    """Make a festival of one coupon that opened a minute ago, without proof of work; `over` replaces fields."""
    now = datetime.now(UTC)
    if "coupon_ids" not in over:
        over["coupon_ids"] = [(await make_coupon(runtime, mall.mall_id, **{"gate": "festival", **(coupon or {})})).id]
    fields: dict[str, Any] = {
        "title_zh": "周年庆抢券",
        "title_en": "Anniversary vouchers",
        "opens_at": now - timedelta(minutes=1),
        "closes_at": now + timedelta(hours=2),
        "admit_per_s": 1000,
        "proof_of_work": False,
    }
    written = festivals.FestivalInput(**fields | over)

    async def make(tx: Tx) -> festivals.Festival:
        made = await festivals.create(tx, mall_id=mall.mall_id, festival=written, now=now)
        if announced:
            made = await festivals.announce(
                tx, mall_id=mall.mall_id, festival_id=made.id, now=min(now, written.opens_at)
            )
        return made

    command = Command(kind="tests.make_festival", actor=SYSTEM, now=now)
    return await runtime.db.write(command, make, returns=festivals.Festival)


class Guest:
    """A member at the doors of a festival, with a device of his own."""

    def __init__(self, client: httpx.AsyncClient, festival: festivals.Festival, headers: dict[str, str]) -> None:
        self.client = client
        self.path = f"/v1/malls/{festival.mall_id}/festivals/{festival.id}"
        self.coupon_ids = festival.coupon_ids
        self.headers = {"galleria-device": str(uuid4()), **headers}

    async def queue(self, **body: Any) -> httpx.Response:
        return await self.client.post(f"{self.path}/queue", json=body, headers=self.headers)

    async def look(self, ticket: str) -> httpx.Response:
        return await self.client.get(f"{self.path}/queue", params={"ticket": ticket}, headers=self.headers)

    async def claim(
        self, ticket: str | None, coupon_id: UUID | None = None, key: str | None = None, **body: Any
    ) -> httpx.Response:
        return await self.client.post(
            f"{self.path}/coupons/{coupon_id or self.coupon_ids[0]}/claims",
            json={"ticket": ticket, **body},
            headers={**self.headers, "idempotency-key": key or new_id().hex},
        )

    async def come_and_claim(self) -> httpx.Response:
        queued = await self.queue()
        return await self.claim(queued.json()["ticket"]) if queued.status_code == 201 else queued


async def guest(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, festival: festivals.Festival, **headers: str
) -> Guest:
    """Return a new member at the doors."""
    member = await make_member(runtime, mall.group_id)
    return Guest(client, festival, {**await as_member(runtime, member), **headers})


async def coupon_state(runtime: Runtime, festival: festivals.Festival) -> coupons.CouponState:
    """Return the state of a festival's first coupon."""
    async with runtime.db.read() as tx:
        return (await coupons.get_coupon(tx, mall_id=festival.mall_id, coupon_id=festival.coupon_ids[0])).state
