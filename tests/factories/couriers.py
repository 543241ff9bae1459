"""Goods for couriers, and the way to the sandbox's companies."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from galleria.adapters import couriers_sandbox
from galleria.adapters.couriers_sandbox import House, store
from galleria.commerce import couriers
from galleria.commerce.couriers import Companies, RequestId, RequestState, RunState, jobs
from galleria.foundation import members
from galleria.kernel.ids import MallId, ShipmentId, new_id
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_staff, make_member, make_staff
from tests.factories.riders import stop
from tests.simulators.couriers import Faulty


class Depot(msgspec.Struct, frozen=True):
    """A mall that works with couriers: its manager, the companies' own house, and the way to the API."""

    runtime: Runtime
    client: httpx.AsyncClient
    mall: MadeMall
    manager: dict[str, str]
    house: House

    @property
    def base(self) -> str:
        return f"/v1/malls/{self.mall.mall_id}/couriers"

    async def request(
        self,
        *,
        shipment_id: ShipmentId | None = None,
        member: members.Member | None = None,
        phone: str = "13800138000",
        north_m: int = 1800,
        deliver_in: int = 60,
        goes: bool = True,
    ) -> RequestId:
        """Ask couriers to carry a shipment; with `goes` companies are asked and the first order is placed."""
        now, owner = datetime.now(UTC), member or await make_member(self.runtime, self.mall.group_id)
        there = msgspec.structs.replace(stop("李女士", north_m=north_m), phone=phone)
        made = await self.runtime.db.write(
            Command(kind="tests.request", actor=SYSTEM, now=now, mall_id=self.mall.mall_id),
            lambda tx: couriers.request(
                tx,
                mall_id=self.mall.mall_id,
                shipment_id=shipment_id or ShipmentId(new_id()),
                member_id=owner.id,
                number="S00001",
                title="1号店",
                pickup=stop("1号店"),
                dropoff=there,
                goods_minor=12_800,
                ready_at=now,
                deliver_by=now + timedelta(minutes=deliver_in),
                now=now,
            ),
            returns=UUID,
        )
        request_id = RequestId(made)
        if goes:
            await self.ask(request_id)
            await self.create(request_id)
        return request_id

    async def ask(self, request_id: RequestId) -> None:
        """Do the job that asks for quotes."""
        await jobs.ask_quotes(self.runtime, str(self.mall.mall_id), str(request_id))

    async def create(self, request_id: RequestId) -> None:
        """Do the job that places the present run's order."""
        await jobs.create(self.runtime, str(self.mall.mall_id), str((await self.run(request_id))["id"]))

    async def call_off(self, request_id: RequestId) -> None:
        """Do the job that calls the present run off."""
        await jobs.call_off(self.runtime, str(self.mall.mall_id), str((await self.run(request_id))["id"]))

    async def shown(self, request_id: RequestId) -> dict[str, Any]:
        """Return a request as the mall sees it."""
        found: dict[str, Any] = (
            await self.client.get(f"{self.base}/requests/{request_id}", headers=self.manager)
        ).json()
        return found

    async def run(self, request_id: RequestId) -> dict[str, Any]:
        """Return the last run of a request as the mall sees it."""
        found: dict[str, Any] = (await self.shown(request_id))["runs"][-1]
        return found

    async def state(self, request_id: RequestId) -> str:
        """Return where a request stands."""
        found: str = (await self.shown(request_id))["state"]
        return found

    async def move(self, request_id: RequestId, state: RunState, reason: str = "") -> httpx.Response:
        """Have the company of the present run move on and tell it."""
        headers, body = await self.word(request_id, state, reason)
        return await self.tell((await self.run(request_id))["company"], headers, body)

    async def word(self, request_id: RequestId, state: RunState, reason: str = "") -> tuple[dict[str, str], bytes]:
        """Have the company of the present run move on, and return its notice untold."""
        run = await self.run(request_id)
        entry = await store.find(self.runtime.db, run["company"], UUID(run["id"]))
        assert entry is not None
        moved = await self.house.move(entry, state, reason)
        assert moved is not None
        return self.house.notice(moved)

    async def tell(self, company: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        """Send a notice."""
        return await self.client.post(f"/v1/couriers/{company}/notices", content=body, headers=headers)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Do something as the manager."""
        headers = {**self.manager, "idempotency-key": key or f"depot-{new_id()}"}
        return await self.client.post(self.base + path, json=body, headers=headers)

    async def cost(self) -> int:
        """Return what couriers cost the mall by the ledger (minor units)."""
        found = await self.runtime.db.pool.fetchval(
            """
            SELECT coalesce(-sum(p.amount), 0)::bigint
              FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
             WHERE a.kind = 'delivery_costs' AND a.owner_id = $1
            """,
            self.mall.mall_id,
        )
        return int(found)

    async def calls(self) -> list[str]:
        """Return the jobs that wait for this mall's couriers, by name."""
        rows = await self.runtime.db.pool.fetch(
            "SELECT entrypoint FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE $1 ORDER BY id",
            f"%{self.mall.mall_id}%",
        )
        return [row["entrypoint"] for row in rows if row["entrypoint"].startswith("couriers.")]


async def make_depot(runtime: Runtime, client: httpx.AsyncClient) -> Depot:
    """Make a mall that works with both of the sandbox's companies."""
    mall = await make_mall(runtime)
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    manager = await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))
    return Depot(runtime, client, mall, manager, couriers_sandbox.house(runtime.db, runtime.signer))


@contextmanager
def faulty(runtime: Runtime, company: str) -> Iterator[Faulty]:
    """Put a wire that can go wrong between us and a company."""
    adapter: Any = runtime.port(Companies).get(company)
    wire = adapter.wire
    adapter.wire = bad = Faulty(wire)
    try:
        yield bad
    finally:
        adapter.wire = wire


async def cancel(depot: Depot, shipment_id: ShipmentId) -> RequestState | None:
    """Call a shipment's request off, as fulfilment does."""
    now, mall_id = datetime.now(UTC), MallId(depot.mall.mall_id)
    return await depot.runtime.db.write(
        Command(kind="tests.cancel", actor=SYSTEM, now=now, mall_id=mall_id),
        lambda tx: couriers.cancel(tx, mall_id=mall_id, shipment_id=shipment_id, reason="called_off", now=now),
        returns=RequestState | None,  # type: ignore[arg-type]
    )
