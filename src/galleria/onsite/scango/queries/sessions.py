"""A shopper's baskets."""

from datetime import datetime
from uuid import UUID

from galleria.commerce import checkout
from galleria.commerce.checkout import BasketItem, Channel
from galleria.foundation import catalog, malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId, ShopId, VariantId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.onsite.scango import rules, store
from galleria.onsite.scango.model import Item, ItemView, ScanState, Session, SessionId, SessionRow, SessionView
from galleria.platform.tx import ReadTx

Goods = dict[VariantId, catalog.Sellable]


async def view(
    tx: ReadTx, *, mall_id: MallId, session_id: SessionId, member_id: MemberId, now: datetime
) -> SessionView:
    """Return a member's basket with its price by the offers that hold now; raises NotFound."""
    session = await store.find(tx, mall_id, session_id, member_id)
    if session is None:
        raise NotFound
    items = await store.items(tx, mall_id, session_id)
    goods = await _goods(tx, mall_id, items)
    shop = await malls.get_shop(tx, mall_id, session.shop_id)
    mall = await malls.get_mall(tx, mall_id)
    return SessionView(
        id=session.id,
        shop_id=shop.id,
        shop_zh=shop.name_zh,
        shop_en=shop.name_en,
        state=session.state,
        currency=mall.currency,
        pieces=sum(item.quantity for item in items),
        items=[_item(item, goods.get(item.variant_id)) for item in items],
        price=await _price(tx, session, items, goods, now),
        needed_age=rules.needed_age(items),
        approved_age=session.approved_age,
        age_check=await store.latest_age_check(tx, mall_id, session_id),
        order_id=session.order_id,
        must_check=session.must_check,
        opened_at=session.opened_at,
        touched_at=session.touched_at,
        paid_at=session.paid_at,
        ended_at=session.ended_at,
    )


async def _goods(tx: ReadTx, mall_id: MallId, items: list[Item]) -> Goods:
    wanted = list(dict.fromkeys(item.variant_id for item in items))
    return {good.variant_id: good for good in await catalog.sellable(tx, mall_id, wanted)} if wanted else {}


async def _price(tx: ReadTx, session: Session, items: list[Item], goods: Goods, now: datetime) -> checkout.Quote | None:
    basket = basket_items([item for item in items if item.variant_id in goods], goods)
    if session.state is not ScanState.OPEN or not basket:
        return None
    return await checkout.quote_items(
        tx, mall_id=session.mall_id, member_id=session.member_id, items=basket, channel=Channel.SCAN, now=now
    )


def basket_items(items: list[Item], goods: Goods) -> list[BasketItem]:
    """Return what checkout is to price: a weighed piece by its label, all else by the catalog."""
    return [
        BasketItem(
            variant_id=item.variant_id,
            quantity=item.quantity,
            unit_price_minor=rules.unit_price(item, goods[item.variant_id].price_minor) if _measured(item) else None,
        )
        for item in items
    ]


def _measured(item: Item) -> bool:
    return item.label_minor is not None or item.weight_g is not None


def _item(item: Item, good: catalog.Sellable | None) -> ItemView:
    return ItemView(
        id=item.id,
        variant_id=item.variant_id,
        code=item.code,
        name_zh="" if good is None else good.name_zh,
        name_en="" if good is None else good.name_en,
        option_zh="" if good is None else good.option_zh,
        option_en="" if good is None else good.option_en,
        picture=None if good is None else good.picture,
        quantity=item.quantity,
        unit_price_minor=0 if good is None else rules.unit_price(item, good.price_minor),
        weight_g=item.weight_g,
        measured=_measured(item),
        min_age=item.min_age,
        gone=good is None,
    )


async def list_mine(
    tx: ReadTx, *, mall_id: MallId, member_id: MemberId, cursor: str | None, limit: int
) -> Page[SessionRow]:
    """Return a member's baskets, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_mine(tx, mall_id, member_id, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.id,))
    shops: dict[ShopId, malls.Shop] = {}
    for shop_id in {row.shop_id for row in page.items}:
        shops[shop_id] = await malls.get_shop(tx, mall_id, shop_id)
    return Page(
        [
            SessionRow(
                id=row.id,
                shop_id=row.shop_id,
                shop_zh=shops[row.shop_id].name_zh,
                shop_en=shops[row.shop_id].name_en,
                state=row.state,
                pieces=row.pieces,
                order_id=row.order_id,
                opened_at=row.opened_at,
                paid_at=row.paid_at,
                ended_at=row.ended_at,
            )
            for row in page.items
        ],
        page.next_cursor,
    )


async def mall_of_order(tx: ReadTx, *, order_id: OrderId) -> MallId | None:
    """Return the mall of the basket that an order is; None for an order from elsewhere."""
    return await store.mall_of_order(tx, order_id)


async def any_idle(tx: ReadTx, *, now: datetime) -> bool:
    """Return whether there are baskets that nobody has touched for as long as their shops wait."""
    return await store.any_idle(tx, now)
