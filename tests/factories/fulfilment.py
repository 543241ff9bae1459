"""A mall that brings goods: a zone around it, slots, a desk with compartments, a shop with all ways, an address."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from galleria.commerce import fulfilment, orders
from galleria.commerce.fulfilment import model
from galleria.commerce.fulfilment.operations import addresses, points, settings
from galleria.foundation import members
from galleria.kernel.ids import OrderId, PointId, ShopId, new_id
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_staff, make_member, make_staff

T = TypeVar("T")
HERE = (31.2, 121.4)
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


class Bringing(msgspec.Struct, frozen=True):
    """What `make_bringing` made: shop 0 goes every way, brought by its own staff; the desk has three compartments."""

    runtime: Runtime
    mall: MadeMall
    member: members.Member
    address: model.Address
    desk: model.Point
    zone: model.Zone

    @property
    def shop_id(self) -> ShopId:
        return self.mall.shop_ids[0]

    def part(self, **over: Any) -> fulfilment.Part:
        fields = {"shop_id": self.shop_id, "merchant_id": self.mall.merchant_ids[0], "goods_minor": 8000}
        return fulfilment.Part(**fields | over)

    def choice(self, way: orders.Way, **over: Any) -> orders.WayChoice:
        fields: dict[str, Any] = {"shop_id": self.shop_id, "way": way}
        if way in {orders.Way.DELIVERY, orders.Way.EXPRESS}:
            fields["address_id"] = self.address.id
        if way is orders.Way.POINT:
            fields["point_id"] = self.desk.id
        return orders.WayChoice(**fields | over)

    async def quote(
        self, choice: orders.WayChoice | None = None, *, now: datetime | None = None, **part: Any
    ) -> dict[orders.Way, fulfilment.WayOption]:
        async with self.runtime.db.read() as tx:
            (offer,) = await fulfilment.quote_ways(
                tx,
                mall_id=self.mall.mall_id,
                parts=[self.part(**part)],
                member_id=self.member.id,
                choices=[] if choice is None else [choice],
                now=now or datetime.now(UTC),
            )
        return {option.way: option for option in offer.ways}

    async def book(
        self, choice: orders.WayChoice, *, order_id: OrderId | None = None, now: datetime | None = None, **part: Any
    ) -> list[fulfilment.Booked]:
        moment = now or datetime.now(UTC)
        return await write(
            self.runtime,
            lambda tx: fulfilment.book(
                tx,
                mall_id=self.mall.mall_id,
                order_id=order_id or OrderId(new_id()),
                member_id=self.member.id,
                parts=[self.part(**part)],
                choices=[choice],
                now=moment,
            ),
            returns=list[fulfilment.Booked],
        )

    async def rule(self, way: orders.Way, **over: Any) -> model.SlotRule:
        fields = {
            "way": way, "weekdays": EVERY_DAY, "starts": "10:00", "ends": "12:00", "capacity": 2, "lead_minutes": 0,
        } | over  # fmt: skip
        return await write(
            self.runtime,
            lambda tx: settings.save_rule(
                tx, mall_id=self.mall.mall_id, rule_id=None, new=model.SlotRuleInput(**fields), now=datetime.now(UTC)
            ),
            returns=model.SlotRule,
        )

    async def point(self, point_id: PointId | None = None, **over: Any) -> model.Point:
        return await make_point(self.runtime, self.mall, point_id=point_id, **over)


async def write(runtime: Runtime, operation: Callable[[Tx], Awaitable[T]], *, returns: type[T]) -> T:
    """Do something as one command of the system."""
    command = Command(kind="tests.fulfilment", actor=SYSTEM, now=datetime.now(UTC))
    return await runtime.db.write(command, operation, returns=returns)


def room(storage: str, capacity: int = 3, **over: Any) -> model.CompartmentInput:
    """Return a compartment to make."""
    fields = {"storage": model.Storage(storage), "capacity": capacity, "hours_max": 24, **over}
    return model.CompartmentInput(**fields)


async def make_point(runtime: Runtime, mall: MadeMall, *, point_id: PointId | None = None, **over: Any) -> model.Point:
    """Make the mall's desk with three compartments, or change a point."""
    fields: dict[str, Any] = {
        "code": f"d-{new_id().hex[-12:]}", "kind": model.PointKind.DESK, "name_zh": "一楼服务台",
        "name_en": "Ground floor desk", "fee_minor": 200,
        "compartments": [room("ambient"), room("chilled", low_tenths=0, high_tenths=80),
                         room("frozen", 1, unclaimed=model.Unclaimed.DESTROY, high_tenths=-180)],
    } | over  # fmt: skip
    return await write(
        runtime,
        lambda tx: points.save(
            tx, mall_id=mall.mall_id, point_id=point_id, new=model.PointInput(**fields), now=datetime.now(UTC)
        ),
        returns=model.Point,
    )


async def make_address(runtime: Runtime, member: members.Member, **over: Any) -> model.Address:
    """Keep an address a kilometre from the mall."""
    fields = {"person": "林晚", "phone": "13800000000", "street": "云杉路 1 号", "door": "3 栋 1201",
              "district": "徐汇区", "lat": HERE[0] + 0.009, "lon": HERE[1], **over}  # fmt: skip
    return await write(
        runtime,
        lambda tx: addresses.add(tx, member_id=member.id, new=model.NewAddress(**fields), now=datetime.now(UTC)),
        returns=model.Address,
    )


async def make_bringing(
    runtime: Runtime,
    *,
    mall: MadeMall | None = None,
    member: members.Member | None = None,
    carrier: model.Carrier = model.Carrier.OWN,
) -> Bringing:
    """Make a mall whose first shop's goods go every way, a member and his address; it never closes."""
    made = mall or await make_mall(runtime, hours="00:00-24:00")
    who = member or await make_member(runtime, made.group_id)
    now = datetime.now(UTC)
    zone = model.ZoneInput(
        name_zh="三公里内", name_en="Within 3 km", kind=model.ZoneKind.DISTANCE, reach_m=3000, fee_minor=600,
        free_from_minor=9900, minimum_minor=2000,
    )  # fmt: skip

    async def make(tx: Tx) -> model.Zone:
        policy = model.PolicyInput(lat=HERE[0], lon=HERE[1], last_mile=True)
        await settings.save_policy(tx, mall_id=made.mall_id, new=policy, now=now)
        for way, terms in (
            (orders.Way.DELIVERY, model.ShopWayInput(carrier=carrier)),
            (orders.Way.POINT, model.ShopWayInput()),
            (
                orders.Way.EXPRESS,
                model.ShopWayInput(carrier=model.Carrier.PARCEL, fee_minor=1200, transit_minutes=2880),
            ),
        ):
            await settings.save_way(tx, mall_id=made.mall_id, shop_id=made.shop_ids[0], way=way, new=terms, now=now)
        return await settings.save_zone(tx, mall_id=made.mall_id, zone_id=None, new=zone, now=now)

    kept = await write(runtime, make, returns=model.Zone)
    return Bringing(runtime, made, who, await make_address(runtime, who), await make_point(runtime, made), kept)


def tomorrow(hour: int) -> datetime:
    """Return an hour of tomorrow in Shanghai."""
    day = (datetime.now(UTC) + timedelta(hours=8)).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)


class Sent(msgspec.Struct, frozen=True):
    """A paid order whose goods of shop 0 were booked and started, and somebody of that shop and of the mall."""

    bringing: Bringing
    shopper: Shopper
    order: dict[str, Any]
    clerk: dict[str, str]
    operator: dict[str, str]

    @property
    def order_id(self) -> OrderId:
        return OrderId(UUID(self.order["id"]))

    async def shipments(self) -> list[dict[str, Any]]:
        answer = await self.shopper.get(f"/me/orders/{self.order_id}/shipments")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def only(self) -> dict[str, Any]:
        (found,) = await self.shipments()
        return found

    async def act(self, shipment_id: str, what: str, **body: Any) -> httpx.Response:
        """Do something to a shipment as the shop's clerk."""
        return await self.staff(f"/shipments/{shipment_id}/{what}", **body)

    async def staff(self, path: str, *, operator: bool = False, **body: Any) -> httpx.Response:
        headers = (self.operator if operator else self.clerk) | {"idempotency-key": new_id().hex}
        return await self.shopper.client.post(self.shopper.base + path, json=body, headers=headers)

    async def desk(self, what: str, **body: Any) -> httpx.Response:
        return await self.staff(f"/points/{self.bringing.desk.id}/{what}", operator=True, **body)

    async def packed(self, shipment: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
        """Pick and pack all of a shipment."""
        one = shipment or await self.only()
        lines = [{"line_id": line["line_id"], "picked": len(line["units"])} for line in one["lines"]]
        answer = await self.act(one["id"], "pack", **({"lines": lines, "shelf": "A3"} | body))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def at_point(self) -> dict[str, Any]:
        """Pack the only shipment and take it in at the desk."""
        packed = await self.packed()
        answer = await self.desk("arrivals", number=packed["number"], shelf="S1")
        assert answer.status_code == 200, answer.text
        return await self.only()


async def bought(shopper: Shopper, choice: orders.WayChoice, *quantities: int) -> dict[str, Any]:
    """Buy goods that go a way, and pay; return the order."""
    await shopper.fill(*quantities)
    ways = [msgspec.to_builtins(choice)]
    quoted = await shopper.ask(ways=ways)
    placed = await shopper.place(ways=ways, shown_total_minor=quoted["payable_minor"])
    assert placed.status_code == 201, placed.text
    paid = await shopper.decide(placed.json()["id"], "pay")
    assert paid.status_code == 303, paid.text
    return await shopper.order(placed.json()["id"])


async def make_sent(
    runtime: Runtime,
    client: httpx.AsyncClient,
    way: orders.Way,
    *,
    quantity: int = 2,
    goods: list[Any] | None = None,
    slots: bool = False,
    carrier: model.Carrier = model.Carrier.OWN,
    **choice: Any,
) -> Sent:
    """Buy goods of shop 0 that go a way, pay, and start their shipments."""
    mall = await make_mall(runtime, hours="00:00-24:00")
    shopper = await make_shopper(runtime, client, mall=mall, goods=goods)
    bringing = await make_bringing(runtime, mall=mall, member=shopper.member, carrier=carrier)
    if slots:
        await bringing.rule(way)
    asked = bringing.choice(way, **choice)
    if slots and asked.slot_id is None:
        free = (await bringing.quote(asked, product_ids=[shopper.goods[0].id]))[way].slots
        asked = msgspec.structs.replace(asked, slot_id=free[0].id)
    order = await bought(shopper, asked, quantity)
    shop = Grant(role=Role.CLERK, group_id=mall.group_id, mall_id=mall.mall_id, merchant_id=mall.merchant_ids[0],
                 shop_id=mall.shop_ids[0])  # fmt: skip
    clerk = await as_staff(runtime, await make_staff(runtime, mall.group_id, [shop]))
    all_of_it = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    operator = await as_staff(runtime, await make_staff(runtime, mall.group_id, [all_of_it]))
    return Sent(bringing, shopper, order, clerk, operator)
