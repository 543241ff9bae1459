"""A supermarket that lets shoppers scan, a restaurant with tables, and the people in them."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from galleria.commerce import redemption
from galleria.foundation import catalog
from galleria.kernel.ids import new_id
from galleria.main import MODULES
from galleria.onsite.scango import rules
from galleria.platform.runtime import Runtime
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.counter import clerk, manager, operator
from tests.factories.malls import MadeMall, make_mall

MILK, WINE, HAM = "6901234567892", "6922266437342", "21/12345"
FORMATS = [
    {"prefix": "21", "measure": "price", "item_digits": 5, "value_digits": 5},
    {"prefix": "22", "measure": "weight", "item_digits": 5, "value_digits": 5},
]
SOUND = {
    "orders", "payments", "checkout", "stock", "coupons", "offers", "points", "ledger", "scango", "dining", "wallet",
}  # fmt: skip


async def violations(runtime: Runtime) -> list[str]:
    """Return what the invariants of money, goods, baskets and tables find wrong."""
    modules = [module for module in MODULES if module.name in SOUND]
    async with runtime.db.read() as tx:
        return [found for module in modules for one in module.invariants for found in await tx.values(one.sql)]


def label(prefix: str, item: int, value: int) -> str:
    """Return the barcode that a scale prints."""
    body = f"{prefix}{item:05}{value:05}"
    return body + str(rules.check_digit(body))


class Market(msgspec.Struct, frozen=True):
    """A shop that lets shoppers scan: milk at 12.00, wine from 18 at 98.00, ham by weight at 80.00 a kilogram."""

    client: httpx.AsyncClient
    runtime: Runtime
    mall: MadeMall
    goods: list[catalog.Product]
    clerk: dict[str, str]
    manager: dict[str, str]
    operator: dict[str, str]

    @property
    def base(self) -> str:
        return f"/v1/malls/{self.mall.mall_id}"

    @property
    def shop(self) -> str:
        return f"{self.base}/shops/{self.mall.shop_ids[0]}"

    async def ask(
        self, headers: dict[str, str], method: str, url: str, json: Any = None, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """Ask the API as somebody."""
        keyed = headers | {"idempotency-key": key or new_id().hex}
        return await self.client.request(method, url, json=json, headers=keyed, **more)

    async def terms(self, **over: Any) -> None:
        """Set the shop's terms: nobody's bag is looked at unless said."""
        body = {"active": True, "check_bp": 0, "newcomer_bp": 0, "formats": FORMATS, **over}
        answer = await self.ask(self.operator, "PUT", f"{self.shop}/scan-and-go", body)
        assert answer.status_code == 200, answer.text

    async def barcodes(self, text: str, *, encoding: str = "utf-8") -> httpx.Response:
        """Import a file of barcodes."""
        return await self.client.post(
            f"{self.shop}/barcodes/import",
            files={"file": ("codes.csv", text.encode(encoding), "text/csv")},
            headers=self.manager,
        )

    async def shopper(self) -> "Scanner":
        """Return a fresh member with an open basket."""
        member = await make_shopper(self.runtime, self.client, mall=self.mall, goods=self.goods)
        answer = await member.post("/me/scan-and-go", {"shop_id": str(self.mall.shop_ids[0])})
        assert answer.status_code == 201, answer.text
        return Scanner(self, member, answer.json()["id"])

    async def left(self) -> list[int]:
        """Return what can still be bought of each good."""
        async with self.runtime.db.read() as tx:
            return [
                await tx.value(
                    "SELECT on_hand - reserved FROM stock.level WHERE mall_id = $1 AND variant_id = $2",
                    self.mall.mall_id,
                    good.variants[0].id,
                )
                for good in self.goods
            ]


class Scanner(msgspec.Struct, frozen=True):
    """A shopper with a basket."""

    market: Market
    shopper: Shopper
    session: str

    @property
    def path(self) -> str:
        return f"/me/scan-and-go/{self.session}"

    async def scan(self, code: str, quantity: int = 1, *, key: str | None = None) -> httpx.Response:
        return await self.shopper.post(self.path + "/items", {"code": code, "quantity": quantity}, key=key)

    async def view(self) -> dict[str, Any]:
        answer = await self.shopper.get(self.path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def pay(self, *, key: str | None = None, **over: Any) -> httpx.Response:
        """Ask for payment at the price shown, unless told otherwise."""
        if "shown_total_minor" not in over:
            price = (await self.view())["price"]
            over["shown_total_minor"] = 0 if price is None else price["payable_minor"]
        return await self.shopper.post(self.path + "/pay", over, key=key)

    async def paid(self) -> dict[str, Any]:
        """Pay at the sandbox's cashier, and return the order."""
        answer = await self.pay()
        assert answer.status_code == 200, answer.text
        done = await self.shopper.decide(answer.json()["id"], "pay")
        assert done.status_code == 303, done.text
        order: dict[str, Any] = answer.json()
        return order

    async def exit_pass(self) -> httpx.Response:
        return await self.shopper.get(self.path + "/exit")

    async def code(self, *, ago: timedelta = timedelta()) -> str:
        """Return what the phone shows at the gate, or showed some time ago."""
        answer = await self.exit_pass()
        assert answer.status_code == 200, answer.text
        made = answer.json()
        secret = base64.b64decode(made["secret_base64"])
        return f"GAX:{made['serial']}{redemption.rotating(secret, redemption.step_at(datetime.now(UTC) - ago))}"

    async def gate(self, code: str, *, who: dict[str, str] | None = None, shop: int = 0) -> httpx.Response:
        body = {"shop_id": str(self.market.mall.shop_ids[shop]), "code": code}
        return await self.market.ask(who or self.market.clerk, "POST", f"{self.market.base}/gate/lookup", body)

    async def decide(self, outcome: str = "passed", *, key: str | None = None, **more: Any) -> httpx.Response:
        body = {"shop_id": str(self.market.mall.shop_ids[0]), "outcome": outcome, **more}
        url = f"{self.market.base}/gate/{self.session}/decision"
        return await self.market.ask(self.market.clerk, "POST", url, body, key=key)


async def make_market(runtime: Runtime, client: httpx.AsyncClient, *, on_hand: int = 100, **terms: Any) -> Market:
    """Make a shop with goods, barcodes and staff that lets shoppers scan."""
    mall = await make_mall(runtime)
    goods = [
        await make_product(runtime, mall, mall.shop_ids[0], price_minor=price, on_hand=on_hand, name_zh=zh, name_en=en)
        for price, zh, en in ((1200, "牛奶", "Milk"), (9800, "红酒", "Wine"), (8000, "火腿", "Ham"))
    ]
    market = Market(
        client,
        runtime,
        mall,
        goods,
        await clerk(runtime, mall),
        await manager(runtime, mall),
        await operator(runtime, mall),
    )
    await market.terms(**terms)
    milk, wine, ham = (good.variants[0].sku for good in goods)
    rows = f"barcode,sku,min_age\n{MILK},{milk},\n{WINE},{wine},18\n{HAM},{ham},\n22/12345,{ham},\n"
    answer = await market.barcodes(rows)
    assert answer.json()["problems"] == [], answer.text
    return market


class Room(msgspec.Struct, frozen=True):
    """A restaurant: noodles with choices at 30.00, soup at 18.00, tea at 6.00; tables 1 to 3, two stations."""

    client: httpx.AsyncClient
    runtime: Runtime
    mall: MadeMall
    goods: list[catalog.Product]
    tables: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    stations: list[dict[str, Any]]
    clerk: dict[str, str]
    manager: dict[str, str]

    @property
    def shop(self) -> str:
        return f"/v1/malls/{self.mall.mall_id}/shops/{self.mall.shop_ids[0]}"

    async def staff(
        self, method: str, path: str, json: Any = None, *, key: str | None = None, who: dict[str, str] | None = None
    ) -> httpx.Response:
        """Ask the API of the restaurant as a waiter, or as somebody else."""
        keyed = (who or self.clerk) | {"idempotency-key": key or new_id().hex}
        return await self.client.request(method, self.shop + path, json=json, headers=keyed)

    async def guest(self, table: int = 0, *, code: str = "") -> "Guest":
        """Return a fresh member who has scanned a table, with the code of the party there if one sits."""
        member = await make_shopper(self.runtime, self.client, mall=self.mall, goods=self.goods)
        answer = await member.post("/me/dining", {"sticker": self.tables[table]["sticker"], "join_code": code})
        assert answer.status_code == 201, answer.text
        return Guest(self, member, answer.json()["id"], answer.json()["join_code"])

    async def left(self) -> list[int]:
        """Return what can still be ordered of each dish."""
        async with self.runtime.db.read() as tx:
            return [
                await tx.value(
                    "SELECT on_hand - reserved FROM stock.level WHERE mall_id = $1 AND variant_id = $2",
                    self.mall.mall_id,
                    good.variants[0].id,
                )
                for good in self.goods
            ]

    def dish(self, which: int, quantity: int = 1, *, options: list[UUID] | None = None, **more: Any) -> dict[str, Any]:
        """Return a line: noodles come mild unless told otherwise."""
        mild = [self.groups[0]["options"][0]["id"]] if which == 0 else []
        chosen = mild if options is None else options
        return {
            "variant_id": str(self.goods[which].variants[0].id), "quantity": quantity, "option_ids": chosen, **more,
        }  # fmt: skip


class Guest(msgspec.Struct, frozen=True):
    """A phone at a table."""

    room: Room
    shopper: Shopper
    seating: str
    join_code: str

    @property
    def path(self) -> str:
        return f"/me/dining/{self.seating}"

    @property
    def staff_path(self) -> str:
        return f"/seatings/{self.seating}"

    async def view(self) -> dict[str, Any]:
        answer = await self.shopper.get(self.path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def add(self, *lines: dict[str, Any], key: str | None = None) -> httpx.Response:
        return await self.shopper.post(self.path + "/items", {"lines": list(lines)}, key=key)

    async def send(self, *, key: str | None = None, **more: Any) -> httpx.Response:
        return await self.shopper.post(self.path + "/send", more, key=key)

    async def order(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Put dishes on the list and send them."""
        added = await self.add(*lines)
        assert added.status_code == 200, added.text
        answer = await self.send(**more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def quote(self, **request: Any) -> dict[str, Any]:
        answer = await self.shopper.post(self.path + "/bill/quote", request)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def bill(self, *, key: str | None = None, **request: Any) -> httpx.Response:
        """Ask for the bill at the price shown, unless told otherwise."""
        if "shown_total_minor" not in request:
            request["shown_total_minor"] = (await self.quote())["price"]["payable_minor"]
        return await self.shopper.post(self.path + "/bill", request, key=key)

    async def paid(self) -> dict[str, Any]:
        """Pay all of the bill at the sandbox's cashier, and return the order."""
        answer = await self.bill()
        assert answer.status_code == 200, answer.text
        done = await self.shopper.decide(answer.json()["id"], "pay")
        assert done.status_code == 303, done.text
        order: dict[str, Any] = answer.json()
        return order


async def make_room(runtime: Runtime, client: httpx.AsyncClient, *, on_hand: int = 100, **terms: Any) -> Room:
    """Make a restaurant with a menu, tables, a kitchen and staff."""
    mall = await make_mall(runtime)
    goods = [
        await make_product(runtime, mall, mall.shop_ids[0], price_minor=price, on_hand=on_hand, name_zh=zh, name_en=en)
        for price, zh, en in ((3000, "牛肉面", "Noodles"), (1800, "例汤", "Soup"), (600, "绿茶", "Tea"))
    ]
    boss, waiter = await manager(runtime, mall), await clerk(runtime, mall)
    room = Room(client, runtime, mall, goods, [], [], [], waiter, boss)
    stations = [{"name_zh": "热炒", "name_en": "Wok"}, {"name_zh": "水吧", "name_en": "Bar"}]
    made = await room.staff("PUT", "/dining", {"active": True, "stations": stations, **terms}, who=boss)
    assert made.status_code == 200, made.text
    room.stations.extend(made.json()["stations"])
    heat = {
        "name_zh": "辣度", "name_en": "Heat", "least": 1, "most": 1,
        "options": [{"name_zh": "微辣", "name_en": "Mild"}, {"name_zh": "重辣", "name_en": "Hot", "extra_minor": 200}],
    }  # fmt: skip
    group = await room.staff("POST", "/option-groups", heat, who=boss)
    assert group.status_code == 201, group.text
    room.groups.append(group.json())
    wok, bar = (station["id"] for station in room.stations)
    for good, dish in zip(
        goods,
        (
            {"station_id": wok, "course": 2, "group_ids": [group.json()["id"]]},
            {"station_id": wok, "course": 1},
            {"station_id": bar, "course": 1},
        ),
        strict=True,
    ):
        answer = await room.staff("PUT", f"/dishes/{good.id}", dish, who=boss)
        assert answer.status_code == 200, answer.text
    for number in ("1", "2", "3"):
        answer = await room.staff("POST", "/tables", {"number": number, "seats": 4}, who=boss)
        assert answer.status_code == 201, answer.text
        room.tables.append(answer.json())
    return room
