"""What happens to stock: it comes in, is counted, promised, sold, given up and brought back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from galleria.kernel.errors import Conflict, FieldError, Invalid
from galleria.kernel.ids import MallId, OrderId, VariantId
from galleria.platform.tx import Tx
from galleria.value.stock import store
from galleria.value.stock.model import Level, MovementKind


class OutOfStock(Conflict):
    """There is less than was wanted; `left` holds what can still be had of each variant that is short.

    `errors` names each one as `variants[<id>]`, with its number in the parameter `left`.
    """

    code = "out_of_stock"

    def __init__(self, left: Mapping[VariantId, int]) -> None:
        super().__init__(errors=tuple(FieldError(f"variants[{v}]", "stock_left", {"left": left[v]}) for v in left))
        self.left = dict(left)


class BelowReserved(Conflict):
    """More is promised to unpaid orders than was counted; see to those orders first."""

    code = "stock_below_reserved"


async def reserve(
    tx: Tx, *, mall_id: MallId, order_id: OrderId, wants: Sequence[tuple[VariantId, int]], expires_at: datetime
) -> None:
    """Promise goods to an order until `expires_at`: everything wanted, or nothing and OutOfStock.

    One statement. `wants` are (variant, units above zero); the same variant twice is added up. The promise does not
    end by itself: whoever expires the order calls `release`.
    """
    short = await store.reserve(tx, mall_id, order_id, _sum(wants), expires_at)
    if short:
        raise OutOfStock({s.variant_id: s.available for s in short})


async def take(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> int:
    """Hand over what an order holds: off the shelf, with a movement. Returns units taken, 0 when it holds nothing.

    One statement; doing it again takes nothing more.
    """
    return await store.take(tx, mall_id, order_id, now)


async def release(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Give up what an order holds, so that others can buy it. Returns units released, 0 when it holds nothing."""
    return await store.release(tx, mall_id, order_id)


async def give_back(
    tx: Tx, *, mall_id: MallId, reference: UUID, items: Sequence[tuple[VariantId, int]], now: datetime
) -> None:
    """Put returned units back on the shelf; `reference` is the refund that brings them. One statement."""
    added = _sum(items)
    if added:
        await store.add(tx, mall_id, added, MovementKind.RETURN, reference, now)


async def receive(
    tx: Tx, *, mall_id: MallId, variant_id: VariantId, quantity: int, now: datetime, reference: UUID | None = None
) -> None:
    """Take in a delivery of `quantity` units, above zero."""
    await receive_many(tx, mall_id=mall_id, items=[(variant_id, quantity)], now=now, reference=reference)


async def receive_many(
    tx: Tx, *, mall_id: MallId, items: Sequence[tuple[VariantId, int]], now: datetime, reference: UUID | None = None
) -> None:
    """Take in deliveries of many variants in one statement; raises Invalid for a quantity below one."""
    if any(quantity <= 0 for _, quantity in items):
        raise Invalid.field("quantity", "quantity_positive")
    await store.add(tx, mall_id, _sum(items), MovementKind.RECEIVE, reference, now)


async def set_level(
    tx: Tx, *, mall_id: MallId, variant_id: VariantId, on_hand: int, now: datetime, reference: UUID | None = None
) -> Level:
    """Record that `on_hand` units were counted; the difference becomes a movement. Raises BelowReserved."""
    changed = await set_levels(tx, mall_id=mall_id, levels={variant_id: on_hand}, now=now, reference=reference)
    return changed[0]


async def set_levels(
    tx: Tx, *, mall_id: MallId, levels: Mapping[VariantId, int], now: datetime, reference: UUID | None = None
) -> list[Level]:
    """Record what was counted of many variants, in two statements; raises BelowReserved, and then changes nothing.

    Raises Invalid for a negative count.
    """
    if any(on_hand < 0 for on_hand in levels.values()):
        raise Invalid.field("on_hand", "quantity_not_negative")
    await store.open_levels(tx, mall_id, sorted(levels))
    changed = await store.set_levels(tx, mall_id, dict(levels), reference, now)
    for level in changed:
        if level.available < 0:
            raise BelowReserved(variant_id=str(level.variant_id), reserved=level.reserved)
    return changed


def _sum(items: Iterable[tuple[VariantId, int]]) -> dict[VariantId, int]:
    """Return units by variant, in order of variant."""
    total: Counter[VariantId] = Counter()
    for variant_id, quantity in items:
        total[variant_id] += quantity
    return dict(sorted(total.items()))
