"""The mall itself: group, malls, merchants, categories, shops, floors and units, and what is on."""

import math
from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec
from shapely.geometry import shape

from galleria.demo.loading.sheet import Ids, Sheet
from galleria.demo.world import World
from galleria.demo.world.model import Facility, Floor, GeoJson, Text

OPENED = timedelta(days=600)
METRES_A_DEGREE = 111_320.0


class Directory(msgspec.Struct, frozen=True):
    """Ids of the places, by their index or code in the world."""

    group_id: UUID
    mall_ids: list[UUID]
    merchant_ids: list[UUID]
    category_ids: list[dict[str, UUID]]
    shop_ids: list[UUID]

    def family(self, mall: int, code: str) -> tuple[UUID, ...]:
        """Return a category and everything above it, the nearest first."""
        ids, parts = self.category_ids[mall], code.split(".")
        return tuple(ids[".".join(parts[:size])] for size in range(len(parts), 0, -1))


def open_malls(sheet: Sheet, ids: Ids, world: World, now: datetime) -> Directory:
    """Write the directory and return its ids."""
    opened = now - OPENED
    places = Directory(
        group_id=ids.at(opened),
        mall_ids=[ids.at(opened) for _ in world.malls],
        merchant_ids=[ids.at(opened) for _ in world.merchants],
        category_ids=[{category.code: ids.at(opened) for category in world.categories} for _ in world.malls],
        shop_ids=[ids.at(opened) for _ in world.shops],
    )
    _malls(sheet, world, places, opened)
    _categories(sheet, world, places)
    _shops(sheet, world, places, opened)
    _floors(sheet, ids, world, places, opened)
    _events(sheet, ids, world, places, opened)
    return places


def _malls(sheet: Sheet, world: World, places: Directory, opened: datetime) -> None:
    group = world.group
    sheet.table("malls.mall_group", "id code name_zh name_en created_at").append(
        (places.group_id, group.code, group.name.zh, group.name.en, opened)
    )
    malls = sheet.table(
        "malls.mall",
        "id group_id code name_zh name_en address_zh address_en time_zone currency hours picture created_at",
    )
    for mall_id, mall in zip(places.mall_ids, world.malls, strict=True):
        hours = _hours(mall.opens, mall.closes)
        names = (mall.code, mall.name.zh, mall.name.en, mall.address.zh, mall.address.en)
        malls.append((mall_id, places.group_id, *names, mall.timezone, mall.currency, hours, None, opened))
    merchants = sheet.table("malls.merchant", "group_id id code name_zh name_en created_at")
    for merchant_id, merchant in zip(places.merchant_ids, world.merchants, strict=True):
        merchants.append((places.group_id, merchant_id, merchant.code, merchant.name.zh, merchant.name.en, opened))


def _categories(sheet: Sheet, world: World, places: Directory) -> None:
    rows = sheet.table("malls.category", "mall_id id code parent_id name_zh name_en position picture path")
    pictures: dict[str, tuple[float, str]] = {}
    for good in world.goods:
        for code in (good.category, good.category.split(".")[0]):
            pictures[code] = max(pictures.get(code, (0.0, "")), (good.popularity, good.picture))
    for mall_id, known in zip(places.mall_ids, places.category_ids, strict=True):
        for position, category in enumerate(sorted(world.categories, key=lambda c: c.parent is not None)):
            parent = known[category.parent] if category.parent else None
            picture = pictures.get(category.code, (0.0, None))[1]
            names = (category.name.zh, category.name.en)
            path = [known[category.code]] if parent is None else [parent, known[category.code]]
            rows.append((mall_id, known[category.code], category.code, parent, *names, position, picture, path))


def _shops(sheet: Sheet, world: World, places: Directory, opened: datetime) -> None:
    rows = sheet.table(
        "malls.shop",
        "mall_id id group_id merchant_id category_id code name_zh name_en about_zh about_en floor_code unit_code "
        "hours phone logo picture created_at",
    )
    for shop_id, shop in zip(places.shop_ids, world.shops, strict=True):
        rows.append(
            (
                places.mall_ids[shop.mall],
                shop_id,
                places.group_id,
                places.merchant_ids[shop.merchant],
                places.category_ids[shop.mall][shop.category],
                shop.code,
                shop.name.zh,
                shop.name.en,
                shop.description.zh,
                shop.description.en,
                shop.floor,
                shop.unit,
                _hours(shop.opens, shop.closes),
                shop.phone,
                shop.logo,
                shop.hero,
                opened,
            )
        )


def _hours(opens: time, closes: time) -> str:
    ends = "24:00" if closes.second else f"{closes:%H:%M}"
    return f"{opens:%H:%M}-{ends}"


def _floors(sheet: Sheet, ids: Ids, world: World, places: Directory, opened: datetime) -> None:
    buildings = sheet.table("venue.building", "mall_id id code name_zh name_en")
    floors = sheet.table("venue.floor", "mall_id id building_id code name_zh name_en ordinal width_m height_m outline")
    building_ids = [ids.at(opened) for _ in places.mall_ids]
    for mall_id, building_id, mall in zip(places.mall_ids, building_ids, world.malls, strict=True):
        buildings.append((mall_id, building_id, "main", mall.name.zh, mall.name.en))
    tenants = {(shop.mall, shop.unit): (places.shop_ids[index], shop.name) for index, shop in enumerate(world.shops)}
    for floor in world.floors:
        mall_id, floor_id = places.mall_ids[floor.mall], ids.at(opened)
        ordinal = floor.level if floor.level < 0 else floor.level - 1
        names = (floor.code, floor.name.zh, floor.name.en)
        size = _size(floor.outline)
        floors.append((mall_id, floor_id, building_ids[floor.mall], *names, ordinal, *size, _json(floor.outline)))
        _units(sheet, ids, floor, mall_id=mall_id, floor_id=floor_id, opened=opened, tenants=tenants)


def _units(
    sheet: Sheet,
    ids: Ids,
    floor: Floor,
    *,
    mall_id: UUID,
    floor_id: UUID,
    opened: datetime,
    tenants: dict[tuple[int, str], tuple[UUID, Text]],
) -> None:
    rows = sheet.table(
        "venue.unit",
        "mall_id id floor_id code kind feature name_zh name_en shop_id longitude latitude outline",
    )
    for unit in floor.units:
        shop_id, name = tenants.get((floor.mall, unit.code), (None, Text("招租中", "To let")))
        head = (mall_id, ids.at(opened), floor_id, unit.code, "shop", "shop", name.zh, name.en, shop_id)
        rows.append((*head, *unit.door, _json(unit.shape)))
    for number, facility in enumerate(_all_facilities(floor), start=1):
        middle = shape(facility.shape).representative_point()
        code = f"{floor.code}-F{number:02d}"
        names = (facility.name.zh, facility.name.en)
        head = (mall_id, ids.at(opened), floor_id, code, "facility", facility.kind, *names, None)
        rows.append((*head, middle.x, middle.y, _json(facility.shape)))


def _all_facilities(floor: Floor) -> list[Facility]:
    return [Facility(kind="corridor", name=Text("公共走廊", "Corridor"), shape=floor.corridor), *floor.facilities]


def _size(outline: GeoJson) -> tuple[float, float]:
    """Return width and depth in metres."""
    west, south, east, north = shape(outline).bounds
    narrow = math.cos(math.radians((south + north) / 2))
    return round((east - west) * METRES_A_DEGREE * narrow, 1), round((north - south) * METRES_A_DEGREE, 1)


def _json(value: GeoJson) -> str:
    return msgspec.json.encode(value).decode()


def _events(sheet: Sheet, ids: Ids, world: World, places: Directory, opened: datetime) -> None:
    rows = sheet.table(
        "events.event",
        "mall_id id title_zh title_en text_zh text_en place_zh place_en starts_at ends_at picture",
    )
    shops = {(shop.mall, shop.unit): shop for shop in world.shops}
    floors = {(floor.mall, floor.code): floor for floor in world.floors}
    for event in world.happenings:
        shop = shops.get((event.mall, event.unit or ""))
        floor = floors[event.mall, event.floor]
        place = (
            (f"{shop.name.zh} · {shop.unit}", f"{shop.name.en} · {shop.unit}")
            if shop
            else (f"中庭 · {floor.code}", f"Atrium · {floor.code}")
        )
        texts = (event.title.zh, event.title.en, event.text.zh, event.text.en)
        head = (places.mall_ids[event.mall], ids.at(opened), *texts, *place)
        rows.append((*head, event.starts_at, event.ends_at, event.picture))
