"""Reading goods: lists, search, pages, and what can be bought."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from galleria.foundation import malls
from galleria.foundation.catalog import rules
from galleria.foundation.catalog.model import (
    CatalogRow,
    GoodsScope,
    PriceChange,
    PricedGood,
    Product,
    ProductCard,
    ProductList,
    ProductState,
    SavedVariant,
    Sellable,
    Sort,
    Stored,
    Suggestion,
    SuggestionKind,
    Suggestions,
    VariantRow,
)
from galleria.foundation.catalog.store import pricing, reading, saving, searching
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CategoryId, MallId, ProductId, ShopId, VariantId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

INSTEAD = 8
SUGGESTED = 10


async def get_product(tx: ReadTx, *, mall_id: MallId, product_id: ProductId) -> Product:
    """Return a published product of an open shop with its active variants, in one statement; raises NotFound."""
    found = await reading.public_product(tx, mall_id, product_id)
    if found is None:
        raise NotFound
    return found


async def get_any_product(tx: ReadTx, *, mall_id: MallId, product_id: ProductId) -> Product:
    """Return a product in any state with all its variants, retired ones too; raises NotFound."""
    found = await reading.any_product(tx, mall_id, product_id)
    if found is None:
        raise NotFound
    return found


async def sellable(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> list[Sellable]:
    """Return those variants that can be bought now, in the order asked: active, published, in an open shop.

    One statement; variants that cannot be bought are left out. Stock is not looked at.
    """
    return await reading.sellable(tx, mall_id, variant_ids)


async def sellable_in(
    tx: ReadTx,
    mall_id: MallId,
    *,
    shop_ids: Collection[UUID] = (),
    merchant_ids: Collection[UUID] = (),
    category_ids: Collection[UUID] = (),
    product_ids: Collection[UUID] = (),
    variant_ids: Collection[UUID] = (),
    except_product_ids: Collection[UUID] = (),
    limit: int,
) -> list[Sellable]:
    """Return variants that can be bought now and are in all that is given, the popular ones first; one statement.

    What is empty does not narrow; a category takes in all below it.
    """
    narrowed = (shop_ids, merchant_ids, category_ids, product_ids, variant_ids, except_product_ids)
    return await reading.sellable_in(tx, mall_id, [list(ids) for ids in narrowed], limit=limit)


async def shops_of(tx: ReadTx, mall_id: MallId, ids: Collection[UUID]) -> dict[UUID, ShopId]:
    """Return the shop of each product and variant among `ids`, whatever its state; one statement, none for no ids."""
    return {owner.id: owner.shop_id for owner in await reading.shops_of(tx, mall_id, list(ids))} if ids else {}


async def list_products(
    tx: ReadTx,
    *,
    mall_id: MallId,
    category_id: CategoryId | None = None,
    shop_id: ShopId | None = None,
    words: str | None = None,
    sort: Sort | None = None,
    cursor: str | None = None,
    limit: int = 40,
) -> ProductList:
    """Return a page of published goods; a category means all below it too.

    With `words` only goods that match every word, best first unless sorted; when there are none, `instead` holds
    popular goods of the category nearest to the words.
    """
    family = None if category_id is None else await malls.category_family(tx, mall_id, category_id)
    after = None if cursor is None else decode_cursor(cursor, tuple[int, UUID])
    query = rules.query(words or "")
    if query.empty and not (words or "").strip():
        sort = sort or Sort.POPULAR
        found = await searching.browse(
            tx, mall_id, category_ids=family, shop_id=shop_id, sort=sort, after=after, limit=limit + 1
        )
    elif query.empty:
        found = []
    else:
        found = await searching.search(
            tx, mall_id, query, category_ids=family, shop_id=shop_id, sort=sort, after=after, limit=limit + 1
        )
    page = page_of(found, limit, lambda card: _key(card, sort))
    instead = [] if page.items or cursor or not (words or "").strip() else await _instead(tx, mall_id, query, family)
    return ProductList(page.items, page.next_cursor, instead)


async def suggest(tx: ReadTx, *, mall_id: MallId, words: str) -> Suggestions:
    """Return up to ten categories, shops and goods that fit the words typed so far; nothing for no words."""
    query = rules.query(words)
    if query.empty:
        return Suggestions([])
    wanted = words.strip().lower()
    items = [
        Suggestion(SuggestionKind.CATEGORY, str(c.id), c.name_zh, c.name_en, c.picture)
        for c in await malls.list_categories(tx, mall_id)
        if wanted in c.name_zh.lower() or wanted in c.name_en.lower()
    ][:2]
    shops = await malls.list_shops(tx, mall_id, q=_clean(words), limit=3)
    items += [Suggestion(SuggestionKind.SHOP, str(s.id), s.name_zh, s.name_en, s.logo) for s in shops.items]
    found = await searching.search(
        tx, mall_id, query, category_ids=None, shop_id=None, sort=None, after=None, limit=SUGGESTED - len(items)
    )
    items += [Suggestion(SuggestionKind.PRODUCT, str(p.id), p.name_zh, p.name_en, p.picture) for p in found]
    return Suggestions(items)


async def list_catalog(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    shop_id: ShopId | None = None,
    state: ProductState | None = None,
    words: str | None = None,
    cursor: str | None = None,
    limit: int = 40,
) -> Page[CatalogRow]:
    """Return goods in every state, newest first; `words` is a code, a SKU, or words to search."""
    wanted = _clean(words)
    rows = await searching.list_catalog(
        tx,
        mall_id,
        reach,
        shop_id=shop_id,
        state=state,
        words=wanted,
        query=rules.query(wanted or ""),
        after=None if cursor is None else decode_cursor(cursor, tuple[UUID])[0],
        limit=limit + 1,
    )
    return page_of(rows, limit, lambda row: (row.id,))


async def shop_of(tx: ReadTx, *, mall_id: MallId, product_id: ProductId) -> ShopId:
    """Return the shop of a product; raises NotFound."""
    found = await reading.shop_of(tx, mall_id, product_id)
    if found is None:
        raise NotFound
    return found


async def shop_of_variant(tx: ReadTx, *, mall_id: MallId, variant_id: VariantId) -> ShopId:
    """Return the shop of a variant; raises NotFound."""
    found = await reading.shop_of_variant(tx, mall_id, variant_id)
    if found is None:
        raise NotFound
    return found


async def list_variants(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, words: str | None = None, cursor: str | None = None, limit: int
) -> Page[VariantRow]:
    """Return the active variants of a shop by SKU; `words` begins a SKU or stands in a name."""
    after = None if cursor is None else decode_cursor(cursor, tuple[str, UUID])
    rows = await searching.list_variants(tx, mall_id, shop_id, words=_clean(words), after=after, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.sku, row.id))


async def shop_products(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, after: str | None, limit: int) -> list[Stored]:
    """Return `limit` products of a shop, archived ones left out, in order of code after the code `after`."""
    return await saving.shop_products(tx, mall_id, shop_id, after=after, limit=limit)


async def shop_variants(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, ids: Sequence[VariantId] = (), skus: Sequence[str] = ()
) -> list[SavedVariant]:
    """Return those of the variants, by id or by SKU, that are the shop's; retired ones too."""
    return await saving.shop_variants(tx, mall_id, shop_id, ids, skus)


async def priced_goods(tx: ReadTx, *, mall_id: MallId, product_ids: Sequence[ProductId]) -> list[PricedGood]:
    """Return the active variants of products with their prices and where they come from, by product and id."""
    return await pricing.priced_goods(tx, mall_id, product_ids)


async def products_in(
    tx: ReadTx, *, mall_id: MallId, goods: GoodsScope, after: ProductId | None, limit: int
) -> list[ProductId]:
    """Return `limit` products of a scope after one, by id; archived ones are left out."""
    return await pricing.products_in(tx, mall_id, goods, after=after, limit=limit)


async def products_priced_by(
    tx: ReadTx, *, mall_id: MallId, rule_id: UUID, after: ProductId | None, limit: int
) -> list[ProductId]:
    """Return `limit` products after one of which a variant has its price from a rule, by id."""
    return await pricing.products_priced_by(tx, mall_id, rule_id, after=after, limit=limit)


async def count_priced_by(tx: ReadTx, *, mall_id: MallId, rule_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many variants have their price from each of some rules; 0 for none."""
    counted = {row.rule_id: row.count for row in await pricing.count_priced_by(tx, mall_id, rule_ids)}
    return {rule_id: counted.get(rule_id, 0) for rule_id in rule_ids}


async def price_changes(
    tx: ReadTx, *, mall_id: MallId, product_id: ProductId, cursor: str | None = None, limit: int
) -> Page[PriceChange]:
    """Return every change of the prices of a product's variants, newest first."""
    after = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    rows = await pricing.price_changes(tx, mall_id, product_id, after=after, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.at, row.id))


async def sku_owners(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> dict[str, str]:
    """Return the code of the product that each SKU of a shop belongs to, retired SKUs too."""
    return {owner.sku: owner.product_code for owner in await saving.sku_owners(tx, mall_id, shop_id)}


async def _instead(
    tx: ReadTx, mall_id: MallId, query: rules.Query, family: Sequence[CategoryId] | None
) -> list[ProductCard]:
    """Return popular goods near a search that found nothing: of the asked category, or of the likeliest one."""
    nearest = family
    if nearest is None and not query.empty:
        likely = await searching.search(
            tx, mall_id, query.loosened(), category_ids=None, shop_id=None, sort=None, after=None, limit=1
        )
        nearest = [likely[0].category_id] if likely else None
    found = await searching.browse(
        tx, mall_id, category_ids=nearest, shop_id=None, sort=Sort.POPULAR, after=None, limit=INSTEAD
    )
    if found or nearest is None:
        return found
    return await searching.browse(
        tx, mall_id, category_ids=None, shop_id=None, sort=Sort.POPULAR, after=None, limit=INSTEAD
    )


def _key(card: ProductCard, sort: Sort | None) -> tuple[int, UUID]:
    if sort in {Sort.PRICE_UP, Sort.PRICE_DOWN}:
        return card.price_min_minor, card.id
    return (card.score if sort is None else card.weight), card.id


def _clean(words: str | None) -> str | None:
    """Return words without outer blanks and NUL, which PostgreSQL does not keep; None when nothing is left."""
    return (words or "").replace("\x00", "").strip() or None
