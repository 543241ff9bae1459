"""An order as screens show it."""

from collections.abc import Container, Mapping, Sequence
from uuid import UUID

from galleria.commerce.orders.model import (
    AppliedOffer,
    LineOffer,
    LineRow,
    LineView,
    Moment,
    OrderRow,
    OrderState,
    OrderView,
    SubOrderRow,
    SubOrderView,
    TenderView,
    UnitState,
    UnitView,
)
from galleria.commerce.orders.rules.funding import funded
from galleria.commerce.orders.rules.refunding import given_back, reduced, went_back
from galleria.commerce.orders.rules.tenders import added_up, tender_units
from galleria.kernel.ids import MerchantId, ShopId, SubOrderId
from galleria.platform.actors import Reach


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
        payable_minor=sum(p.payable_minor + p.delivery_paid_minor for p in parts),
        refunded_minor=sum(p.refunded_minor + (p.delivery_paid_minor if p.delivery_refunded else 0) for p in parts),
        claim_ids=row.claim_ids,
        applied=[_applied_view(one, row, {p.id for p in parts}) for one in row.applied],
        granted=row.granted if whole else [],
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
        ended_at=row.ended_at,
        channel=row.channel,
        delivery_minor=sum(p.delivery_minor for p in parts),
        delivery_discount_minor=sum(p.delivery_discount_minor for p in parts),
        tenders=_tenders(row, {p.id for p in parts}),
        explanation=row.explanation if whole else [],
        sub_orders=[_part_view(p, row, told=reach is not None) for p in parts],
        timeline=timeline(row, parts),
    )


def sees(reach: Reach, merchant_id: MerchantId, shop_id: ShopId) -> bool:
    """Return whether a reach contains a shop."""
    return reach.everything or merchant_id in reach.merchant_ids or shop_id in reach.shop_ids


def _applied_view(one: AppliedOffer, row: OrderRow, parts: Container[SubOrderId]) -> AppliedOffer:
    """Return an applied offer with what it takes off the parts in sight."""
    goods = [share for line in row.lines if line.sub_order_id in parts for share in line.shares]
    fees = [share for part in row.sub_orders if part.id in parts for share in part.delivery_shares]
    shares = [share for share in [*goods, *fees] if share.id == one.id]
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
    shares += [(share, range(1)) for share in part.delivery_shares]
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
        way=part.way,
        delivery_minor=part.delivery_minor,
        delivery_discount_minor=part.delivery_discount_minor,
        delivery_owner=part.delivery_owner,
        delivery_refunded=part.delivery_refunded,
        prepare_by=part.prepare_by,
        promised_from=part.promised_from,
        promised_by=part.promised_by,
        fee_minor=sum(sum(line.unit_fee_minor) for line in lines) if told else 0,
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
        refunded_minor=given_back(line),
        granted_by=line.granted_by,
        note=line.note,
        applied=_line_offers(line, titles),
        units=[
            UnitView(unit_state(line, unit), paid, reduced(line, unit))
            for unit, paid in enumerate(line.unit_paid_minor)
        ],
    )


def _line_offers(line: LineRow, titles: Mapping[UUID, AppliedOffer]) -> list[LineOffer]:
    off: dict[UUID, int] = {}
    for share in line.shares:
        off[share.id] = off.get(share.id, 0) + sum(share.units)
    return [
        LineOffer(id=key, title_zh=titles[key].title_zh, title_en=titles[key].title_en, discount_minor=minor)
        for key, minor in off.items()
        if minor and key in titles
    ]


def unit_state(line: LineRow, unit: int) -> UnitState:
    """Return what became of a unit; given back weighs more than redeemed."""
    if unit in line.refunded_units:
        return UnitState.REFUNDED
    return UnitState.FULFILLED if unit in line.fulfilled_units else UnitState.OPEN


def timeline(row: OrderRow, parts: Sequence[SubOrderRow]) -> list[Moment]:
    """Return what happened to an order and to the parts in sight, the earliest first."""
    shops = {part.id: part.shop_id for part in parts}
    return [
        Moment(
            what=event.what,
            at=event.at,
            shop_id=None if event.sub_order_id is None else shops[event.sub_order_id],
            actor_kind=event.actor_kind,
            actor_id=event.actor_id,
            note=event.note,
        )
        for event in row.events
        if event.sub_order_id is None or event.sub_order_id in shops
    ]


def _tenders(row: OrderRow, parts: Container[SubOrderId]) -> list[TenderView]:
    """Return the tenders with what they paid of the parts in sight, and what of that went back."""
    owners: dict[UUID, SubOrderId] = {part.id: part.id for part in row.sub_orders}
    owners |= {line.id: line.sub_order_id for line in row.lines}
    spread = tender_units(row) if row.tenders else {}
    seen = {place: found for place, found in spread.items() if owners[place[0]] in parts}
    paid = {part.tender_id: part for part in added_up(part for found in seen.values() for part in found)}
    back = {part.tender_id: part for part in added_up(went_back(row, seen))}
    done = row.state is OrderState.PAID
    return [
        TenderView(
            id=one.id,
            kind=one.kind,
            amount_minor=paid[one.id].amount_minor,
            points=paid[one.id].points,
            provider=one.provider,
            payer_id=one.payer_id,
            collected=done or one.id in row.collected,
            refunded_minor=back[one.id].amount_minor if one.id in back else 0,
            refunded_points=back[one.id].points if one.id in back else 0,
        )
        for one in row.tenders
        if one.id in paid
    ]
