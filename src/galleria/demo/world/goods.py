"""What the shops sell: goods, e-vouchers and services, named and described in both languages."""

import math
from random import Random

from galleria.demo.world.model import Good, Kind, Picture, Shop, Text, Variant
from galleria.demo.world.names import Naming, names_of
from galleria.demo.world.tables import rows

PER_SHOP = 14
PER_SMALL_SHOP = 6
PER_PICTURE_SUBJECT = 7
DYES = 12
_ONE = (Text("规格", "Option"), Text("标准", "Standard"), 1.0)
_CLOSINGS = {
    "food": (
        Text("线上下单，当日到店即取。", "Order online and collect the same day."),
        Text("适合自己吃，也适合带去朋友家。", "Good to keep, and good to bring to a friend's table."),
        Text("建议两天内享用，风味最好。", "Best enjoyed within two days."),
        Text("数量不多，卖完即止。", "Made in modest numbers, and gone when it is gone."),
    ),
    "wear": (
        Text("支持到店试穿，七天内可退换。", "Try it on in the shop; exchanges are open for seven days."),
        Text("浅色建议单独洗涤。", "Wash pale colours separately."),
        Text("店员可以帮你搭好一整套。", "Our staff will gladly put the whole outfit together."),
        Text("实物颜色比照片略柔和一点。", "In daylight the colour is a touch softer than in the picture."),
        Text("下单后一小时可在店内领取。", "Ready to collect an hour after you order."),
    ),
    "thing": (
        Text("到店可以看样，线上线下同价。", "See it in the shop at the same price as online."),
        Text(
            "有疑问可以在线问店员，通常几分钟就回。",
            "Ask the staff online; they mostly answer within minutes.",
        ),
        Text("也很适合当作礼物，免费包装。", "A welcome present, too; wrapping is free."),
        Text("支持七天无理由退换。", "Seven days to change your mind."),
        Text("下单后一小时可在店内领取。", "Ready to collect an hour after you order."),
    ),
}
_FOOD, _WEAR = {"cafe", "grocery"}, {"fashion", "carry"}


class Shelf:
    """Collects goods, their variants and their pictures while the shops are being filled."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.goods: list[Good] = []
        self.variants: list[tuple[int, int]] = []
        self.pictures: dict[str, Picture] = {}
        self.subjects: dict[str, int] = {}

    def add(
        self,
        shop: int,
        owner: Shop,
        *,
        kind: Kind,
        category: str,
        name: Text,
        description: Text,
        variants: list[tuple[Text, Text, int, int]],
        icons: tuple[str, ...],
        tint: bool = False,
    ) -> None:
        index, first = len(self.goods), len(self.variants)
        built = tuple(
            Variant(
                sku=f"{owner.mall + 1}{shop:03d}-{index:05d}-{position}",
                option=option,
                choice=choice,
                price_fen=price,
                stock=stock,
            )
            for position, (option, choice, price, stock) in enumerate(variants)
        )
        self.variants.extend((index, position) for position in range(len(built)))
        self.goods.append(
            Good(
                shop=shop,
                kind=kind,
                category=category,
                name=name,
                description=description,
                variants=built,
                first_variant=first,
                picture=self._picture(owner, icons, tint=tint),
                popularity=round(owner.popularity * self.rng.lognormvariate(0, 0.8), 4),
            )
        )

    def _picture(self, owner: Shop, icons: tuple[str, ...], *, tint: bool) -> str:
        """Take a new picture for this subject, or an old one again when there are plenty of it."""
        subject = f"{ord(icons[0][0]):x}"
        number = self.subjects.get(subject, 0)
        self.subjects[subject] = number + 1
        key = f"good-{subject}-{number % PER_PICTURE_SUBJECT:02d}"
        if key not in self.pictures:
            self.pictures[key] = Picture(
                key=key,
                kind="good",
                icons=icons,
                palette=owner.palette,
                seed=self.rng.randrange(1 << 30),
                tint=self.rng.randrange(1, DYES) if tint and self.rng.random() < 0.85 else 0,
            )
        return key


def fill(rng: Random, shops: tuple[Shop, ...]) -> Shelf:
    """Stock every shop."""
    shelf = Shelf(rng)
    naming = {row["code"]: names_of(rng, row) for row in rows("families")}
    for index, shop in enumerate(shops):
        form = next(row for row in rows("formats") if row["code"] == shop.format)
        families = [] if form["families"] == "-" else form["families"].split()
        room = PER_SHOP if shop.mall == 0 else PER_SMALL_SHOP
        _fill_menu(shelf, index, shop, limit=room - 5 if families else room)
        _fill_services(shelf, index, shop, limit=room)
        for turn in range(room if families else 0):
            _fill_physical(shelf, index, shop, naming[families[turn % len(families)]])
    return shelf


def _fill_physical(shelf: Shelf, index: int, shop: Shop, naming: Naming) -> None:
    rng, family = shelf.rng, naming.family
    name, icon = naming.take()
    scheme = next(row for row in rows("variants") if row["code"] == family["scheme"])
    base = yuan(rng, int(family["low"]), int(family["high"]))
    options = _options(rng, scheme)
    closing = rng.choice(_CLOSINGS[_tone(family["category"])])
    shelf.add(
        index,
        shop,
        kind="physical",
        category=family["category"],
        name=name,
        description=Text(
            f"{_lead(rng, name).zh}{family['zh']}{closing.zh}",
            f"{_lead_en(name)} {family['en']} {closing.en}",
        ),
        variants=[
            (Text(scheme["zh"], scheme["en"]), choice, _price(base * factor), stock(rng)) for choice, factor in options
        ],
        icons=(icon, *rng.sample(family["props"], k=min(len(family["props"]), rng.choice((0, 0, 1, 1, 2))))),
        tint=family["tint"] == "1",
    )


def _tone(category: str) -> str:
    top = category.split(".", maxsplit=1)[0]
    return "food" if top in _FOOD else "wear" if top in _WEAR or category == "kids.wear" else "thing"


def _lead(rng: Random, name: Text) -> Text:
    leads = (
        "这款{}是店里回购最多的一件。",
        "{}，本季新到。",
        "店主私心推荐的{}。",
        "{}，日常里用得最勤的那一种。",
    )
    return Text(rng.choice(leads).format(name.zh), "")


def _lead_en(name: Text) -> str:
    leads = (
        "Our regulars come back for this: {}.",
        "New this season: {}.",
        "Our shopkeeper's own choice: {}.",
        "{}, for every day of the week.",
    )
    return leads[len(name.en) % len(leads)].format(name.en)


def _options(rng: Random, scheme: dict[str, str]) -> list[tuple[Text, float]]:
    options = [_option(entry) for entry in scheme["options"].split(";")]
    return options[: rng.randint(min(2, len(options)), len(options))]


def _option(entry: str) -> tuple[Text, float]:
    text, factor = entry.rsplit("@", 1)
    zh, en = text.split("=")
    return Text(zh, en), float(factor)


def yuan(rng: Random, low: int, high: int) -> int:
    """Pick a price a shop would print: small ones end in anything, large ones in 9."""
    value = round(low * math.pow(high / low, rng.betavariate(1.6, 2.2)))
    if value < 40:
        return value
    if value < 1000:
        return max(low, value // 10 * 10 + 9)
    return value // 100 * 100 + 99


def _price(value: float) -> int:
    return max(100, round(value) * 100)


def stock(rng: Random) -> int:
    return 0 if rng.random() < 0.03 else max(1, round(rng.lognormvariate(3.1, 0.7)))


def _fill_services(shelf: Shelf, index: int, shop: Shop, *, limit: int) -> None:
    rng = shelf.rng
    offered = [row for row in rows("services") if row["format"] == shop.format]
    voucher = shop.category.split(".")[0] in {"entertainment", "kids"}
    for row in offered[:limit]:
        price = max(10, round(int(row["yuan"]) * rng.choice((0.9, 1.0, 1.0, 1.1))))
        shelf.add(
            index,
            shop,
            kind="voucher" if voucher else "service",
            category=shop.category,
            name=Text(row["zh"], row["en"]),
            description=_service_text(shop, Text(row["zh"], row["en"]), voucher=voucher),
            variants=[(_ONE[0], _ONE[1], price * 100, 500)],
            icons=(row["icon"],),
        )


def _service_text(shop: Shop, name: Text, *, voucher: bool) -> Text:
    form = next(row for row in rows("formats") if row["code"] == shop.format)
    if voucher:
        return Text(
            f"{shop.name.zh}「{name.zh}」电子券，购买后三十天内到店扫码使用。{form['zh']}未使用随时可退。",
            f"An e-voucher for {name.en} at {shop.name.en}, scanned in person within thirty days. "
            f"{form['en']} Unused vouchers are refunded at any time.",
        )
    return Text(
        f"{shop.name.zh}的「{name.zh}」，下单后在线选时间到店。{form['zh']}改期请提前两小时。",
        f"{name.en} at {shop.name.en}: pay online, then choose your time. "
        f"{form['en']} Please rebook at least two hours ahead.",
    )


_SETS = (
    (Text("{}双人餐", "{} Dinner for Two"), 2.3),
    (Text("{}单人午市套餐", "{} Weekday Lunch for One"), 0.9),
    (Text("{}四人家庭聚餐", "{} Family Table for Four"), 4.2),
    (Text("{}六人欢聚宴", "{} Feast for Six"), 6.0),
    (Text("{}尝鲜券", "{} Tasting Voucher"), 0.6),
    (Text("{}晚间小酌套餐", "{} Evening Set with a Drink"), 1.4),
)
_CUPS = (
    (Text("{}单杯券", "{} Voucher for One"), 1.0),
    (Text("{}双人分享券", "{} Voucher for Two"), 1.8),
    (Text("{}五次卡", "Five-Visit Card: {}"), 4.5),
    (Text("{}早鸟券", "Early-Bird {}"), 0.75),
    (Text("{}下午茶双人券", "{} Afternoon Break for Two"), 2.6),
)


def _fill_menu(shelf: Shelf, index: int, shop: Shop, *, limit: int) -> None:
    menu = next((row for row in rows("dishes") if row["format"] == shop.format), None)
    if menu is None:
        return
    light = shop.category.split(".")[0] == "cafe"
    sets = _CUPS if light else _SETS
    dishes = [_dish(entry) for entry in menu["dishes"].split(";")]
    count = min(limit - 3, len(dishes) * 2)
    for turn in range(count):
        icon, dish = dishes[turn % len(dishes)]
        pattern, factor = sets[(turn + turn // len(dishes) + index) % len(sets)]
        price = _round_nice(int(menu["head"]) * factor * shelf.rng.uniform(0.85, 1.25))
        name = Text(pattern.zh.format(dish.zh), pattern.en.format(dish.en))
        _add_voucher(shelf, index, shop, name=name, price=price, icon=icon)
    for face, price in ((50, 45), (100, 88), (200, 172)) if light else ((100, 88), (200, 174), (500, 425)):
        name = Text(f"{shop.name.zh} {face}元代金券", f"{shop.name.en} ¥{face} Voucher")
        _add_voucher(shelf, index, shop, name=name, price=price, icon=shop.icons[0])


def _dish(entry: str) -> tuple[str, Text]:
    zh, en = entry[1:].lstrip("\ufe0f").split("=")
    return entry[0], Text(zh, en)


def _round_nice(value: float) -> int:
    return max(9, round(value)) if value < 40 else round(value / 10) * 10 - 2


def _add_voucher(shelf: Shelf, index: int, shop: Shop, *, name: Text, price: int, icon: str) -> None:
    form = next(row for row in rows("formats") if row["code"] == shop.format)
    shelf.add(
        index,
        shop,
        kind="voucher",
        category=shop.category,
        name=name,
        description=Text(
            f"{shop.name.zh}电子券：{name.zh}。{form['zh']}购买后六十天内到店扫码使用，周末通用，未使用随时可退。",
            f"E-voucher for {shop.name.en}: {name.en}. {form['en']} "
            "Valid for sixty days, weekends included; unused vouchers are refunded at any time.",
        ),
        variants=[(*_ONE[:2], price * 100, 800)],
        icons=(icon, "🍽") if icon not in "🍽☕" and shelf.rng.random() < 0.25 else (icon,),
    )
