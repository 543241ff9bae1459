"""Bags on their way: a mall with a desk, a shop's clerk, a runner, a shopper, and what each of them scans."""

import base64
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
from PIL import Image

from galleria import main
from galleria.commerce import redemption
from galleria.foundation import members
from galleria.kernel.ids import new_id
from galleria.platform.actors import Role
from galleria.platform.runtime import Runtime
from tests.factories.counter import clerk, operator, worker
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, make_member


class Bags(msgspec.Struct):
    """A mall where bags are carried, and the headers of those who have to do with them."""

    client: httpx.AsyncClient
    runtime: Runtime
    mall: MadeMall
    member: members.Member
    shopper: dict[str, str]
    clerk: dict[str, str]
    runner: dict[str, str]
    operator: dict[str, str]
    labels: list[str] = []
    desk: dict[str, Any] = {}
    room: dict[str, Any] = {}

    @property
    def base(self) -> str:
        return f"/v1/malls/{self.mall.mall_id}"

    @property
    def shop(self) -> str:
        return str(self.mall.shop_ids[0])

    async def ask(
        self, who: dict[str, str], method: str, path: str, json: Any = None, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """Ask the API of the mall as somebody."""
        headers = who | {"idempotency-key": key or new_id().hex}
        return await self.client.request(method, self.base + path, json=json, headers=headers, **more)

    async def got(self, who: dict[str, str], method: str, path: str, json: Any = None, **more: Any) -> Any:
        """Ask, and return the answer, which is no refusal."""
        answer = await self.ask(who, method, path, json, **more)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def refused(self, who: dict[str, str], method: str, path: str, json: Any = None, **more: Any) -> str:
        """Ask, and return the code of the refusal."""
        answer = await self.ask(who, method, path, json, **more)
        assert answer.status_code in {403, 404, 409, 422, 429}, answer.text
        found: str = answer.json()["code"]
        return found

    def shelf(self, storage: str = "ambient", *, room: bool = False) -> str:
        """Return the desk's (or the store room's) first shelf of a storage."""
        place = self.room if room else self.desk
        return next(str(shelf["id"]) for shelf in place["shelves"] if shelf["storage"] == storage)

    def made(self, move: str, label: str, *, ago: float = 0, **more: Any) -> dict[str, Any]:
        """Return a scan as a phone keeps it, made some minutes ago."""
        at = datetime.now(UTC) - timedelta(minutes=ago)
        return {"id": str(new_id()), "move": move, "label": f"BAG:{label}", "at": at.isoformat(), **more}

    def sealing(self, label: str, *, ago: float = 0, **facts: Any) -> dict[str, Any]:
        """Return a sealing scan of the first shop."""
        seal = {"shopper": self.member.phone, **facts}
        return self.made("seal", label, ago=ago, shop_id=self.shop, seal=seal)

    async def send(self, who: dict[str, str], *scans: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """Upload scans and return what became of each."""
        answer = await self.got(who, "POST", "/bags/scans", {"scans": list(scans), **more})
        found: list[dict[str, Any]] = answer["results"]
        return found

    async def scan(self, who: dict[str, str], move: str, label: str, **more: Any) -> dict[str, Any]:
        """Make one scan and return what became of it."""
        [found] = await self.send(who, self.made(move, label, **more))
        return found

    async def sealed(self, place: int = 0, **facts: Any) -> str:
        """Seal a bag for the shopper and return its label."""
        label = self.labels[place]
        [found] = await self.send(self.clerk, self.sealing(label, **facts))
        assert found["outcome"] == "accepted", found
        return label

    async def shelved(self, place: int = 0, **facts: Any) -> str:
        """Seal a bag, carry it and lay it on a shelf; return its label."""
        label = await self.sealed(place, **facts)
        shelf = self.shelf(facts.get("storage", "ambient"))
        for move, more in (("take", {}), ("shelve", {"shelf_id": shelf})):
            found = await self.scan(self.runner, move, label, **more)
            assert found["outcome"] == "accepted", found
        return label

    async def bag(self, label: str) -> dict[str, Any]:
        """Return a bag as the mall's operator sees it."""
        found: dict[str, Any] = await self.got(self.operator, "GET", f"/bags/by-label/{label}")
        return found

    async def trip(self) -> dict[str, Any]:
        """Return the shopper's newest trip."""
        page = await self.got(self.shopper, "GET", "/me/trips")
        found: dict[str, Any] = page["items"][0]
        return found

    async def code(self, *, ago: float = 0) -> str:
        """Return the collection code the shopper's phone shows, or showed some minutes ago."""
        return shown((await self.trip())["code"], ago=ago)

    async def opened(self, who: dict[str, str] | None = None, code: str | None = None) -> str:
        """Open a hand-over by the shopper's code and return its number."""
        number = str(new_id())
        body = {"id": number, "code": code or await self.code()}
        await self.got(who or self.runner, "POST", "/bags/hand-overs", body)
        return number

    async def problems(self, *, only_open: bool = True) -> list[dict[str, Any]]:
        """Return what waits for a person."""
        page = await self.got(self.operator, "GET", f"/bag-exceptions?open={str(only_open).lower()}")
        found: list[dict[str, Any]] = page["items"]
        return found


async def make_bags(
    runtime: Runtime, client: httpx.AsyncClient, *, labels: int = 6, capacity: int = 20, **mall: Any
) -> Bags:
    """Make a mall with a desk (ambient and chilled shelves), a store room, labels, and everybody."""
    made = await make_mall(runtime, **mall)
    member = await make_member(runtime, made.group_id)
    bags = Bags(
        client,
        runtime,
        made,
        member,
        await as_member(runtime, member),
        await clerk(runtime, made),
        await worker(runtime, made, role=Role.RUNNER),
        await operator(runtime, made),
    )
    for kind, name in (("desk", "desk"), ("store_room", "room")):
        new = {"code": name, "kind": kind, "name_zh": "北门服务台", "name_en": "North desk", "floor_code": "F1"}
        place = await bags.got(bags.operator, "POST", "/bag-desks", new)
        for storage in ("ambient", "chilled"):
            wanted = {"code": storage[0].upper() + "1", "storage": storage, "capacity": capacity}
            place = await bags.got(bags.operator, "PUT", f"/bag-desks/{place['id']}/shelves", wanted)
        setattr(bags, name, place)
    batch = await bags.got(bags.operator, "POST", "/bag-labels", {"count": labels})
    bags.labels = await runtime_labels(runtime, batch["id"])
    return bags


async def runtime_labels(runtime: Runtime, batch_id: str) -> list[str]:
    """Return the labels of a batch in their order, which people read off the printed sheet."""
    rows = await runtime.db.pool.fetch(
        "SELECT code FROM handsfree.label WHERE batch_id = $1 ORDER BY position", batch_id
    )
    return [row["code"] for row in rows]


def shown(code: dict[str, Any], *, ago: float = 0) -> str:
    """Return what a phone shows of a rotating code, or showed some minutes ago."""
    step = redemption.step_at(datetime.now(UTC) - timedelta(minutes=ago))
    digits = redemption.rotating(base64.b64decode(code["secret_base64"]), step)
    return f"{code['prefix']}{code['serial']}{digits}"


def picture() -> bytes:
    """Return a picture as a phone's camera makes it."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 120, 60)).save(out, "JPEG")
    return out.getvalue()


async def unsound(runtime: Runtime) -> list[str]:
    """Return what the invariants of bags find wrong."""
    module = next(module for module in main.MODULES if module.name == "handsfree")
    async with runtime.db.read() as tx:
        return [found for rule in module.invariants for found in await tx.values(rule.sql)]
