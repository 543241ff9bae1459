"""What the shops sell, and the levels of stock the world says they have today."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from galleria.demo.loading.directory import Directory
from galleria.demo.loading.sheet import Ids, Sheet
from galleria.demo.world import World
from galleria.demo.world.model import Good

AGE = timedelta(days=120)
VALID_DAYS = {"physical": None, "voucher": 60, "service": 90}
RECEIVED = timedelta(days=100)


class Ware(msgspec.Struct, frozen=True):
    """A variant as carts and orders see it; `shop` and `mall` are indexes in the world."""

    variant_id: UUID
    product_id: UUID
    shop: int
    mall: int
    shop_id: UUID
    merchant_id: UUID
    category_ids: tuple[UUID, ...]
    kind: str
    sku: str
    price_minor: int
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str
    valid_days: int | None
    shop_zh: str
    shop_en: str
    stock: int


def stock_shelves(sheet: Sheet, ids: Ids, world: World, places: Directory, now: datetime) -> list[Ware]:
    """Write products and variants; return every variant, in the world's order."""
    products = sheet.table(
        "catalog.product",
        "mall_id id shop_id merchant_id category_id code kind name_zh name_en text_zh text_en pictures valid_days "
        "state weight price_min_minor created_at updated_at",
    )
    variants = sheet.table(
        "catalog.variant", "mall_id id product_id shop_id sku name_zh name_en store_price_minor position"
    )
    wares: list[Ware] = []
    for index, good in enumerate(world.goods):
        put_up = now - AGE + timedelta(minutes=index * 60)
        mine = _wares(ids, world, places, good, put_up)
        first = mine[0]
        mall_id = places.mall_ids[first.mall]
        products.append(
            (
                mall_id,
                first.product_id,
                first.shop_id,
                first.merchant_id,
                first.category_ids[0],
                f"G{index:05d}",
                good.kind,
                good.name.zh,
                good.name.en,
                good.description.zh,
                good.description.en,
                [good.picture],
                first.valid_days,
                "published",
                round(good.popularity * 1000),
                min(ware.price_minor for ware in mine),
                put_up,
                put_up,
            )
        )
        variants.extend(
            (
                mall_id,
                w.variant_id,
                w.product_id,
                w.shop_id,
                w.sku,
                w.option_zh,
                w.option_en,
                w.price_minor,
                position,
            )
            for position, w in enumerate(mine)
        )
        wares.extend(mine)
    return wares


def _wares(ids: Ids, world: World, places: Directory, good: Good, put_up: datetime) -> list[Ware]:
    shop = world.shops[good.shop]
    product_id = ids.at(put_up)
    single = len(good.variants) == 1
    return [
        Ware(
            variant_id=ids.at(put_up),
            product_id=product_id,
            shop=good.shop,
            mall=shop.mall,
            shop_id=places.shop_ids[good.shop],
            merchant_id=places.merchant_ids[shop.merchant],
            category_ids=places.family(shop.mall, good.category),
            kind=good.kind,
            sku=variant.sku,
            price_minor=variant.price_fen,
            name_zh=good.name.zh,
            name_en=good.name.en,
            option_zh="" if single else variant.choice.zh,
            option_en="" if single else variant.choice.en,
            picture=good.picture,
            valid_days=VALID_DAYS[good.kind],
            shop_zh=shop.name.zh,
            shop_en=shop.name.en,
            stock=variant.stock,
        )
        for variant in good.variants
    ]


class Store:
    """Movements and reservations of stock; levels and deliveries follow from them at the end."""

    def __init__(self, sheet: Sheet, ids: Ids, places: Directory) -> None:
        self._ids = ids
        self._mall_ids = places.mall_ids
        self._levels = sheet.table("stock.level", "mall_id variant_id on_hand reserved")
        self._movements = sheet.table("stock.movement", "mall_id id variant_id kind quantity reference at")
        self._reservations = sheet.table("stock.reservation", "mall_id order_id variant_id quantity state expires_at")
        self._net: dict[UUID, int] = {}
        self._held: dict[UUID, int] = {}

    def can_hold(self, ware: Ware, quantity: int) -> bool:
        """Return whether so many are free today."""
        return ware.stock - self._held.get(ware.variant_id, 0) >= quantity

    def reserve(self, ware: Ware, quantity: int, order_id: UUID, *, state: str, until: datetime) -> None:
        """Reserve for an order: `held` still, or `taken` or `released` since."""
        if state == "held":
            self._held[ware.variant_id] = self._held.get(ware.variant_id, 0) + quantity
        self._reservations.append((self._mall_ids[ware.mall], order_id, ware.variant_id, quantity, state, until))

    def move(self, ware: Ware, quantity: int, *, kind: str, reference: UUID, at: datetime) -> None:
        """Move goods: below zero out of the shop, above zero back into it."""
        self._net[ware.variant_id] = self._net.get(ware.variant_id, 0) + quantity
        mall_id = self._mall_ids[ware.mall]
        self._movements.append((mall_id, self._ids.at(at), ware.variant_id, kind, quantity, reference, at))

    def settle(self, wares: list[Ware], now: datetime, days: int) -> None:
        """Have the goods delivered before the first sale that make today's stock what the world says it is."""
        delivered = now - RECEIVED - timedelta(days=days)
        for ware in wares:
            received = ware.stock - self._net.get(ware.variant_id, 0)
            mall_id = self._mall_ids[ware.mall]
            self._levels.append((mall_id, ware.variant_id, ware.stock, self._held.get(ware.variant_id, 0)))
            if received:
                self._movements.append(
                    (mall_id, self._ids.at(delivered), ware.variant_id, "receive", received, None, delivered)
                )
