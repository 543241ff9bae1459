"""Coupons and the week's happenings, dated around today."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from galleria.demo.world.model import Coupon, Happening, Merchant, Picture, Shop, Text
from galleria.demo.world.tables import rows

ZONE = ZoneInfo("Asia/Shanghai")


def coupons(today: date, owners: tuple[Merchant, ...], shops: tuple[Shop, ...]) -> tuple[Coupon, ...]:
    merchants = {merchant.code: index for index, merchant in enumerate(owners)}
    by_code = {shop.code: index for index, shop in enumerate(shops)}
    return tuple(_coupon(row, today, merchants, by_code) for row in rows("coupons"))


def _coupon(row: dict[str, str], today: date, merchants: dict[str, int], by_code: dict[str, int]) -> Coupon:
    starts = at(today + timedelta(days=int(row["from"])), time(0))
    percent = row["value"].endswith("%")
    return Coupon(
        code=row["code"],
        mall=1 if row["funder"] == "heban" else 0,
        title=Text(row["zh"], row["en"]),
        funded_by=merchants.get(row["funder"]),
        amount_fen=None if percent else int(row["value"]) * 100,
        percent_off=int(row["value"][:-1]) if percent else None,
        cap_fen=int(row["cap"]) * 100 if row["cap"] else None,
        threshold_fen=int(row["threshold"]) * 100,
        starts_at=starts,
        ends_at=starts + timedelta(days=int(row["days"])),
        total=int(row["total"]),
        per_member=int(row["each"]),
        shops=tuple(by_code[code] for code in row["shops"].split(",") if code),
        categories=tuple(code for code in row["categories"].split(",") if code),
        points_price=int(row["points"] or 0),
    )


def happenings(rng: Random, today: date, shops: tuple[Shop, ...]) -> tuple[tuple[Happening, ...], tuple[Picture, ...]]:
    by_code = {shop.code: shop for shop in shops}
    found: list[Happening] = []
    pictures: list[Picture] = []
    for number, row in enumerate(rows("happenings")):
        shop = by_code.get(row["place"])
        key = f"event-{number:02d}"
        found.append(_happening(row, today, shop, key))
        icons = tuple(icon for icon in row["icons"] if icon != "\ufe0f")
        pictures.append(
            Picture(key=key, kind="event", icons=icons, palette=rng.randrange(24), seed=rng.randrange(1 << 30))
        )
    return tuple(found), tuple(pictures)


def _happening(row: dict[str, str], today: date, shop: Shop | None, key: str) -> Happening:
    day = today + timedelta(days=int(row["day"]))
    return Happening(
        mall=0,
        title=Text(row["zh"], row["en"]),
        text=Text(row["textzh"], row["texten"]),
        floor=shop.floor if shop else row["place"],
        unit=shop.unit if shop else None,
        starts_at=at(day, time.fromisoformat(row["from"])),
        ends_at=at(day, time.fromisoformat(row["to"])),
        places=int(row["places"]),
        picture=key,
    )


def at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZONE)
