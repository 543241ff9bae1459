"""Which units may go back, which of those are meant, and what the ledger says about it. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from galleria.commerce import orders, redemption
from galleria.commerce.orders import LineView, OrderView, UnitState
from galleria.commerce.returns.model import (
    Back,
    KeptUnit,
    NothingToRefund,
    RefundedDelivery,
    RefundedLine,
    UnitHandedOver,
    UnitOnTheWay,
    UnitRedeemed,
    UnitRefunded,
    Wanted,
    WantedLine,
)
from galleria.foundation import ledger
from galleria.foundation.ledger import AccountRef
from galleria.kernel.errors import Conflict, Invalid
from galleria.kernel.ids import LineId, MallId, SubOrderId, TicketId, VariantId
from galleria.value import wallet

PHYSICAL = "physical"
REFUND = "returns.refund"
POINTS_BACK = "returns.points"
STORED_BACK = "returns.stored_value"

Chosen = dict[LineId, list[int]]


def keeps(line: LineView, unit: int, *, by_member: bool, away: Collection[LineId] = ()) -> type[Conflict] | None:
    """Return why a unit may not go back, or None.

    A used voucher stays until its redemption is reversed; goods handed over, or of a line that is on its way (`away`),
    are for the staff to take back.
    """
    state = line.units[unit].state
    if state is UnitState.REFUNDED:
        return UnitRefunded
    if state is UnitState.FULFILLED and line.kind != PHYSICAL:
        return UnitRedeemed
    if state is UnitState.FULFILLED and by_member:
        return UnitHandedOver
    if by_member and line.id in away and line.kind == PHYSICAL:
        return UnitOnTheWay
    return None


def free_units(line: LineView, *, by_member: bool, away: Collection[LineId] = ()) -> list[int]:
    """Return the units of a line that may go back, those not yet handed over first."""
    free = [unit for unit in range(line.quantity) if keeps(line, unit, by_member=by_member, away=away) is None]
    return sorted(free, key=lambda unit: (line.units[unit].state is not UnitState.OPEN, unit))


def choose(order: OrderView, wanted: Wanted, *, by_member: bool, away: Collection[LineId] = ()) -> Chosen:
    """Return the units meant by what is wanted, by line.

    `order` holds the lines the asker may see, so that others are simply not there. Raises NothingToRefund, the reason
    of a unit that may not go back, and Invalid for lines and units that are not in the order.
    """
    lines = lines_of(order)
    if wanted.everything:
        chosen = {line.id: sorted(free_units(line, by_member=by_member, away=away)) for line in lines.values()}
        chosen = {line_id: units for line_id, units in chosen.items() if units}
    else:
        chosen = {}
        for position, one in enumerate(wanted.lines):
            line = lines.get(LineId(one.line_id))
            if line is None or line.id in chosen:
                raise Invalid.field(f"lines[{position}].line_id", "refund_line")
            chosen[line.id] = _units_of(line, one, position, by_member=by_member, away=away)
    if not chosen:
        raise NothingToRefund
    return chosen


def _units_of(
    line: LineView, one: WantedLine, position: int, *, by_member: bool, away: Collection[LineId]
) -> list[int]:
    if one.count is not None:
        return _counted(line, one.count, position, by_member=by_member, away=away)
    if len(set(one.units)) != len(one.units) or max(one.units) >= line.quantity:
        raise Invalid.field(f"lines[{position}].units", "refund_unit_range", quantity=line.quantity)
    for unit in one.units:
        refusal = keeps(line, unit, by_member=by_member, away=away)
        if refusal is not None:
            raise refusal(name_zh=line.name_zh, name_en=line.name_en, unit=unit + 1)
    return sorted(one.units)


def _counted(line: LineView, count: int, position: int, *, by_member: bool, away: Collection[LineId]) -> list[int]:
    if count > line.quantity:
        raise Invalid.field(f"lines[{position}].count", "refund_unit_range", quantity=line.quantity)
    free = free_units(line, by_member=by_member, away=away)
    if len(free) < count:
        reasons = [keeps(line, unit, by_member=by_member, away=away) for unit in range(line.quantity)]
        refusal = next((r for r in reasons if r not in {None, UnitRefunded}), None) or UnitRefunded
        raise refusal(name_zh=line.name_zh, name_en=line.name_en, unit=reasons.index(refusal) + 1)
    return sorted(free[:count])


def chosen_of(recorded: orders.RecordedRefund) -> Chosen:
    """Return the units that really go back, by line: those chosen, and the gifts they were given with."""
    return {line.line_id: line.units for line in recorded.lines}


def lines_of(order: OrderView) -> dict[LineId, LineView]:
    """Return the lines of an order by id."""
    return {line.id: line for part in order.sub_orders for line in part.lines}


def describe(order: OrderView, planned: Iterable[orders.RefundedLine]) -> list[RefundedLine]:
    """Return planned lines with the names a screen shows."""
    lines, parts = lines_of(order), {part.id: part for part in order.sub_orders}
    return [
        RefundedLine(
            line_id=line.line_id,
            sub_order_id=line.sub_order_id,
            shop_id=line.shop_id,
            merchant_id=line.merchant_id,
            shop_zh=parts[line.sub_order_id].shop_zh,
            shop_en=parts[line.sub_order_id].shop_en,
            name_zh=lines[line.line_id].name_zh,
            name_en=lines[line.line_id].name_en,
            units=line.units,
            amount_minor=line.amount_minor,
            mall_funded_minor=line.mall_funded_minor,
            fee_minor=line.fee_minor,
        )
        for line in planned
    ]


def describe_fees(order: OrderView, planned: Iterable[orders.RefundedDelivery]) -> list[RefundedDelivery]:
    """Return planned delivery fees with the names a screen shows."""
    parts = {part.id: part for part in order.sub_orders}
    return [
        RefundedDelivery(
            sub_order_id=one.sub_order_id,
            shop_id=one.shop_id,
            merchant_id=one.merchant_id,
            shop_zh=parts[one.sub_order_id].shop_zh,
            shop_en=parts[one.sub_order_id].shop_en,
            amount_minor=one.amount_minor,
        )
        for one in planned
    ]


def backs(parts: Iterable[orders.TenderPart]) -> list[Back]:
    """Return what each tender gets back, before anybody was asked to pay it out."""
    return [
        Back(tender_id=one.tender_id, kind=one.kind, amount_minor=one.amount_minor, points=one.points) for one in parts
    ]


def money_state(states: Collection[str]) -> str:
    """Return how far a refund's money is by how far its parts are."""
    if not states:
        return "none"
    return next((state for state in ("failed", "requested") if state in states), "succeeded")


def kept(order: OrderView, *, by_member: bool, away: Collection[LineId] = ()) -> list[KeptUnit]:
    """Return every unit that may not go back, with the reason."""
    return [
        KeptUnit(line.id, unit, refusal.code)
        for line in lines_of(order).values()
        for unit in range(line.quantity)
        if (refusal := keeps(line, unit, by_member=by_member, away=away)) is not None
    ]


def void_tickets(
    order: OrderView, chosen: Chosen, tickets: Sequence[redemption.TicketStanding]
) -> tuple[list[TicketId], list[TicketId]]:
    """Return the tickets a refund makes void: those of vouchers, and those of goods of which none is left.

    `order` is the order before the refund. Tickets used already are left as they are.
    """
    valid = [ticket for ticket in tickets if ticket.state is not redemption.TicketState.VOID]
    vouchers = [t.id for t in valid if t.line_id is not None and t.unit in chosen.get(t.line_id, [])]
    emptied = {part.id for part in order.sub_orders if _takes_goods(part, chosen) and not _goods_left(part, chosen)}
    pickups = [
        t.id
        for t in valid
        if t.kind is redemption.TicketKind.PICKUP
        and t.sub_order_id in emptied
        and t.state is redemption.TicketState.VALID
    ]
    return vouchers, pickups


def _takes_goods(part: orders.SubOrderView, chosen: Chosen) -> bool:
    return any(line.kind == PHYSICAL and line.id in chosen for line in part.lines)


def _goods_left(part: orders.SubOrderView, chosen: Chosen) -> bool:
    return any(
        unit.state is UnitState.OPEN and position not in chosen.get(line.id, [])
        for line in part.lines
        if line.kind == PHYSICAL
        for position, unit in enumerate(line.units)
    )


def restocked(
    order: OrderView, chosen: Chosen, *, restock: bool, away: Collection[LineId] = ()
) -> list[tuple[VariantId, int]]:
    """Return what goes back on the shelf: what was never handed over, and with `restock` the rest too.

    What is on its way (`away`) goes back on the shelf when it has come back.
    """
    lines = lines_of(order)
    counts = {
        line_id: sum(restock or lines[line_id].units[unit].state is UnitState.OPEN for unit in units)
        for line_id, units in chosen.items()
        if line_id not in away
    }
    return _by_variant(lines, counts)


def shelved(order: OrderView, chosen: Chosen) -> list[tuple[VariantId, int]]:
    """Return everything chosen, to go back on the shelf."""
    return _by_variant(lines_of(order), {line_id: len(units) for line_id, units in chosen.items()})


def _by_variant(lines: Mapping[LineId, LineView], counts: Mapping[LineId, int]) -> list[tuple[VariantId, int]]:
    by_variant: dict[VariantId, int] = {}
    for line_id, count in counts.items():
        if count:
            variant_id = lines[line_id].variant_id
            by_variant[variant_id] = by_variant.get(variant_id, 0) + count
    return sorted(by_variant.items())


def lost(order: OrderView, units: Mapping[LineId, Sequence[int]]) -> Chosen:
    """Return those units that do not reach the shopper which were neither handed over nor given back."""
    lines = lines_of(order)
    chosen = {
        line_id: sorted(unit for unit in which if lines[line_id].units[unit].state is UnitState.OPEN)
        for line_id, which in units.items()
        if line_id in lines
    }
    return {line_id: which for line_id, which in chosen.items() if which}


def emptied(order: OrderView, chosen: Chosen, sub_order_id: SubOrderId) -> bool:
    """Return whether nothing of a part is left when these units go back too."""
    part = next(one for one in order.sub_orders if one.id == sub_order_id)
    return all(
        unit.state is UnitState.REFUNDED or n in chosen.get(line.id, [])
        for line in part.lines
        for n, unit in enumerate(line.units)
    )


def untouched(order: OrderView, away: Collection[LineId]) -> bool:
    """Return whether an order can still be cancelled whole: nothing of it is ready, on its way, used or given back."""
    return all(unit.state is UnitState.OPEN for line in lines_of(order).values() for unit in line.units) and not any(
        line.kind == PHYSICAL and (part.state is not orders.SubOrderState.PREPARING or line.id in away)
        for part in order.sub_orders
        for line in part.lines
    )


def entry(refund_id: UUID, mall_id: MallId, recorded: orders.RecordedRefund) -> ledger.Entry | None:
    """Return the ledger entry of a refund, the mirror of the payment's; None when no money moves.

    Each seller gives up what it was owed for the units, the platform its fee, everyone who had borne a part of their
    discounts gets it back. What stored value paid waits to go back into it; what points paid the mall no longer funds;
    the rest the shopper is owed until the provider, or a till, has paid it out.
    """
    currency = recorded.currency
    totals: dict[AccountRef, int] = {}
    for account, amount in orders.settlement(mall_id, currency, orders.returned(recorded)):
        totals[account] = totals.get(account, 0) - amount
    for part in recorded.backs:
        account = _given_to(mall_id, currency, part.kind)
        totals[account] = totals.get(account, 0) + part.amount_minor
    postings = [ledger.Posting(account, amount) for account, amount in totals.items() if amount]
    return ledger.Entry(REFUND, refund_id, postings) if postings else None


def _given_to(mall_id: MallId, currency: str, kind: orders.TenderKind) -> AccountRef:
    if kind is orders.TenderKind.STORED_VALUE:
        return wallet.deposits(mall_id, currency)
    if kind is orders.TenderKind.POINTS:
        return ledger.account(ledger.AccountKind.POINTS_FUNDING, mall_id, currency)
    return ledger.account(ledger.AccountKind.REFUNDS_PAYABLE, mall_id, currency)
