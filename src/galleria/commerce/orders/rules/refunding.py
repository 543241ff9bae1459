"""Which units and fees may go back, what that gives to everyone, and what becomes of the rest."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from galleria.commerce.orders.model import (
    LineRow,
    OrderRow,
    RecordedRefund,
    RefundedDelivery,
    RefundedLine,
    SubOrderRow,
    TenderPart,
)
from galleria.commerce.orders.rules.funding import funded, mall_funded
from galleria.commerce.orders.rules.tenders import DELIVERY, Parts, added_up, earning, some_of, tender_units
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import LineId, SubOrderId
from galleria.value.promotions import Source

Units = Mapping[LineId, Sequence[int] | int]
"""Which units of which lines: indexes from 0, or how many."""

Reductions = Mapping[tuple[LineId, int], int]
"""How much of the price of which units goes back though they are kept, in minor units."""


class NotPaid(Conflict):
    """The order is not paid, so nothing of it can be handed over or given back."""

    code = "order_not_paid"


class UnitsNotRefundable(Conflict):
    """Some of these units were given back already, are redeemed, or are not in this order."""

    code = "units_not_refundable"


class ReductionTooLarge(Conflict):
    """So much of the unit's price is not left to give back; `left_minor` is what is."""

    code = "reduction_too_large"


def reduced(line: LineRow, unit: int) -> int:
    """Return what was given back of a unit besides the unit itself."""
    return line.unit_reduced_minor[unit] if line.unit_reduced_minor else 0


def given_back(line: LineRow) -> int:
    """Return what has gone back of a line: units whole, and parts of the price of units that are kept."""
    return sum(
        paid if unit in line.refunded_units else reduced(line, unit) for unit, paid in enumerate(line.unit_paid_minor)
    )


def went_back(row: OrderRow, spread: Parts) -> Iterable[TenderPart]:
    """Return what has gone back of the places of an order, tender by tender."""
    for line in row.lines:
        for unit, paid in enumerate(line.unit_paid_minor):
            gone = paid if unit in line.refunded_units else reduced(line, unit)
            yield from some_of(spread.get((line.id, unit), []), 0, gone)
    for part in row.sub_orders:
        if part.delivery_refunded:
            yield from spread.get((part.id, DELIVERY), [])


def plan_refund(
    row: OrderRow,
    units: Units | None,
    *,
    open_only: bool,
    with_delivery: bool = False,
    on_the_way: Collection[SubOrderId] = (),
) -> RecordedRefund:
    """Return what giving back these units takes out of an order; `None` means every unit still there.

    Each unit gives back exactly what was frozen for it at placement (less what was given back of it before), to each
    tender what it paid, so the order of partial refunds does not matter. `open_only` leaves out units redeemed or
    handed over. A gift goes back with the last unit of the goods it was earned with, as far as it was not handed over;
    until then it is the shopper's. A part's delivery fee goes back with its last unit when nothing of the part was
    handed over or is `on_the_way`, or with any unit when `with_delivery` says so. Raises UnitsNotRefundable, also for
    no units at all.
    """
    by_id = {line.id: line for line in row.lines}
    wanted = {line.id: _free(line, open_only=open_only) for line in row.lines} if units is None else {}
    for line_id, which in (units or {}).items():
        if line_id not in by_id:
            raise UnitsNotRefundable
        wanted[line_id] = _chosen(by_id[line_id], which, open_only=open_only)
    wanted = {line_id: chosen for line_id, chosen in wanted.items() if chosen}
    if not wanted:
        raise UnitsNotRefundable
    wanted |= _gifts_lost(row, wanted)
    parts = {part.id: part for part in row.sub_orders}
    spread = tender_units(row)
    lines = [_refunded(by_id[line_id], parts, chosen, spread) for line_id, chosen in wanted.items()]
    fees = [
        _delivery(part, spread)
        for part in row.sub_orders
        if _fee_goes_back(row, part, wanted, with_delivery=with_delivery, on_the_way=on_the_way)
    ]
    return _recorded(row, lines, fees, spread)


def plan_reduction(row: OrderRow, reductions: Reductions) -> RecordedRefund:
    """Return what giving back some of the price of units that are kept takes out of an order.

    The merchant gives it up, and the platform's fee on it; what others bear of the discounts stays. What is left of a
    unit goes back with the unit, so that price and parts end the same in whatever steps. Raises UnitsNotRefundable,
    ReductionTooLarge.
    """
    by_id, parts, spread = {ln.id: ln for ln in row.lines}, {p.id: p for p in row.sub_orders}, tender_units(row)
    chosen: dict[LineId, dict[int, int]] = {}
    for (line_id, unit), minor in reductions.items():
        line = by_id.get(line_id)
        if line is None or not 0 <= unit < line.quantity or unit in line.refunded_units or minor < 1:
            raise UnitsNotRefundable
        left = line.unit_paid_minor[unit] - reduced(line, unit)
        if minor > left:
            raise ReductionTooLarge(left_minor=left)
        chosen.setdefault(line_id, {})[unit] = minor
    if not chosen:
        raise UnitsNotRefundable
    lines = [_cheaper(by_id[line_id], parts, amounts, spread) for line_id, amounts in chosen.items()]
    return msgspec.structs.replace(_recorded(row, lines, [], spread), everything=False)


def _gifts_lost(row: OrderRow, wanted: Mapping[LineId, Sequence[int]]) -> dict[LineId, list[int]]:
    """Return the gifts' units that go back because nothing they were earned with is left."""
    left = {ln.id for ln in row.lines if len(ln.refunded_units) + len(wanted.get(ln.id, ())) < ln.quantity}
    lost = {one.id for one in row.applied if one.earned_by and left.isdisjoint(one.earned_by)}
    return {
        line.id: sorted({*_free(line, open_only=True), *wanted.get(line.id, ())})
        for line in row.lines
        if line.granted_by in lost and _free(line, open_only=True)
    }


def _fee_goes_back(
    row: OrderRow,
    part: SubOrderRow,
    wanted: Mapping[LineId, Sequence[int]],
    *,
    with_delivery: bool,
    on_the_way: Collection[SubOrderId],
) -> bool:
    """Return whether the delivery fee of a part goes back with these units."""
    lines = [line for line in row.lines if line.sub_order_id == part.id]
    if part.delivery_refunded or part.delivery_minor == 0 or not any(line.id in wanted for line in lines):
        return False
    if with_delivery:
        return True
    emptied = all(len(ln.refunded_units) + len(wanted.get(ln.id, ())) == ln.quantity for ln in lines)
    return emptied and part.id not in on_the_way and not any(line.fulfilled_units for line in lines)


def _refunded(line: LineRow, parts: Mapping[SubOrderId, SubOrderRow], units: list[int], spread: Parts) -> RefundedLine:
    """Return whole units given back, without what was given back of them before."""
    part, by_mall = parts[line.sub_order_id], mall_funded(line.shares, line.quantity)
    fees = line.unit_fee_minor or [0] * line.quantity
    back = [
        given for unit in units for given in some_of(
            spread.get((line.id, unit), []), reduced(line, unit), line.unit_paid_minor[unit]
        )
    ]  # fmt: skip
    return RefundedLine(
        line_id=line.id,
        sub_order_id=line.sub_order_id,
        shop_id=part.shop_id,
        merchant_id=part.merchant_id,
        variant_id=line.variant_id,
        kind=line.kind,
        units=units,
        amount_minor=sum(line.unit_paid_minor[unit] - reduced(line, unit) for unit in units),
        mall_funded_minor=sum(by_mall[unit] for unit in units),
        fee_minor=sum(fees[unit] - _fee_on(line, unit, reduced(line, unit)) for unit in units),
        funded=funded((share, units) for share in line.shares),
        backs=added_up(back),
    )


def _cheaper(
    line: LineRow, parts: Mapping[SubOrderId, SubOrderRow], amounts: Mapping[int, int], spread: Parts
) -> RefundedLine:
    """Return some of the price of units that are kept."""
    part = parts[line.sub_order_id]
    back: list[TenderPart] = []
    fee = 0
    for unit, minor in amounts.items():
        before = reduced(line, unit)
        back += some_of(spread.get((line.id, unit), []), before, before + minor)
        fee += _fee_on(line, unit, before + minor) - _fee_on(line, unit, before)
    return RefundedLine(
        line_id=line.id,
        sub_order_id=line.sub_order_id,
        shop_id=part.shop_id,
        merchant_id=part.merchant_id,
        variant_id=line.variant_id,
        kind=line.kind,
        units=sorted(amounts),
        amount_minor=sum(amounts.values()),
        mall_funded_minor=0,
        fee_minor=fee,
        funded=[],
        backs=added_up(back),
    )


def _fee_on(line: LineRow, unit: int, gone_minor: int) -> int:
    """Return what the platform gives back of its fee when so much of a unit's price has gone back."""
    fee = line.unit_fee_minor[unit] if line.unit_fee_minor else 0
    return fee * gone_minor // line.unit_price_minor if fee else 0


def _delivery(part: SubOrderRow, spread: Parts) -> RefundedDelivery:
    return RefundedDelivery(
        sub_order_id=part.id,
        shop_id=part.shop_id,
        merchant_id=part.merchant_id,
        owner=part.delivery_owner,
        amount_minor=part.delivery_paid_minor,
        funded=funded((share, [0]) for share in part.delivery_shares),
        backs=spread.get((part.id, DELIVERY), []),
    )


def _recorded(
    row: OrderRow, lines: list[RefundedLine], deliveries: list[RefundedDelivery], spread: Parts
) -> RecordedRefund:
    gone = sum(len(line.units) for line in lines) + sum(len(line.refunded_units) for line in row.lines)
    return RecordedRefund(
        order_id=row.id,
        group_id=row.group_id,
        member_id=row.member_id,
        number=row.number,
        currency=row.currency,
        claim_ids=row.claim_ids,
        offers=any(one.source is Source.AUTOMATIC for one in row.applied),
        earned=bool(row.granted),
        amount_minor=sum(line.amount_minor for line in lines) + sum(one.amount_minor for one in deliveries),
        mall_funded_minor=sum(line.mall_funded_minor for line in lines),
        everything=gone == sum(line.quantity for line in row.lines),
        lines=lines,
        deliveries=deliveries,
        backs=added_up(
            [part for line in lines for part in line.backs] + [part for one in deliveries for part in one.backs]
        ),
        tenders=row.tenders,
        remaining=_remaining(row, lines, spread),
    )


def _remaining(row: OrderRow, lines: Iterable[RefundedLine], spread: Parts) -> dict[str, int]:
    """Return what each part still earns points on: its goods' price, less what points paid and what has gone back."""
    left = {str(part.id): 0 for part in row.sub_orders}
    for line in row.lines:
        for unit, paid in enumerate(line.unit_paid_minor):
            gone = paid if unit in line.refunded_units else reduced(line, unit)
            left[str(line.sub_order_id)] += earning(some_of(spread.get((line.id, unit), []), gone, paid))
    for one in lines:
        left[str(one.sub_order_id)] -= earning(one.backs)
    return left


def _free(line: LineRow, *, open_only: bool) -> list[int]:
    """Return the units that may go back, those not yet redeemed first."""
    free = [unit for unit in range(line.quantity) if unit not in line.refunded_units]
    if open_only:
        return [unit for unit in free if unit not in line.fulfilled_units]
    return sorted(free, key=lambda unit: (unit in line.fulfilled_units, unit))


def _chosen(line: LineRow, which: Sequence[int] | int, *, open_only: bool) -> list[int]:
    free = _free(line, open_only=open_only)
    chosen = free[: max(which, 0)] if isinstance(which, int) else list(which)
    if not chosen or len(set(chosen)) != len(chosen) or not set(chosen) <= set(free):
        raise UnitsNotRefundable
    if isinstance(which, int) and len(chosen) != which:
        raise UnitsNotRefundable
    return sorted(chosen)
