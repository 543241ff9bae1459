"""Who rents where: categories, merchants, shops and the floors that hold them."""

from datetime import time
from random import Random

from galleria.demo.world.model import Category, Floor, Group, Mall, Merchant, Shop, Text
from galleria.demo.world.plan import floor_plan
from galleria.demo.world.tables import rows

GROUP = Group(code="lantern", name=Text("澄光商业", "Clearlight Malls"))
MALLS = (
    Mall(
        code="tinghe",
        name=Text("汀禾天地", "Tinghe Court"),
        district=Text("云浦区", "Yunpu District"),
        address=Text("云浦区汀禾路 88 号", "88 Tinghe Road, Yunpu District"),
        timezone="Asia/Shanghai",
        currency="CNY",
        opens=time(10),
        closes=time(22),
        longitude=121.4462,
        latitude=31.1817,
    ),
    Mall(
        code="heban",
        name=Text("汀禾河畔", "Tinghe Riverside"),
        district=Text("柳溪区", "Liuxi District"),
        address=Text("柳溪区渡口街 6 号", "6 Ferry Street, Liuxi District"),
        timezone="Asia/Shanghai",
        currency="CNY",
        opens=time(10),
        closes=time(22),
        longitude=121.4098,
        latitude=31.1456,
    ),
)
PALETTES = 24
_CLOSE = (
    Text(
        "买下的东西可以寄存在服务台，逛完再取。",
        "Leave your purchases at the desk and collect them on the way out.",
    ),
    Text("线上下单，半小时后到店即取。", "Order online and collect in the shop half an hour later."),
    Text("会员消费可累积商场积分，亦可用积分抵现。", "Members earn mall points here and may pay with them too."),
    Text("支持七天无理由退换，线上线下同价。", "Seven-day returns, and the same price online and in the shop."),
)
_COME = (
    Text("可在线预约到店时间，少等一会儿。", "Book your arrival online and wait a little less."),
    Text("会员消费可累积商场积分，停车另减一小时。", "Members earn mall points and an extra hour of parking."),
    Text(
        "线上购券到店扫码即用，未使用可随时退。",
        "Buy vouchers online, scan in the shop, and return unused ones at any time.",
    ),
)


def categories() -> tuple[Category, ...]:
    return tuple(
        Category(
            code=row["code"],
            parent=row["code"].split(".")[0] if "." in row["code"] else None,
            name=Text(row["zh"], row["en"]),
            icon=row["icon"],
        )
        for row in rows("categories")
    )


def merchants() -> tuple[Merchant, ...]:
    """Return one merchant per key in shops.tsv; a shop without a key is its own merchant."""
    first: dict[str, dict[str, str]] = {}
    for position, row in enumerate(rows("shops")):
        first.setdefault(row["merchant"] or f"m{position:03d}", row)
    return tuple(
        Merchant(code=code, name=Text(f"{row['zh']}商业管理有限公司", f"{row['en']} Trading Co."))
        for code, row in first.items()
    )


def floors(rng: Random) -> tuple[Floor, ...]:
    counts: dict[tuple[int, str], int] = {}
    for row in rows("shops"):
        key = (int(row["mall"]) - 1, row["floor"])
        counts[key] = counts.get(key, 0) + 1
    return tuple(
        floor_plan(
            rng,
            mall=mall,
            origin=(MALLS[mall].longitude, MALLS[mall].latitude),
            code=code,
            units=count + (2 if mall == 0 and code in {"L1", "L3"} else 0),  # a little vacancy
        )
        for (mall, code), count in counts.items()
    )


def shops(rng: Random, plans: tuple[Floor, ...], owners: tuple[Merchant, ...]) -> tuple[Shop, ...]:
    by_code = {merchant.code: index for index, merchant in enumerate(owners)}
    units = _assign_units(rng, plans)
    return tuple(
        _shop(rng, position, row, merchant=by_code[row["merchant"] or f"m{position:03d}"], unit=units[position])
        for position, row in enumerate(rows("shops"))
    )


def _assign_units(rng: Random, plans: tuple[Floor, ...]) -> dict[int, str]:
    """Shuffle the shops of a floor over its units; the anchors take the largest."""
    assigned: dict[int, str] = {}
    for plan in plans:
        here = [
            (position, row["format"])
            for position, row in enumerate(rows("shops"))
            if int(row["mall"]) - 1 == plan.mall and row["floor"] == plan.code
        ]
        large = {"market", "cinema", "playland", "gym", "arcade", "steak"}
        here.sort(key=lambda shop: (shop[1] not in large, rng.random()))
        by_size = sorted(plan.units, key=lambda unit: -unit.area_m2)
        anchors = sum(form in large for _, form in here)
        rest = by_size[anchors:]
        rng.shuffle(rest)
        free = [*by_size[:anchors], *rest]
        assigned |= {position: unit.code for (position, _), unit in zip(here, free, strict=False)}
    return assigned


def _shop(rng: Random, position: int, row: dict[str, str], *, merchant: int, unit: str) -> Shop:
    form = next(entry for entry in rows("formats") if entry["code"] == row["format"])
    tag = Text(row["tagzh"], row["tagen"])
    visited = form["category"].split(".")[0] in {"dining", "services", "entertainment"}
    close = rng.choice(_COME if visited else _CLOSE)
    code = row["en"].lower().replace("&", "and").replace("'", "").replace(" ", "-")
    return Shop(
        code=code,
        mall=int(row["mall"]) - 1,
        merchant=merchant,
        category=form["category"],
        format=form["code"],
        floor=row["floor"],
        unit=unit,
        name=Text(row["zh"], row["en"]),
        tagline=tag,
        description=Text(f"{tag.zh}{form['zh']}{close.zh}", f"{tag.en} {form['en']} {close.en}"),
        phone=f"+8621555{position + 10_000:05d}",
        opens=_clock(form["open"]),
        closes=_clock(form["close"]),
        palette=rng.randrange(PALETTES),
        icons=_turned(form["logo"], sum(other["format"] == form["code"] for other in rows("shops")[:position])),
        logo=f"logo-{code}",
        hero=f"hero-{code}",
        popularity=round(rng.lognormvariate(0, 0.5), 3),
    )


def _turned(icons: str, by: int) -> tuple[str, ...]:
    """Let shops of one format lead with different icons."""
    start = by % len(icons)
    return tuple(icons[start:] + icons[:start])


def _clock(text: str) -> time:
    if text == "24:00":
        return time(23, 59, 59)
    hour, minute = text.split(":")
    return time(int(hour), int(minute))
