"""What a party's bill comes to, and who pays which part."""

from collections.abc import Sequence
from datetime import datetime

from galleria.commerce import checkout, orders
from galleria.commerce.checkout import BasketItem, Channel
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId, ShopId
from galleria.onsite.dining import rules, store
from galleria.onsite.dining.model import (
    BillPart,
    BillQuote,
    BillRequest,
    BillView,
    DishItem,
    Guest,
    ItemState,
    NobodyToBill,
    OpenBill,
    Seating,
    SeatingId,
    Shown,
    SplitKind,
)
from galleria.platform.tx import ReadTx


def basket_items(items: Sequence[DishItem]) -> list[BasketItem]:
    """Return what checkout is to price: each dish at the price it was ordered at, with its choices."""
    return [
        BasketItem(
            variant_id=item.variant_id,
            quantity=item.quantity,
            unit_price_minor=item.unit_price_minor,
            option_zh=item.option_zh,
            option_en=item.option_en,
            note=item.note,
        )
        for item in items
    ]


async def quote_bill(
    tx: ReadTx,
    *,
    mall_id: MallId,
    seating_id: SeatingId,
    wanted: BillRequest,
    member_id: MemberId | None,
    shop_id: ShopId | None,
    now: datetime,
) -> BillQuote:
    """Return what a party's open dishes cost a guest (by default the first phone) now, and who would pay what.

    Raises NotFound, NobodyToBill.
    """
    seating = await store.find_seating(tx, mall_id, seating_id, shop_id)
    guests = [] if seating is None else await store.guests(tx, mall_id, seating_id)
    known = [guest.member_id for guest in guests]
    if seating is None or (member_id is not None and member_id not in known):
        raise NotFound
    if not known:
        raise NobodyToBill
    host = member_id or (wanted.member_id if wanted.member_id in known else None) or known[0]
    items = rules.owed(await store.items(tx, mall_id, seating_id))
    price = await checkout.quote_items(
        tx,
        mall_id=mall_id,
        member_id=host,
        items=basket_items(items),
        channel=Channel.TABLE,
        now=now,
        claim_ids=None if wanted.best else wanted.claim_ids,
    )
    return BillQuote(
        member_id=host,
        price=price,
        held=sum(item.state is ItemState.HELD for item in items),
        parts=_parts(price, items, wanted.split, wanted.parts, host, guests),
    )


async def split(
    tx: ReadTx,
    *,
    seating: Seating,
    items: Sequence[DishItem],
    wanted: OpenBill,
    host: MemberId,
    guests: Sequence[Guest],
    now: datetime,
) -> list[Shown]:
    """Return who pays what of a bill about to be made."""
    if wanted.split is SplitKind.TOGETHER:
        return []
    price = await checkout.quote_items(
        tx,
        mall_id=seating.mall_id,
        member_id=host,
        items=basket_items(items),
        channel=Channel.TABLE,
        now=now,
        claim_ids=wanted.claim_ids,
    )
    return _parts(price, items, wanted.split, wanted.parts, host, guests)


def _parts(
    price: checkout.Quote,
    items: Sequence[DishItem],
    kind: SplitKind,
    parts: int,
    host: MemberId,
    guests: Sequence[Guest],
) -> list[Shown]:
    paid = [line.payable_minor for shop in price.shops for line in shop.lines if line.granted_by is None]
    known = {guest.member_id for guest in guests}
    shares = rules.shares(items, paid, host, known) if len(paid) == len(items) else {}
    payers = [host, *(guest.member_id for guest in guests if guest.member_id != host)]
    return rules.split(kind, price.payable_minor, parts, payers, shares)


async def bill_view(tx: ReadTx, *, bill: store.Bill, guests: Sequence[Guest]) -> BillView:
    """Return a bill with its parts and whether each is collected."""
    order = await orders.get_order(tx, mall_id=bill.mall_id, order_id=bill.order_id)
    numbers = {guest.member_id: guest.number for guest in guests}
    return BillView(
        id=bill.id,
        order_id=bill.order_id,
        number=order.number,
        member_id=bill.member_id,
        state=bill.state,
        split=bill.split,
        payable_minor=bill.payable_minor,
        expires_at=order.expires_at,
        parts=[
            BillPart(
                tender_id=one.id,
                payer_id=one.payer_id,
                guest_number=None if one.payer_id is None else numbers.get(one.payer_id),
                amount_minor=one.amount_minor,
                collected=one.collected,
            )
            for one in order.tenders
        ],
    )


async def is_bill(tx: ReadTx, *, order_id: OrderId) -> MallId | None:
    """Return the mall of the bill that an order is; None for an order from elsewhere."""
    bill = await store.bill_of_order(tx, order_id)
    return None if bill is None else bill.mall_id
