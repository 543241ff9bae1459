"""Riders on shift and errands for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from galleria.commerce import riders
from galleria.commerce.riders import ErrandId
from galleria.foundation import members
from galleria.kernel.ids import ShipmentId, StaffId, new_id
from galleria.kernel.places import Stop
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from tests.factories.malls import MadeMall
from tests.factories.members import as_staff, make_member, make_staff

CODE = "481516"
MALL_AT = (31.2304, 121.4737)


def stop(name: str, *, north_m: int = 0, located: bool = True) -> Stop:
    """Return a stop so many metres north of the mall."""
    lat, lon = (MALL_AT[0] + north_m / 111_195, MALL_AT[1]) if located else (None, None)
    return Stop(name=name, address=f"云杉路{north_m}号", phone="13800138000", lat=lat, lon=lon)


class MadeRider(msgspec.Struct, frozen=True):
    """A rider with the way to the API."""

    client: httpx.AsyncClient
    mall: MadeMall
    id: StaffId
    headers: dict[str, str]

    async def get(self, path: str = "") -> httpx.Response:
        """Ask for something under the rider's own address."""
        return await self.client.get(f"/v1/malls/{self.mall.mall_id}/rider{path}", headers=self.headers)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Do something under the rider's own address, by a key of its own."""
        headers = {**self.headers, "idempotency-key": key or f"rider-{new_id()}"}
        url = f"/v1/malls/{self.mall.mall_id}/rider{path}"
        return await self.client.post(url, json={} if body is None else body, headers=headers)

    async def tasks(self) -> list[dict[str, Any]]:
        """Return the tasks as the phone shows them."""
        found: list[dict[str, Any]] = (await self.get()).json()["tasks"]
        return found

    async def fetched(self, errand_id: ErrandId) -> str:
        """Take an errand and fetch it; returns the task that brings it."""
        assert (await self.post(f"/errands/{errand_id}/take")).status_code == 200
        pickup = next(t for t in await self.tasks() if t["errand_id"] == str(errand_id) and t["kind"] == "pickup")
        answer = await self.post(f"/tasks/{pickup['id']}/done")
        assert answer.json()["errand_state"] == "carrying", answer.text
        task_id: str = answer.json()["next_task_id"]
        return task_id


async def make_rider(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, *, on_shift: bool = True
) -> MadeRider:
    """Make a rider of a mall, on shift."""
    grant = Grant(role=Role.RIDER, group_id=mall.group_id, mall_id=mall.mall_id)
    account = await make_staff(runtime, mall.group_id, [grant])
    made = MadeRider(client, mall, account.id, await as_staff(runtime, account))
    if on_shift:
        assert (await made.post("/shift", {"on": True})).status_code == 200
    return made


async def make_errand(
    runtime: Runtime,
    mall: MadeMall,
    *,
    shipment_id: ShipmentId | None = None,
    member: members.Member | None = None,
    code: str | None = CODE,
    pieces: int = 1,
    dropoff: Stop | None = None,
    minutes: int = 60,
) -> ErrandId:
    """Have the mall's riders bring a shipment within so many minutes."""
    shipment, now = shipment_id or ShipmentId(new_id()), datetime.now(UTC)
    owner = member or await make_member(runtime, mall.group_id)

    async def assign(tx: Tx) -> ErrandId:
        return await riders.assign(
            tx,
            mall_id=mall.mall_id,
            shipment_id=shipment,
            member_id=owner.id,
            number=f"S{shipment.hex[-8:]}",
            title="1号店",
            pickup=stop("1号店"),
            dropoff=dropoff or stop("李女士", north_m=1200),
            ready_at=now,
            window=(now, now + timedelta(minutes=minutes)),
            code_hash=None if code is None else riders.code_hash(shipment, code),
            pieces=pieces,
            now=now,
        )

    command = Command(kind="tests.errand", actor=SYSTEM, now=now, mall_id=mall.mall_id)
    return await runtime.db.write(command, assign, returns=ErrandId)  # type: ignore[arg-type]


async def moves_of(runtime: Runtime, mall: MadeMall) -> list[tuple[str, str]]:
    """Return what riders told of a mall's shipments: state and reason, the first first."""
    rows = await runtime.db.pool.fetch(
        """
        SELECT event ->> 'kind' AS kind, event -> 'data' ->> 'state' AS state, event -> 'data' ->> 'reason' AS reason
          FROM platform.journal j, jsonb_array_elements(j.events) AS event
         WHERE event -> 'data' ->> 'mall_id' = $1 ORDER BY j.id
        """,
        str(mall.mall_id),
    )
    return [(row["state"], row["reason"]) for row in rows if row["kind"] == "riders.moved"]
