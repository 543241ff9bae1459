"""What the demo mall is equipped with: ways for goods, points, desks, tables and scanners. Made through the doors."""

from datetime import datetime

import msgspec

from galleria.commerce import fulfilment
from galleria.commerce.orders import Way
from galleria.demo.world.model import Mall
from galleria.kernel.ids import MallId, MemberId, ProductId, ShopId, StaffId, VariantId
from galleria.onsite import dining, handsfree, scango
from galleria.platform.tx import Tx
from galleria.value import points, wallet

RESTAURANT = "boiling-point"
TABLES = 12
LABELS = 48
STORED_MINOR = 30_000
ADULT = 18
GTIN_PREFIX = "690"
"""Where GTINs of goods numbered in China begin (GS1)."""

NEAR = (("两公里内", "Within 2 km", 2_000, 500), ("五公里内", "Within 5 km", 5_000, 900))
EVERY_DAY = list(range(1, 8))
HOURS = ((10, 13), (13, 17), (17, 21))


class _Ware(msgspec.Struct, frozen=True):
    shop_id: ShopId
    product_id: ProductId
    variant_id: VariantId
    top: str
    wine: bool


async def equip(tx: Tx, *, mall: Mall, phone: str, now: datetime) -> None:
    """Equip the demo's first mall, and let its shopper have stored value to spend."""
    mall_id = MallId(await tx.value("SELECT id FROM malls.mall WHERE code = $1", mall.code))
    operator = StaffId(await tx.value("SELECT id FROM staff.account WHERE login = 'operator'"))
    wares = await _wares(tx, mall_id)
    policy = points.SpendPolicy(minor_per_point_bp=10_000, cap_bp=5_000, minimum_points=100)
    await points.set_spend_policy(tx, mall_id=mall_id, policy=policy, now=now)
    await _ways(tx, mall_id, mall, sorted({ware.shop_id for ware in wares}), now)
    await _points(tx, mall_id, now)
    await _desks(tx, mall_id, operator, now)
    await _tables(tx, mall_id, now)
    await _scanners(tx, mall_id, [ware for ware in wares if ware.top == "grocery"], now)
    member_id = MemberId(await tx.value("SELECT id FROM members.member WHERE phone = $1", phone))
    await wallet.credit_at_desk(
        tx, mall_id=mall_id, member_id=member_id, new=wallet.NewCredit(amount_minor=STORED_MINOR),
        staff_id=operator, now=now,
    )  # fmt: skip


async def _wares(tx: Tx, mall_id: MallId) -> list[_Ware]:
    """Return the goods one can carry, of the mall."""
    return await tx.all(
        _Ware,
        """
        SELECT p.shop_id, p.id AS product_id, v.id AS variant_id, split_part(c.code, '.', 1) AS top,
               p.name_zh LIKE '%酒%' AS wine
          FROM catalog.product p
          JOIN catalog.variant v ON v.mall_id = p.mall_id AND v.product_id = p.id
          JOIN malls.category c ON c.mall_id = p.mall_id AND c.id = p.category_id
         WHERE p.mall_id = $1 AND p.kind = 'physical' ORDER BY p.shop_id, v.id
        """,
        mall_id,
    )


async def _ways(tx: Tx, mall_id: MallId, mall: Mall, shop_ids: list[ShopId], now: datetime) -> None:
    """Let the mall's riders bring what shops sell within five kilometres, and parcels go further."""
    await fulfilment.save_policy(
        tx, mall_id=mall_id, new=fulfilment.PolicyInput(lat=mall.latitude, lon=mall.longitude, last_mile=True), now=now
    )
    for name_zh, name_en, reach, fee in (
        ("两公里内", "Within 2 km", 2_000, 500),
        ("五公里内", "Within 5 km", 5_000, 900),
    ):
        zone = fulfilment.ZoneInput(
            name_zh=name_zh, name_en=name_en, kind=fulfilment.ZoneKind.DISTANCE, fee_minor=fee, reach_m=reach,
            free_from_minor=19_900, travel_minutes=25, position=reach,
        )  # fmt: skip
        await fulfilment.save_zone(tx, mall_id=mall_id, zone_id=None, new=zone, now=now)
    rides = fulfilment.ShopWayInput(carrier=fulfilment.Carrier.RIDERS, prepare_minutes=30)
    parcels = fulfilment.ShopWayInput(
        carrier=fulfilment.Carrier.PARCEL, fee_minor=1_200, free_from_minor=29_900, prepare_minutes=240,
        transit_minutes=2_880,
    )  # fmt: skip
    for shop_id in shop_ids:
        await fulfilment.save_way(tx, mall_id=mall_id, shop_id=shop_id, way=Way.DELIVERY, new=rides, now=now)
        await fulfilment.save_way(tx, mall_id=mall_id, shop_id=shop_id, way=Way.EXPRESS, new=parcels, now=now)
    for begin, end in HOURS:
        window = fulfilment.SlotRuleInput(
            way=Way.DELIVERY, weekdays=EVERY_DAY, starts=f"{begin}:00", ends=f"{end}:00", capacity=60
        )
        await fulfilment.save_rule(tx, mall_id=mall_id, rule_id=None, new=window, now=now)


async def _points(tx: Tx, mall_id: MallId, now: datetime) -> None:
    """Open the mall's own desk and a convenience point with cold compartments."""
    room = fulfilment.CompartmentInput
    cold = [
        room(storage=fulfilment.Storage.AMBIENT, capacity=80, hours_max=72),
        room(storage=fulfilment.Storage.CHILLED, capacity=24, hours_max=12, low_tenths=0, high_tenths=60),
        room(storage=fulfilment.Storage.FROZEN, capacity=12, hours_max=24, low_tenths=-250, high_tenths=-150),
    ]
    for point in (
        fulfilment.PointInput(
            code="desk", kind=fulfilment.PointKind.DESK, name_zh="一楼服务台", name_en="Desk on the ground floor",
            address_zh="一楼东中庭", address_en="East atrium, ground floor", travel_minutes=20,
            compartments=[room(storage=fulfilment.Storage.AMBIENT, capacity=200, hours_max=72)],
        ),
        fulfilment.PointInput(
            code="ferry-street", kind=fulfilment.PointKind.CONVENIENCE, name_zh="渡口街自提点",
            name_en="Ferry Street point", address_zh="柳溪区渡口街 2 号", address_en="2 Ferry Street, Liuxi District",
            hours="07:00-23:00", fee_minor=200, travel_minutes=60, compartments=cold,
        ),
    ):  # fmt: skip
        await fulfilment.save_point(tx, mall_id=mall_id, point_id=None, new=point, now=now)


async def _desks(tx: Tx, mall_id: MallId, operator: StaffId, now: datetime) -> None:
    """Set up the desk and the car bay where bags wait, and print labels for them."""
    kind, new = handsfree.BagDeskKind, handsfree.BagDeskInput
    main = new(code="MAIN", kind=kind.DESK, name_zh="一楼提货台", name_en="Collection desk", floor_code="L1")
    cars = new(code="CARS", kind=kind.CAR_BAY, name_zh="地下车库提货位", name_en="Car bay", floor_code="B1")
    desk = await handsfree.add_desk(tx, mall_id=mall_id, new=main, now=now)
    await handsfree.add_desk(tx, mall_id=mall_id, new=cars, now=now)
    for code, storage, capacity in (
        ("A1", handsfree.BagStorage.AMBIENT, 40),
        ("A2", handsfree.BagStorage.AMBIENT, 40),
        ("C1", handsfree.BagStorage.CHILLED, 16),
    ):
        shelf = handsfree.BagShelfInput(code=code, storage=storage, capacity=capacity)
        await handsfree.put_shelf(tx, mall_id=mall_id, desk_id=desk.id, wanted=shelf)
    labels = handsfree.NewBagLabels(count=LABELS)
    await handsfree.make_labels(tx, mall_id=mall_id, new=labels, staff_id=operator, now=now)


async def _tables(tx: Tx, mall_id: MallId, now: datetime) -> None:
    """Put tables into a restaurant, with a kitchen of two stations and two questions about the dishes."""
    shop_id = ShopId(await tx.value("SELECT id FROM malls.shop WHERE mall_id = $1 AND code = $2", mall_id, RESTAURANT))
    terms = dining.RestaurantInput(
        active=True,
        stations=[
            dining.StationInput(name_zh="热厨", name_en="Hot kitchen"),
            dining.StationInput(name_zh="水吧", name_en="Bar"),
        ],
    )
    restaurant = await dining.set_restaurant(tx, mall_id=mall_id, shop_id=shop_id, terms=terms, now=now)
    option = dining.OptionInput
    spice = dining.GroupInput(
        name_zh="辣度", name_en="Heat", least=1, most=1,
        options=[option(name_zh="不辣", name_en="None"), option(name_zh="微辣", name_en="Mild"),
                 option(name_zh="特辣", name_en="Very hot")],
    )  # fmt: skip
    extra = dining.GroupInput(
        name_zh="加点什么", name_en="Something more", most=2,
        options=[option(name_zh="加一份米饭", name_en="Rice", extra_minor=300),
                 option(name_zh="加一份牛肉", name_en="Beef", extra_minor=1_800)],
    )  # fmt: skip
    groups = [
        (await dining.set_group(tx, mall_id=mall_id, shop_id=shop_id, group_id=None, group=group)).id
        for group in (spice, extra)
    ]
    dishes = await tx.values(
        "SELECT id FROM catalog.product WHERE mall_id = $1 AND shop_id = $2 ORDER BY id", mall_id, shop_id
    )
    for n, product_id in enumerate(dishes):
        dish = dining.DishInput(station_id=restaurant.stations[0].id, course=1 + n % 3, group_ids=groups)
        await dining.set_dish(tx, mall_id=mall_id, shop_id=shop_id, product_id=product_id, dish=dish)
    for n in range(TABLES):
        table = dining.TableInput(
            number=f"A{n + 1:02}", seats=2 + 2 * (n % 3), area="大厅", x=2 + 5 * (n % 4), y=2 + 6 * (n // 4)
        )
        await dining.add_table(tx, mall_id=mall_id, shop_id=shop_id, table=table)


async def _scanners(tx: Tx, mall_id: MallId, wares: list[_Ware], now: datetime) -> None:
    """Let shops for food be scanned by phone: every good has a barcode, wine asks for an age."""
    terms = scango.TermsInput(active=True, check_bp=800)
    for shop_id in sorted({ware.shop_id for ware in wares}):
        await scango.set_terms(tx, mall_id=mall_id, shop_id=shop_id, terms=terms, now=now)
        rows = [
            scango.NewBarcode(code=gtin(n), variant_id=ware.variant_id, min_age=ADULT if ware.wine else None)
            for n, ware in enumerate(wares)
            if ware.shop_id == shop_id
        ]
        await scango.set_barcodes(tx, mall_id=mall_id, shop_id=shop_id, rows=rows)


def gtin(number: int) -> str:
    """Return a numbered good's GTIN in 14 digits, check digit and all (GS1 General Specifications, section 7.9)."""
    digits = f"{GTIN_PREFIX}{number:09}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"0{digits}{-total % 10}"
