"""The demo mall as pure data: no database, no clock, the same world for the same seed and day.

`build_world` makes malls, floors, shops, goods, coupons, happenings and staff; `members` makes people;
`order_plans` makes what they bought. Whoever loads them turns indexes into ids.
"""

from datetime import date
from random import Random

from galleria.demo.world import goods, offers, people, tenants
from galleria.demo.world.model import Picture, Shop, World
from galleria.demo.world.orders import festival, in_scope, order_plans
from galleria.demo.world.people import members

__all__ = ["World", "build_world", "festival", "in_scope", "members", "order_plans"]


def build_world(seed: int = 20, *, today: date) -> World:
    """Build the whole demo world."""
    rng = Random(seed)
    plans = tenants.floors(rng)
    owners = tenants.merchants()
    shops = tenants.shops(rng, plans, owners)
    shelf = goods.fill(rng, shops)
    happenings, posters = offers.happenings(rng, today, shops)
    fronts = [picture for shop in shops for picture in _front(rng, shop)]
    return World(
        seed=seed,
        today=today,
        group=tenants.GROUP,
        malls=tenants.MALLS,
        floors=plans,
        categories=tenants.categories(),
        merchants=owners,
        shops=shops,
        goods=tuple(shelf.goods),
        variants=tuple(shelf.variants),
        coupons=offers.coupons(today, owners, shops),
        happenings=happenings,
        staff=people.staff(owners, shops),
        pictures=(*shelf.pictures.values(), *posters, *fronts),
    )


def _front(rng: Random, shop: Shop) -> tuple[Picture, Picture]:
    seed = rng.randrange(1 << 30)
    return (
        Picture(key=shop.logo, kind="logo", icons=shop.icons[:1], palette=shop.palette, seed=seed),
        Picture(key=shop.hero, kind="hero", icons=shop.icons[:3], palette=shop.palette, seed=seed + 1),
    )
