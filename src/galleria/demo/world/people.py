"""Invented staff and members; phone numbers +86 199 00xxxxxx and 199 99xxxxxx are the demo's."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from galleria.demo.world.model import Member, Merchant, Shop, Staff, Text
from galleria.demo.world.tables import rows

_SURNAMES = "林陈周沈陆许顾苏叶程方何江宋唐韩夏梁温简黎乔季卢龚范石秦白宁祝伍沐柏闻"
_PINYIN = [
    "Lin", "Chen", "Zhou", "Shen", "Lu", "Xu", "Gu", "Su", "Ye", "Cheng", "Fang", "He", "Jiang", "Song",
    "Tang", "Han", "Xia", "Liang", "Wen", "Jian", "Li", "Qiao", "Ji", "Lu", "Gong", "Fan", "Shi", "Qin",
    "Bai", "Ning", "Zhu", "Wu", "Mu", "Bai", "Wen",
]  # fmt: skip
_GIVEN = [
    "安然", "书瑶", "子墨", "清和", "知夏", "一诺", "景行", "若溪", "思远", "雨桐", "嘉木", "明澈",
    "云舒", "念慈", "南星", "予安", "晓棠", "亦凡", "星野", "听澜", "沐辰", "语冰", "怀瑾", "可心",
    "立春", "小满", "之遥", "长宁", "千帆", "映雪", "青禾", "乐言", "望舒", "既白", "月白", "承光",
    "与同", "佳音", "向晚", "初霁",
]  # fmt: skip
_FIRST = [
    "Mia", "Leo", "Ava", "Owen", "Iris", "Noah", "Ella", "Finn", "Nora", "Theo", "Ruby", "Hugo", "Lily",
    "Max", "Clara", "Ivan", "Sofia", "Arlo", "Hana", "Kenji",
]  # fmt: skip
_NICK = [
    "爱逛街的猫", "早睡冠军", "糖醋小排", "云朵收集员", "今天也要喝汤", "柠檬不酸", "跑步的蘑菇",
    "小区楼长", "半糖去冰", "周末在路上",
]  # fmt: skip
_DISTRICTS = (
    Text("云浦区", "Yunpu"),
    Text("柳溪区", "Liuxi"),
    Text("北苑区", "Beiyuan"),
    Text("青塘区", "Qingtang"),
    Text("港东区", "Gangdong"),
    Text("松岭新城", "Songling New Town"),
)
_CLERKS = (
    "hefeng-atelier",
    "north-window-coffee",
    "boiling-point",
    "under-the-eaves-books",
    "tenfield-market",
)
_TASTES: tuple[dict[str, float], ...] = (
    {"fashion": 4, "carry": 3, "beauty": 4, "cafe": 3, "dining": 3, "services": 2},
    {"dining": 6, "cafe": 5, "entertainment": 3, "grocery": 1},
    {"kids": 6, "grocery": 4, "dining": 3, "culture": 2, "cafe": 2},
    {"electronics": 3, "sports": 4, "dining": 4, "entertainment": 3, "cafe": 2},
    {"home": 4, "grocery": 5, "culture": 2, "dining": 2, "cafe": 2},
    {"culture": 4, "cafe": 5, "home": 2, "dining": 2, "beauty": 1},
)


def staff(owners: tuple[Merchant, ...], shops: tuple[Shop, ...]) -> tuple[Staff, ...]:
    merchants = {merchant.code: index for index, merchant in enumerate(owners)}
    by_code = {shop.code: index for index, shop in enumerate(shops)}
    roles = [
        Staff("operator", "operator", Text("沈知远", "Shen Zhiyuan"), _phone(99, 1)),
        Staff("approver", "operator", Text("顾明岚", "Gu Minglan"), _phone(99, 2)),
        Staff("guide", "guide", Text("叶小满", "Ye Xiaoman"), _phone(99, 3)),
        Staff("rider", "rider", Text("周行舟", "Zhou Xingzhou"), _phone(99, 4)),
        Staff("runner", "runner", Text("林快", "Lin Kuai"), _phone(99, 5)),
    ]
    managers = (
        ("hefeng", "许清禾", "Xu Qinghe"),
        ("boiling", "陆一川", "Lu Yichuan"),
        ("eaves", "苏若溪", "Su Ruoxi"),
    )
    for number, (code, zh, en) in enumerate(managers, start=10):
        roles.append(Staff(f"merchant-{code}", "merchant", Text(zh, en), _phone(99, number), merchant=merchants[code]))
    for number, code in enumerate(_CLERKS):
        shop = by_code[code]
        name = Text(_SURNAMES[number + 4] + _GIVEN[number], f"{_PINYIN[number + 4]} {_FIRST[number]}")
        roles.append(
            Staff(
                f"clerk-{code}",
                "clerk",
                name,
                _phone(99, 20 + number),
                merchant=shops[shop].merchant,
                shop=shop,
            )
        )
    return tuple(roles)


def members(n: int = 20_000, *, seed: int = 20, today: date) -> Iterator[Member]:
    """Yield `n` members, the same ones for the same arguments."""
    rng = Random(seed * 7919 + 1)
    tops = [row["code"] for row in rows("categories") if "." not in row["code"]]
    for number in range(n):
        language = "en" if rng.random() < 0.08 else "zh-CN"
        yield Member(
            name=_name(rng, language),
            phone=_phone(0, number),
            joined=today - timedelta(days=int(547 * rng.random() ** 1.4)),
            language="en" if language == "en" else "zh-CN",
            district=rng.choices(_DISTRICTS, weights=(40, 20, 14, 12, 9, 5))[0],
            taste=_taste(rng, tops),
            activity=round(min(rng.paretovariate(1.5) / 3, 40.0), 3),
        )


def _phone(block: int, number: int) -> str:
    return f"+86199{block:02d}{number:06d}"


def _name(rng: Random, language: str) -> str:
    at = rng.randrange(len(_SURNAMES))
    if language == "en":
        return f"{rng.choice(_FIRST)} {_PINYIN[at]}"
    if rng.random() < 0.12:
        return f"{rng.choice(_NICK)}{rng.randrange(1000)}"
    return _SURNAMES[at] + rng.choice(_GIVEN)


def _taste(rng: Random, tops: list[str]) -> dict[str, float]:
    kind = rng.choice(_TASTES)
    raw = {top: (kind.get(top, 0.0) + 0.4) * rng.uniform(0.4, 1.6) for top in tops}
    total = sum(raw.values())
    return {top: round(weight / total, 4) for top, weight in raw.items()}
