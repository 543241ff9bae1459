"""What may be asked, who may move a case, where it goes next, until when, and how money falls on units. Pure."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from galleria.commerce import orders
from galleria.commerce.aftersales.model import (
    BY_MEMBER,
    MONEY,
    MOVES,
    CaseGoods,
    CaseHanding,
    CaseItem,
    CaseKind,
    CaseMove,
    CasePolicy,
    CaseRemedy,
    CaseRow,
    CaseState,
    CaseTerms,
    GoodsNotHere,
)
from galleria.commerce.orders import LineView, OrderView, SubOrderView, UnitState
from galleria.kernel.allocation import allocate
from galleria.kernel.ids import LineId

PHYSICAL = "physical"
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_PREFIX = "GAC:"
"""What the QR of a case's code begins with."""

SERVICE = frozenset({CaseKind.REPAIR, CaseKind.WARRANTY})

Unit = tuple[LineId, int]


def new_code() -> str:
    """Return a fresh code to show at a counter: ten characters nobody misreads (49 bits)."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(10))


def read_code(shown: str) -> str:
    """Return the code in what was scanned or typed: without prefix, spaces and dashes, in capitals."""
    plain = shown.strip().upper().removeprefix(CODE_PREFIX)
    return plain.replace(" ", "").replace("-", "")


def terms_for(policies: Iterable[CasePolicy], shop_id: UUID, category_ids: Collection[UUID]) -> CaseTerms:
    """Return the terms that hold for goods: a category in the shop, the shop, a category, the mall; else the usual."""
    fitting = [
        one
        for one in policies
        if one.shop_id in {None, shop_id} and (one.category_id is None or one.category_id in category_ids)
    ]
    if not fitting:
        return CaseTerms()
    order = list(category_ids)
    return max(
        fitting,
        key=lambda one: (
            one.shop_id is not None,
            one.category_id is not None,
            -1 if one.category_id is None else order.index(one.category_id),
        ),
    ).terms


def left(line: LineView, unit: int) -> int:
    """Return what is left of a unit's price."""
    one = line.units[unit]
    return 0 if one.state is UnitState.REFUNDED else one.paid_minor - one.reduced_minor


def until(part: SubOrderView, days: int) -> datetime | None:
    """Return when `days` after the hand-over of a part end; None while it is not handed over whole."""
    return None if part.fulfilled_at is None else part.fulfilled_at + timedelta(days=days)


def kinds_for(part: SubOrderView, line: LineView, unit: int, terms: CaseTerms, now: datetime) -> list[CaseKind]:
    """Return what may be asked for a unit now.

    Money for what was not handed over, at any time; for what was, within the window; the return, exchange and repair of
    goods within the window too; a warranty (and a repair) as long as that lasts. Days count from when the whole part
    was handed over.
    """
    state, price_left = line.units[unit].state, left(line, unit)
    if state is UnitState.REFUNDED:
        return []
    money = [CaseKind.REFUND_ONLY] if price_left > 0 else []
    if state is UnitState.OPEN:
        return money
    window, warranty = until(part, terms.window_days), until(part, terms.warranty_days)
    inside = window is None or now < window
    under = terms.warranty_days > 0 and (warranty is None or now < warranty)
    if line.kind != PHYSICAL:
        return money if inside else []
    kinds = [*money, CaseKind.RETURN_REFUND, CaseKind.EXCHANGE] if inside else []
    kinds += [CaseKind.REPAIR] if inside or under else []
    return [*kinds, CaseKind.WARRANTY] if under else kinds


def due(state: CaseState, terms: CaseTerms, now: datetime) -> datetime | None:
    """Return until when somebody is to act in a state entered now; None when nobody is held to a time."""
    waits = {
        CaseState.REQUESTED: timedelta(hours=terms.answer_hours),
        CaseState.COUNTERED: timedelta(hours=terms.reply_hours),
        CaseState.REJECTED: timedelta(hours=terms.reply_hours),
        CaseState.ESCALATED: timedelta(hours=terms.decide_hours),
        CaseState.APPROVED: timedelta(days=terms.return_days),
        CaseState.RETURNING: timedelta(days=terms.transit_days),
        CaseState.DROPPED: timedelta(hours=terms.answer_hours),
        CaseState.RECEIVED: timedelta(hours=terms.answer_hours),
        CaseState.REPAIRING: timedelta(days=terms.repair_days),
        CaseState.SENT: timedelta(days=terms.transit_days),
    }
    return now + waits[state] if state in waits else None


def may(case: CaseRow, move: CaseMove) -> bool:
    """Return whether a case as it stands can be moved so; who asks is another question."""
    if case.state not in MOVES[move]:
        return False
    if move is CaseMove.WITHDRAW:
        return case.goods is CaseGoods.MEMBER
    if move is CaseMove.ESCALATE:
        return not case.final
    if move is CaseMove.SCAN_IN:
        return case.goods is not CaseGoods.SHOP and not (
            case.state is CaseState.ESCALATED and case.goods is CaseGoods.MEMBER
        )
    return True


def can(case: CaseRow, moves: Collection[CaseMove] = BY_MEMBER) -> list[CaseMove]:
    """Return those of the moves that can be made now, in their usual order."""
    return [move for move in CaseMove if move in moves and may(case, move)]


def granted(goods: CaseGoods, remedy: CaseRemedy) -> tuple[CaseState, CaseHanding | None]:
    """Return where a granted remedy leads with the goods where they are; raises GoodsNotHere when that cannot be.

    Goods that the shopper has must come in first, but for money without them. Goods that were sent or given in and did
    not arrive are no longer the shopper's trouble: money or a replacement is owed at once.
    """
    if goods is CaseGoods.MEMBER:
        return (CaseState.REFUNDED if remedy is CaseRemedy.REFUND_ONLY else CaseState.APPROVED), None
    if remedy is CaseRemedy.RETURN_REFUND:
        return CaseState.REFUNDED, None
    if remedy is CaseRemedy.EXCHANGE:
        return CaseState.READY, CaseHanding.REPLACEMENT
    if remedy is CaseRemedy.REPAIR and goods is CaseGoods.SHOP:
        return CaseState.REPAIRING, None
    raise GoodsNotHere


def honours(case: CaseRow, remedy: CaseRemedy, amount_minor: int) -> bool:
    """Return whether a shop's yes gives no less than was asked, or than was granted before the goods came in.

    Anything else is an offer, which the shopper may decline. Money without the goods is more than money for them.
    """
    granted = case.offered_kind
    if granted is None and case.kind is CaseKind.WARRANTY:
        return remedy not in MONEY or amount_minor == case.most_minor
    wanted = granted or CaseRemedy(case.kind.value)
    least = case.asked_minor if granted is None else case.offered_minor
    more = remedy is CaseRemedy.REFUND_ONLY and wanted is CaseRemedy.RETURN_REFUND
    return (remedy is wanted or more) and (remedy not in MONEY or amount_minor >= least)


def blocked(decided: CaseKind, asked: CaseKind) -> bool:
    """Return whether the mall's last word about a unit keeps this from being asked: a service is another matter."""
    return (decided in SERVICE) == (asked in SERVICE)


def nothing_given(goods: CaseGoods) -> tuple[CaseState, CaseHanding | None]:
    """Return where a case ends that gives nothing: closed, or the shopper's own goods wait at the shop."""
    return (CaseState.CLOSED, None) if goods is not CaseGoods.SHOP else (CaseState.READY, CaseHanding.OWN)


def handed(handing: CaseHanding | None) -> CaseState:
    """Return where a case ends when what was to be handed over is with the shopper."""
    if handing is CaseHanding.REPLACEMENT:
        return CaseState.EXCHANGED
    return CaseState.REPAIRED if handing is CaseHanding.REPAIRED else CaseState.CLOSED


def lapsed(case: CaseRow) -> tuple[CaseMove, CaseState, CaseHanding | None]:
    """Return what becomes of a case whose time is over.

    Where the shop was to act, the mall decides; where the shopper was, it ends; what was sent to him is taken as come.
    """
    if case.state in MOVES[CaseMove.OVERDUE]:
        return CaseMove.OVERDUE, CaseState.ESCALATED, None
    if case.state is CaseState.SENT:
        return CaseMove.LAPSE, handed(case.handing), case.handing
    state, handing = nothing_given(case.goods)
    return CaseMove.LAPSE, state, handing


def scanned_in(case: CaseRow, *, at_shop: bool) -> tuple[CaseState, CaseGoods]:
    """Return where a case and its goods are once those are given in at its own shop, or at another place."""
    if at_shop:
        return (CaseState.ESCALATED if case.state is CaseState.ESCALATED else CaseState.RECEIVED), CaseGoods.SHOP
    return (CaseState.ESCALATED if case.state is CaseState.ESCALATED else CaseState.DROPPED), CaseGoods.POINT


def units_of(items: Iterable[CaseItem]) -> list[Unit]:
    """Return the units of a case."""
    return [(item.line_id, unit) for item in items for unit in item.units]


def needs_goods(remedy: CaseRemedy) -> bool:
    """Return whether a remedy is about goods the shopper has."""
    return remedy is not CaseRemedy.REFUND_ONLY


def fits(order: OrderView, items: Sequence[CaseItem], remedy: CaseRemedy) -> bool:
    """Return whether a remedy makes sense for the units: what needs goods needs ones that were handed over."""
    if not needs_goods(remedy):
        return True
    lines = lines_of(order)
    return all(
        lines[line_id].kind == PHYSICAL and lines[line_id].units[unit].state is UnitState.FULFILLED
        for line_id, unit in units_of(items)
    )


def whole(order: OrderView, items: Sequence[CaseItem], amount_minor: int) -> bool:
    """Return whether an amount is all that is left of units which may go back whole; a used voucher may not."""
    lines = lines_of(order)
    units = units_of(items)
    used = any(
        lines[line_id].kind != PHYSICAL and lines[line_id].units[unit].state is UnitState.FULFILLED
        for line_id, unit in units
    )
    return not used and amount_minor == sum(left(lines[line_id], unit) for line_id, unit in units)


def spread_over(lefts: Sequence[int], amount_minor: int) -> list[int]:
    """Split an amount over units in proportion to what is left of each price; no part exceeds what is left.

    Raises ValueError when there is less left than that.
    """
    if amount_minor > sum(lefts):
        raise ValueError("more than is left")
    return allocate(amount_minor, lefts) if amount_minor else [0] * len(lefts)


def reductions(order: OrderView, items: Sequence[CaseItem], amount_minor: int) -> dict[Unit, int]:
    """Return how an amount falls on the units of a case; units that bear nothing are left out."""
    lines, units = lines_of(order), units_of(items)
    parts = spread_over([left(lines[line_id], unit) for line_id, unit in units], amount_minor)
    return {unit: part for unit, part in zip(units, parts, strict=True) if part}


def lines_of(order: OrderView) -> dict[LineId, LineView]:
    """Return the lines of an order by id."""
    return {line.id: line for part in order.sub_orders for line in part.lines}


def items_of(order: OrderView, units: Iterable[Unit]) -> list[CaseItem]:
    """Return units as items of a case, a line each, with what is left of their price."""
    by_line: dict[LineId, list[int]] = {}
    for line_id, unit in units:
        by_line.setdefault(line_id, []).append(unit)
    lines = lines_of(order)
    return [_item(lines[line_id], sorted(which)) for line_id, which in by_line.items()]


def _item(line: LineView, units: list[int]) -> CaseItem:
    return CaseItem(
        line_id=line.id,
        variant_id=line.variant_id,
        product_id=line.product_id,
        kind=line.kind,
        name_zh=line.name_zh,
        name_en=line.name_en,
        option_zh=line.option_zh,
        option_en=line.option_en,
        picture=line.picture,
        units=units,
        left_minor=sum(left(line, unit) for unit in units),
    )


def kept_units(order: OrderView, items: Iterable[CaseItem]) -> list[Unit]:
    """Return those units of a case that were not given back otherwise."""
    lines = lines_of(order)
    return [
        (line_id, unit)
        for line_id, unit in units_of(items)
        if lines[line_id].units[unit].state is not orders.UnitState.REFUNDED
    ]
