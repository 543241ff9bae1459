"""What an order to place is made of: its number, its parts, the rows of its lines and offers."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from galleria.commerce.orders.model import NewApplied, NewDelivery, NewLine
from galleria.commerce.orders.rules.funding import mall_funded
from galleria.kernel.ids import MerchantId, ShopId, SubOrderId, new_id

NUMBER_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which people misread."""


def new_number(day: date) -> str:
    """Return a fresh order number: the business day and eight random characters (40 bits), as `261121-7K3M9QXA`."""
    return f"{day:%y%m%d}-" + "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(8))


class Part(msgspec.Struct, kw_only=True):
    """One shop's part of an order to place."""

    id: SubOrderId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    delivery: NewDelivery
    goods_minor: int = 0
    payable_minor: int = 0
    mall_funded_minor: int = 0


def split(
    lines: Sequence[NewLine], deliveries: Sequence[NewDelivery] = ()
) -> tuple[list[Part], list[dict[str, object]]]:
    """Return the sub-orders, one a shop in order of appearance (and of id), and the rows of the lines.

    Each part has the way and the delivery fee told for its shop; none told is collected at the shop.
    """
    parts: dict[ShopId, Part] = {}
    going = {one.shop_id: one for one in deliveries}
    ids = sorted(new_id() for _ in {line.shop_id for line in lines})
    rows: list[dict[str, object]] = []
    for position, line in enumerate(lines):
        part = parts.get(line.shop_id)
        if part is None:
            part = parts[line.shop_id] = Part(
                id=SubOrderId(ids[len(parts)]),
                shop_id=line.shop_id,
                merchant_id=line.merchant_id,
                shop_zh=line.shop_zh,
                shop_en=line.shop_en,
                delivery=going.get(line.shop_id) or NewDelivery(shop_id=line.shop_id),
            )
        part.goods_minor += line.unit_price_minor * len(line.unit_paid_minor)
        part.payable_minor += sum(line.unit_paid_minor)
        quantity = len(line.unit_paid_minor)
        by_mall = mall_funded(line.shares, quantity)
        part.mall_funded_minor += sum(by_mall)
        keys = {
            "id": new_id(),
            "sub_order_id": part.id,
            "position": position,
            "unit_mall_funded_minor": by_mall,
            "unit_reduced_minor": [0] * quantity,
        }
        fees = line.unit_fee_minor or [0] * quantity
        rows.append(msgspec.structs.asdict(line) | keys | {"unit_fee_minor": fees})
    return list(parts.values()), rows


def applied_rows(applied: Sequence[NewApplied], lines: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return the rows of applied offers; the positions a gift was earned with become the lines' ids."""
    return [
        msgspec.structs.asdict(one) | {"earned_by": [lines[position]["id"] for position in one.earned_by]}
        for one in applied
    ]
