"""Stores as hubs: goods move between a merchant's stores, and one store fills what another has sold."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from galleria.commerce.fulfilment.model import (
    NewTransfer,
    NotSameMerchant,
    ReceiveRequest,
    ShipmentMoved,
    ShipmentRow,
    ShipmentState,
    SkuUnknownThere,
    StockTransfer,
    StockTransferState,
    TransferLine,
    TransferMoved,
)
from galleria.commerce.fulfilment.operations.moving import fresh, locked
from galleria.commerce.fulfilment.rules import shipments as rules
from galleria.commerce.fulfilment.store import shipments
from galleria.commerce.fulfilment.store import transfers as store
from galleria.foundation import catalog, malls
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, OrderId, ShipmentId, ShopId, StaffId, VariantId, new_id
from galleria.platform.actors import Actor
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import stock

AT_ONCE = timedelta(minutes=1)


async def create(tx: Tx, *, mall_id: MallId, new: NewTransfer, staff_id: StaffId, now: datetime) -> StockTransfer:
    """Prepare a transfer; nothing leaves a shelf yet. Raises NotSameMerchant, SkuUnknownThere, Invalid, NotFound."""
    sender = await malls.shop_target(tx, mall_id, new.from_shop_id)
    taker = await malls.shop_target(tx, mall_id, new.to_shop_id)
    if sender.merchant_id is None or sender.merchant_id != taker.merchant_id or new.from_shop_id == new.to_shop_id:
        raise NotSameMerchant
    wanted = {one.variant_id: one.quantity for one in new.lines}
    if len(wanted) < len(new.lines):
        raise Invalid.field("lines", "transfer_line_twice")
    lines = await _lines(tx, mall_id, new.from_shop_id, new.to_shop_id, wanted)
    made = StockTransfer(
        id=new_id(),
        number=_number(now),
        merchant_id=sender.merchant_id,
        from_shop_id=new.from_shop_id,
        to_shop_id=new.to_shop_id,
        shipment_id=None,
        state=StockTransferState.DRAFT,
        note=new.note,
        created_at=now,
        sent_at=None,
        received_at=None,
        lines=lines,
    )
    return await _add(tx, mall_id, made, staff_id)


def _number(now: datetime) -> str:
    """Return a fresh number of a transfer."""
    return f"T{now:%y%m%d}-{new_id().hex[-8:].upper()}"


async def _lines(
    tx: Tx, mall_id: MallId, sender: ShopId, taker: ShopId, wanted: dict[VariantId, int]
) -> list[TransferLine]:
    """Return the lines of a transfer: what each variant of the sender is at the taker, by SKU."""
    rows = {one.id: one for one in await catalog.shop_variants(tx, mall_id=mall_id, shop_id=sender, ids=list(wanted))}
    if rows.keys() != wanted.keys():
        raise Invalid.field("lines", "transfer_not_of_shop")
    skus = [one.sku for one in rows.values()]
    there = {one.sku: one for one in await catalog.shop_variants(tx, mall_id=mall_id, shop_id=taker, skus=skus)}
    for sku in skus:
        if sku not in there:
            raise SkuUnknownThere(sku=sku)
    names = {one.variant_id: one for one in await catalog.sellable(tx, mall_id, list(rows))}
    return [
        TransferLine(
            from_variant_id=variant_id,
            to_variant_id=there[rows[variant_id].sku].id,
            sku=rows[variant_id].sku,
            name_zh=names[variant_id].name_zh if variant_id in names else rows[variant_id].sku,
            name_en=names[variant_id].name_en if variant_id in names else rows[variant_id].sku,
            sent=quantity,
            received=None,
        )
        for variant_id, quantity in sorted(wanted.items())
    ]


async def _add(tx: Tx, mall_id: MallId, made: StockTransfer, staff_id: UUID) -> StockTransfer:
    await store.insert(tx, mall_id, made, staff_id)
    tx.subject = str(made.id)
    tx.emit(_event(mall_id, made))
    return made


async def send(tx: Tx, *, mall_id: MallId, transfer_id: UUID, staff_id: StaffId, now: datetime) -> StockTransfer:
    """Let the goods of a transfer leave the sender's shelf. Raises NotFound, TransferMoved, stock.OutOfStock."""
    made = await _locked(tx, mall_id, transfer_id, StockTransferState.DRAFT)
    await _take(tx, mall_id, made, now)
    return await _moved(tx, mall_id, made, StockTransferState.SENT, staff_id, now)


async def _take(tx: Tx, mall_id: MallId, made: StockTransfer, now: datetime) -> None:
    """Take a transfer's goods off the sender's shelf, all of them or OutOfStock."""
    wants = [(line.from_variant_id, line.sent) for line in made.lines]
    reference = OrderId(made.id)
    await stock.reserve(tx, mall_id=mall_id, order_id=reference, wants=wants, expires_at=now + AT_ONCE)
    await stock.take(tx, mall_id=mall_id, order_id=reference, now=now)


async def receive(
    tx: Tx, *, mall_id: MallId, transfer_id: UUID, request: ReceiveRequest, staff_id: StaffId, now: datetime
) -> StockTransfer:
    """Take in what came: it goes on the taker's shelf; what differs from what was sent stays written down.

    Raises NotFound, TransferMoved, Invalid.
    """
    made = await _locked(tx, mall_id, transfer_id, StockTransferState.SENT)
    told = {one.from_variant_id: one.received for one in request.lines}
    if told.keys() - {line.from_variant_id for line in made.lines}:
        raise Invalid.field("lines", "transfer_line_unknown")
    lines = [msgspec.structs.replace(line, received=told.get(line.from_variant_id, line.sent)) for line in made.lines]
    came = [(line.to_variant_id, line.received) for line in lines if line.received]
    await store.save_received(tx, mall_id, transfer_id, lines, request.note)
    if came:
        await stock.receive_many(tx, mall_id=mall_id, items=came, now=now, reference=transfer_id)
    return await _moved(tx, mall_id, made, StockTransferState.RECEIVED, staff_id, now)


async def cancel(tx: Tx, *, mall_id: MallId, transfer_id: UUID, staff_id: StaffId, now: datetime) -> StockTransfer:
    """Give up a transfer that has not left. Raises NotFound, TransferMoved."""
    made = await _locked(tx, mall_id, transfer_id, StockTransferState.DRAFT)
    return await _moved(tx, mall_id, made, StockTransferState.CANCELLED, staff_id, now)


async def fill_from(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, shop_id: ShopId, actor: Actor, now: datetime
) -> ShipmentRow:
    """Let another store of the merchant fill a shipment that is not begun.

    Its goods leave that store's shelf; the store that sold them gets back what was taken there; a transfer between
    the two is written down, sent and received at once. Raises NotFound, ShipmentMoved, NotSameMerchant,
    SkuUnknownThere, stock.OutOfStock.
    """
    row = await locked(tx, mall_id, shipment_id)
    if row.state is not ShipmentState.PLANNED or row.filling_shop_id != row.shop_id or shop_id == row.shop_id:
        raise ShipmentMoved(state=row.state.value, number=row.number)
    target = await malls.shop_target(tx, mall_id, shop_id)
    if target.merchant_id != row.merchant_id:
        raise NotSameMerchant
    made = await _filling(tx, row, shop_id, now)
    await _take(tx, mall_id, made, now)
    await store.insert(tx, mall_id, made, actor.id)
    back = [(line.to_variant_id, line.sent) for line in made.lines]
    await stock.give_back(tx, mall_id=mall_id, reference=made.id, items=back, now=now)
    await shipments.fill_from(tx, row, shop_id)
    await shipments.note(tx, row, "filled_from", actor=actor, note=made.number, now=now)
    tx.emit(_event(mall_id, made))
    after = await fresh(tx, row)
    tx.emit(rules.moved(after, after.state))
    return after


async def _filling(tx: Tx, row: ShipmentRow, shop_id: ShopId, now: datetime) -> StockTransfer:
    """Return the transfer that fills a shipment from a store, complete."""
    skus = [line.sku for line in row.lines]
    there = {
        one.sku: one.id for one in await catalog.shop_variants(tx, mall_id=row.mall_id, shop_id=shop_id, skus=skus)
    }
    for sku in skus:
        if sku not in there:
            raise SkuUnknownThere(sku=sku)
    return StockTransfer(
        id=new_id(),
        number=_number(now),
        merchant_id=row.merchant_id,
        from_shop_id=shop_id,
        to_shop_id=row.shop_id,
        shipment_id=row.id,
        state=StockTransferState.RECEIVED,
        note=row.number,
        created_at=now,
        sent_at=now,
        received_at=now,
        lines=[
            TransferLine(
                from_variant_id=there[line.sku],
                to_variant_id=line.variant_id,
                sku=line.sku,
                name_zh=line.name_zh,
                name_en=line.name_en,
                sent=len(line.units),
                received=len(line.units),
            )
            for line in row.lines
        ],
    )


async def _locked(tx: Tx, mall_id: MallId, transfer_id: UUID, state: StockTransferState) -> StockTransfer:
    made = await store.lock(tx, mall_id, transfer_id)
    if made is None:
        raise NotFound
    if made.state is not state:
        raise TransferMoved(state=made.state.value)
    tx.subject = str(transfer_id)
    return made


async def _moved(
    tx: Tx, mall_id: MallId, made: StockTransfer, state: StockTransferState, staff_id: StaffId, now: datetime
) -> StockTransfer:
    await store.move(tx, mall_id, made.id, state, staff_id, now)
    after = await store.find(tx, mall_id, made.id)
    if after is None:
        raise NotFound
    tx.emit(_event(mall_id, after))
    return after


def _event(mall_id: MallId, made: StockTransfer) -> Event:
    data: dict[str, str | int | None] = {"number": made.number, "state": made.state.value}
    topics = (f"mall:{mall_id}", f"shop:{made.from_shop_id}", f"shop:{made.to_shop_id}")
    return Event("fulfilment.transfer_moved", made.id, data, topics)
