"""Pure decisions of orders: numbers, totals, what units may go back, how stored rows become a screen."""

import secrets
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from galleria.commerce.orders.model import (
    AppliedOffer,
    LineRow,
    LineView,
    Moment,
    NewApplied,
    NewLine,
    OrderLineOffer,
    OrderRow,
    OrderView,
    RecordedRefund,
    RefundedLine,
    Share,
    SubOrderRow,
    SubOrderView,
    UnitState,
    UnitView,
)
from galleria.foundation.ledger import AccountKind, AccountRef, account
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import LineId, MallId, MerchantId, ShopId, SubOrderId, new_id
from galleria.platform.actors import Reach
from galleria.value.promotions import FundedTotal, Funder, Source

NUMBER_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which people misread."""

Units = Mapping[LineId, Sequence[int] | int]
"""Which units of which lines: indexes from 0, or how many."""


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
    goods_minor: int = 0
    payable_minor: int = 0
    mall_funded_minor: int = 0


def split(lines: Sequence[NewLine]) -> tuple[list[Part], list[dict[str, object]]]:
    """Return the sub-orders, one a shop in order of appearance (and of id), and the rows of the lines."""
    parts: dict[ShopId, Part] = {}
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
            )
        part.goods_minor += line.unit_price_minor * len(line.unit_paid_minor)
        part.payable_minor += sum(line.unit_paid_minor)
        by_mall = mall_funded(line.shares, len(line.unit_paid_minor))
        part.mall_funded_minor += sum(by_mall)
        keys = {"id": new_id(), "sub_order_id": part.id, "position": position, "unit_mall_funded_minor": by_mall}
        rows.append(keys | msgspec.structs.asdict(line))
    return list(parts.values()), rows


def mall_funded(shares: Sequence[Share], quantity: int) -> list[int]:
    """Return what the mall bears of each unit."""
    return [sum(share.units[unit] for share in shares if share.funder is Funder.MALL) for unit in range(quantity)]


def applied_rows(applied: Sequence[NewApplied], lines: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return the rows of applied offers; the positions a gift was earned with become the lines' ids."""
    return [
        msgspec.structs.asdict(one) | {"earned_by": [lines[position]["id"] for position in one.earned_by]}
        for one in applied
    ]


def funded(shares: Iterable[tuple[Share, Iterable[int]]]) -> list[FundedTotal]:
    """Return what each party bears of the given units, those of nothing left out."""
    totals: dict[tuple[Funder, UUID | None], int] = {}
    for share, units in shares:
        key = (share.funder, share.funder_id)
        totals[key] = totals.get(key, 0) + sum(share.units[unit] for unit in units)
    found = sorted(totals.items(), key=lambda item: (item[0][0], str(item[0][1])))
    return [FundedTotal(funder=who, funder_id=whose, amount_minor=minor) for (who, whose), minor in found if minor]


def funded_in_all(shares: Sequence[Share]) -> list[FundedTotal]:
    """Return what each party bears of all units of a line."""
    return funded((share, range(len(share.units))) for share in shares)


def settlement(
    mall_id: MallId, currency: str, sold: Iterable[tuple[MerchantId, int, Sequence[FundedTotal]]]
) -> list[tuple[AccountRef, int]]:
    """Return what selling moves, account by account: above zero owed to merchants, below zero borne by others.

    `sold` tells of some units whose they are, what was paid for them and who bears their discounts, in minor units.
    A merchant earns what was paid and what all the others bear; all the accounts sum to what was paid. A refund of
    the same units is the same with the signs turned.
    """
    totals: dict[AccountRef, int] = {}
    for merchant_id, paid, shares in sold:
        others = [one for one in shares if (one.funder, one.funder_id) != (Funder.MERCHANT, merchant_id)]
        earner = account(AccountKind.MERCHANT_PAYABLE, merchant_id, currency)
        totals[earner] = totals.get(earner, 0) + paid + sum(one.amount_minor for one in others)
        for one in others:
            bearer = _bearer(mall_id, currency, one)
            totals[bearer] = totals.get(bearer, 0) - one.amount_minor
    return [(ref, amount) for ref, amount in totals.items() if amount]


def _bearer(mall_id: MallId, currency: str, share: FundedTotal) -> AccountRef:
    if share.funder is Funder.MALL or share.funder_id is None:
        return account(AccountKind.MALL_MARKETING, mall_id, currency)
    kind = AccountKind.SPONSOR_FUNDING if share.funder is Funder.SPONSOR else AccountKind.MERCHANT_PAYABLE
    return account(kind, share.funder_id, currency)


def view(row: OrderRow, reach: Reach | None = None) -> OrderView:
    """Return an order as a screen shows it; with a reach, only its own shops' parts and their sums."""
    parts = [p for p in row.sub_orders if reach is None or sees(reach, p.merchant_id, p.shop_id)]
    whole = len(parts) == len(row.sub_orders)
    return OrderView(
        id=row.id,
        number=row.number,
        member_id=row.member_id,
        state=row.state,
        currency=row.currency,
        goods_minor=sum(p.goods_minor for p in parts),
        discount_minor=sum(p.discount_minor for p in parts),
        payable_minor=sum(p.payable_minor for p in parts),
        refunded_minor=sum(p.refunded_minor for p in parts),
        claim_ids=row.claim_ids,
        applied=[_applied_view(one, row, {p.id for p in parts}) for one in row.applied],
        granted=row.granted if whole else [],
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
        ended_at=row.ended_at,
        explanation=row.explanation if whole else [],
        sub_orders=[_part_view(p, row, told=reach is not None) for p in parts],
        timeline=timeline(row, parts),
    )


def sees(reach: Reach, merchant_id: MerchantId, shop_id: ShopId) -> bool:
    """Return whether a reach contains a shop."""
    return reach.everything or merchant_id in reach.merchant_ids or shop_id in reach.shop_ids


def _applied_view(one: AppliedOffer, row: OrderRow, parts: Container[SubOrderId]) -> AppliedOffer:
    """Return an applied offer with what it takes off the parts in sight."""
    shares = [share for line in row.lines if line.sub_order_id in parts for share in line.shares if share.id == one.id]
    return AppliedOffer(
        id=one.id,
        offer_id=one.offer_id,
        version=one.version,
        source=one.source,
        kind=one.kind,
        title_zh=one.title_zh,
        title_en=one.title_en,
        discount_minor=sum(sum(share.units) for share in shares),
    )


def _part_view(part: SubOrderRow, row: OrderRow, *, told: bool) -> SubOrderView:
    lines = [line for line in row.lines if line.sub_order_id == part.id]
    titles = {one.id: one for one in row.applied}
    shares = [(share, range(line.quantity)) for line in lines for share in line.shares]
    return SubOrderView(
        id=part.id,
        shop_id=part.shop_id,
        merchant_id=part.merchant_id,
        shop_zh=part.shop_zh,
        shop_en=part.shop_en,
        state=part.state,
        goods_minor=part.goods_minor,
        discount_minor=part.discount_minor,
        payable_minor=part.payable_minor,
        refunded_minor=part.refunded_minor,
        ready_at=part.ready_at,
        fulfilled_at=part.fulfilled_at,
        funded=funded(shares) if told else [],
        lines=[_line_view(line, titles) for line in lines],
    )


def _line_view(line: LineRow, titles: Mapping[UUID, AppliedOffer]) -> LineView:
    return LineView(
        id=line.id,
        variant_id=line.variant_id,
        product_id=line.product_id,
        kind=line.kind,
        sku=line.sku,
        name_zh=line.name_zh,
        name_en=line.name_en,
        option_zh=line.option_zh,
        option_en=line.option_en,
        picture=line.picture,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        goods_minor=line.unit_price_minor * line.quantity,
        payable_minor=sum(line.unit_paid_minor),
        refunded_minor=sum(line.unit_paid_minor[unit] for unit in line.refunded_units),
        granted_by=line.granted_by,
        applied=_line_offers(line, titles),
        units=[UnitView(unit_state(line, unit), paid) for unit, paid in enumerate(line.unit_paid_minor)],
    )


def _line_offers(line: LineRow, titles: Mapping[UUID, AppliedOffer]) -> list[OrderLineOffer]:
    off: dict[UUID, int] = {}
    for share in line.shares:
        off[share.id] = off.get(share.id, 0) + sum(share.units)
    return [
        OrderLineOffer(id=key, title_zh=titles[key].title_zh, title_en=titles[key].title_en, discount_minor=minor)
        for key, minor in off.items()
        if minor and key in titles
    ]


def unit_state(line: LineRow, unit: int) -> UnitState:
    """Return what became of a unit; given back weighs more than redeemed."""
    if unit in line.refunded_units:
        return UnitState.REFUNDED
    return UnitState.FULFILLED if unit in line.fulfilled_units else UnitState.OPEN


def timeline(row: OrderRow, parts: Sequence[SubOrderRow]) -> list[Moment]:
    """Return what happened to an order, the earliest first."""
    moments = [Moment("placed", row.placed_at)]
    if row.paid_at is not None:
        moments.append(Moment("paid", row.paid_at))
    if row.ended_at is not None:
        moments.append(Moment(row.state.value, row.ended_at))
    for part in parts:
        if part.ready_at is not None:
            moments.append(Moment("ready", part.ready_at, part.shop_id))
        if part.fulfilled_at is not None:
            moments.append(Moment("fulfilled", part.fulfilled_at, part.shop_id))
    return sorted(moments, key=lambda moment: moment.at)


class NotPaid(Conflict):
    """The order is not paid, so nothing of it can be handed over or given back."""

    code = "order_not_paid"


class UnitsNotRefundable(Conflict):
    """Some of these units were given back already, are redeemed, or are not in this order."""

    code = "units_not_refundable"


def plan_refund(row: OrderRow, units: Units | None, *, open_only: bool) -> RecordedRefund:
    """Return what giving back these units takes out of an order; `None` means every unit still there.

    Each unit gives back exactly what was frozen for it at placement, so the order of partial refunds does not
    matter. `open_only` leaves out units redeemed or handed over. A gift goes back with the last unit of the goods it
    was earned with, as far as it was not handed over; until then it is the shopper's. Raises UnitsNotRefundable, also
    for no units at all.
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
    return _recorded(row, [_refunded(by_id[line_id], parts, chosen) for line_id, chosen in wanted.items()])


def _gifts_lost(row: OrderRow, wanted: Mapping[LineId, Sequence[int]]) -> dict[LineId, list[int]]:
    """Return the gifts' units that go back because nothing they were earned with is left."""
    left = {ln.id for ln in row.lines if len(ln.refunded_units) + len(wanted.get(ln.id, ())) < ln.quantity}
    lost = {one.id for one in row.applied if one.earned_by and left.isdisjoint(one.earned_by)}
    return {
        line.id: sorted({*_free(line, open_only=True), *wanted.get(line.id, ())})
        for line in row.lines
        if line.granted_by in lost and _free(line, open_only=True)
    }


def _refunded(line: LineRow, parts: Mapping[SubOrderId, SubOrderRow], units: list[int]) -> RefundedLine:
    part = parts[line.sub_order_id]
    by_mall = mall_funded(line.shares, line.quantity)
    return RefundedLine(
        line_id=line.id,
        sub_order_id=line.sub_order_id,
        shop_id=part.shop_id,
        merchant_id=part.merchant_id,
        variant_id=line.variant_id,
        kind=line.kind,
        units=units,
        amount_minor=sum(line.unit_paid_minor[unit] for unit in units),
        mall_funded_minor=sum(by_mall[unit] for unit in units),
        funded=funded((share, units) for share in line.shares),
    )


def _recorded(row: OrderRow, lines: list[RefundedLine]) -> RecordedRefund:
    remaining = {str(part.id): part.payable_minor - part.refunded_minor for part in row.sub_orders}
    for line in lines:
        remaining[str(line.sub_order_id)] -= line.amount_minor
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
        amount_minor=sum(line.amount_minor for line in lines),
        mall_funded_minor=sum(line.mall_funded_minor for line in lines),
        everything=gone == sum(line.quantity for line in row.lines),
        lines=lines,
        remaining=remaining,
    )


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
