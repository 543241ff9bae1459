"""Reads of pricing: rules, previews, costs, guards, competitors, history."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.foundation import catalog, malls, staff
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ProductId, ShopId, StaffId, VariantId
from galleria.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from galleria.platform.actors import Actor, ActorKind, Permission, Reach
from galleria.platform.tx import ReadTx
from galleria.value.pricing import rules
from galleria.value.pricing.model import (
    CompetitorPrice,
    CostRow,
    Floor,
    Guard,
    GuardView,
    Preview,
    PreviewLine,
    PriceChange,
    PriceHistory,
    Rule,
    RuleDetail,
    RuleId,
    RuleInForce,
    RuleScope,
    RuleState,
    RuleTerms,
    Verdict,
    VersionRow,
    Ware,
)
from galleria.value.pricing.store import competitor as competitor_store
from galleria.value.pricing.store import guard as guard_store
from galleria.value.pricing.store import rule as store

CHUNK = 500
"""Products priced or looked at together."""


async def get_rule(tx: ReadTx, *, mall_id: MallId, rule_id: RuleId, now: datetime) -> Rule:
    """Return a rule; raises NotFound."""
    found = await store.rule(tx, mall_id, rule_id, now)
    if found is None:
        raise NotFound
    return (await _dressed(tx, mall_id, [found]))[0]


async def _dressed(tx: ReadTx, mall_id: MallId, found: Sequence[Rule]) -> list[Rule]:
    """Return rules with the names of their shops and how many goods have their price from each."""
    counts = await catalog.count_priced_by(tx, mall_id=mall_id, rule_ids=[rule.id for rule in found])
    shops = {}
    if any(rule.shop_id is not None for rule in found):
        shops = {shop.id: shop for shop in await malls.all_shops(tx, mall_id)}
    return [
        msgspec.structs.replace(
            rule,
            goods=counts[rule.id],
            shop_zh=None if rule.shop_id is None else shops[rule.shop_id].name_zh,
            shop_en=None if rule.shop_id is None else shops[rule.shop_id].name_en,
        )
        for rule in found
    ]


async def shop_of_rule(tx: ReadTx, *, mall_id: MallId, rule_id: RuleId) -> ShopId | None:
    """Return the shop of a rule, None for one of the whole mall; raises NotFound for no such rule."""
    found = await store.shop_of_rule(tx, mall_id, rule_id)
    if found is None:
        raise NotFound
    return found.shop_id


async def list_rules(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    shop_id: ShopId | None = None,
    state: RuleState | None = None,
    cursor: str | None = None,
    limit: int,
    now: datetime,
) -> Page[Rule]:
    """Return the rules within reach, newest first."""
    after = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    found = await store.rules(tx, mall_id, reach, shop_id=shop_id, state=state, after=after, limit=limit + 1, now=now)
    page = page_of(found, limit, lambda rule: (rule.id,))
    return Page(await _dressed(tx, mall_id, page.items), page.next_cursor)


async def rule_detail(tx: ReadTx, *, mall_id: MallId, rule_id: RuleId, now: datetime) -> RuleDetail:
    """Return a rule with all its versions, newest first; raises NotFound."""
    rule = await get_rule(tx, mall_id=mall_id, rule_id=rule_id, now=now)
    versions = await store.versions(tx, mall_id, rule_id)
    people = {v.made_by for v in versions} | {v.approved_by for v in versions if v.approved_by is not None}
    names = await _names(tx, mall_id, people)
    named = [
        msgspec.structs.replace(
            version,
            made_by_name=names.get(version.made_by, ""),
            approved_by_name=None if version.approved_by is None else names.get(version.approved_by),
        )
        for version in versions
    ]
    return RuleDetail(rule=rule, versions=named)


async def _names(tx: ReadTx, mall_id: MallId, people: Iterable[UUID]) -> dict[UUID, str]:
    """Return what people of the mall's group are called."""
    found = await staff.names(tx, await malls.group_of(tx, mall_id), [StaffId(person) for person in people])
    return dict(found.items())


async def wares(tx: ReadTx, mall_id: MallId, product_ids: Sequence[ProductId]) -> list[Ware]:
    """Return the active variants of products as rules see them, by product and id."""
    goods = await catalog.priced_goods(tx, mall_id=mall_id, product_ids=product_ids)
    known = await floors(tx, mall_id, [good.variant_id for good in goods])
    return [Ware(good, known[good.variant_id]) for good in goods]


async def _goods(
    tx: ReadTx, mall_id: MallId, terms: RuleTerms, after: ProductId | None, limit: int = CHUNK
) -> list[ProductId]:
    """Return `limit` products in a rule's scope after one, by id."""

    def targets(scope: RuleScope) -> list[UUID] | None:
        return terms.target_ids if terms.scope is scope else None

    scope = catalog.GoodsScope(
        shop_id=terms.shop_id,
        category_ids=targets(RuleScope.CATEGORY),
        product_ids=targets(RuleScope.PRODUCT),
        variant_ids=targets(RuleScope.VARIANT),
    )
    return await catalog.products_in(tx, mall_id=mall_id, goods=scope, after=after, limit=limit)


async def list_versions(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    rule_id: UUID | None = None,
    before: tuple[datetime, UUID, int] | None = None,
    limit: int = 50,
) -> list[VersionRow]:
    """Return versions of the rules the actor may manage, newest first; `before` is the last (at, rule, version)."""
    reach = actor.reach(Permission.PRICE_MANAGE, await malls.mall_target(tx, mall_id))
    return await store.versions_since(tx, mall_id, reach, rule_id=rule_id, before=before, limit=limit)


async def floors(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> dict[VariantId, Floor]:
    """Return for each variant its cost and the least it may be sold for, None where nobody has said. One statement."""
    known = await guard_store.floors(tx, mall_id, variant_ids)
    return {variant_id: known.get(variant_id, Floor()) for variant_id in variant_ids}


class Guards:
    """The guards of a mall: each shop's own, else the mall's, else the house's."""

    def __init__(self, mall_id: MallId, rows: Sequence[guard_store.GuardRow]) -> None:
        self._by_scope: dict[UUID, Guard] = {row.scope_id: row for row in rows}
        self._mall = self._by_scope.get(mall_id, Guard())

    def of(self, shop_id: UUID | None) -> Guard:
        """Return the guard in force for a shop, or for the mall."""
        return self._mall if shop_id is None else self._by_scope.get(shop_id, self._mall)

    def own(self, scope_id: UUID) -> bool:
        """Return whether somebody has set a guard for just this."""
        return scope_id in self._by_scope


async def guards(tx: ReadTx, mall_id: MallId) -> Guards:
    """Return the guards of a mall."""
    return Guards(mall_id, await guard_store.guards(tx, mall_id))


async def guard_of(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId | None) -> GuardView:
    """Return the guard in force for a shop, or with none for the mall."""
    found = await guards(tx, mall_id)
    guard = found.of(shop_id)
    return GuardView(
        shop_id=shop_id,
        min_margin_bp=guard.min_margin_bp,
        action=guard.action,
        inherited=not found.own(shop_id or mall_id),
    )


class _Totals:
    """What a preview counts."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(Verdict, 0)
        self.unknown_cost = 0
        self.lowest: int | None = None

    def take(self, ware: Ware, judged: rules.Judged) -> None:
        self.counts[judged.verdict] += 1
        margin = rules.margin_bp(judged.to_minor, ware.floor.cost_minor)
        if margin is None:
            self.unknown_cost += 1
        elif judged.verdict is not Verdict.OUTRANKED:
            self.lowest = margin if self.lowest is None else min(self.lowest, margin)


async def preview(
    tx: ReadTx, *, mall_id: MallId, rule_id: RuleId, cursor: str | None = None, limit: int = 50, now: datetime
) -> Preview:
    """Return what the newest version of a rule would do if it were in force now: totals, and a page of its goods.

    A good is `refused` below its floor price, and below cost or the smallest margin when the guard refuses; it wants a
    `second_person` when the guard asks for one. Raises NotFound.
    """
    rule = await get_rule(tx, mall_id=mall_id, rule_id=rule_id, now=now)
    mall = await malls.get_mall(tx, mall_id)
    draft = RuleInForce(id=rule.id, version=rule.version, terms=rule.terms, second_person=False)
    others = rules.ranked(r for r in await store.in_force(tx, mall_id, now) if r.id != rule_id)
    held = await guards(tx, mall_id)
    start = None if cursor is None else decode_cursor(cursor, tuple[UUID, UUID])
    totals, shown = _Totals(), list[tuple[Ware, rules.Judged]]()
    after: ProductId | None = None
    while True:
        products = await _goods(tx, mall_id, rule.terms, after)
        for ware in await wares(tx, mall_id, products):
            if not rules.matches(rule.terms, ware):
                continue
            judged = rules.judge(ware, draft, others, held.of(ware.good.shop_id))
            totals.take(ware, judged)
            if len(shown) <= limit and (start is None or (ware.good.product_id, ware.good.variant_id) > start):
                shown.append((ware, judged))
        if len(products) < CHUNK:
            break
        after = products[-1]
    items = [_line(ware, judged) for ware, judged in shown[:limit]]
    last = items[-1] if len(shown) > limit else None
    return Preview(
        rule_id=rule.id,
        version=rule.version,
        currency=mall.currency,
        goods=sum(totals.counts.values()),
        **{verdict.value: count for verdict, count in totals.counts.items()},
        unknown_cost=totals.unknown_cost,
        lowest_margin_bp=totals.lowest,
        items=items,
        next_cursor=None if last is None else encode_cursor(last.product_id, last.variant_id),
    )


def _line(ware: Ware, judged: rules.Judged) -> PreviewLine:
    good = ware.good
    return PreviewLine(
        variant_id=good.variant_id,
        product_id=good.product_id,
        shop_id=good.shop_id,
        sku=good.sku,
        name_zh=good.name_zh,
        name_en=good.name_en,
        option_zh=good.option_zh,
        option_en=good.option_en,
        picture=good.picture,
        store_price_minor=good.store_price_minor,
        from_minor=good.price_minor,
        to_minor=judged.to_minor,
        cost_minor=ware.floor.cost_minor,
        floor_minor=ware.floor.floor_minor,
        margin_bp=rules.margin_bp(judged.to_minor, ware.floor.cost_minor),
        verdict=judged.verdict,
        barrier=judged.barrier,
        other_rule_id=judged.other,
    )


async def list_costs(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, words: str | None, cursor: str | None, limit: int
) -> Page[CostRow]:
    """Return the active variants of a shop with cost, floor and margin, by SKU."""
    page = await catalog.list_variants(tx, mall_id=mall_id, shop_id=shop_id, words=words, cursor=cursor, limit=limit)
    known = await floors(tx, mall_id, [row.id for row in page.items])
    items = [
        CostRow(
            variant_id=row.id,
            product_id=row.product_id,
            sku=row.sku,
            name_zh=row.name_zh,
            name_en=row.name_en,
            option_zh=row.option_zh,
            option_en=row.option_en,
            picture=row.picture,
            store_price_minor=row.store_price_minor,
            price_minor=row.price_minor,
            rule_id=None if row.online_rule_id is None else RuleId(row.online_rule_id),
            cost_minor=known[row.id].cost_minor,
            floor_minor=known[row.id].floor_minor,
            margin_bp=rules.margin_bp(row.price_minor, known[row.id].cost_minor),
        )
        for row in page.items
    ]
    return Page(items, page.next_cursor)


async def list_competitors(
    tx: ReadTx, *, mall_id: MallId, product_id: ProductId, cursor: str | None, limit: int
) -> Page[CompetitorPrice]:
    """Return competitors' prices of a product, newest first."""
    after = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    goods = {g.variant_id: g for g in await catalog.priced_goods(tx, mall_id=mall_id, product_ids=[product_id])}
    found = await competitor_store.competitors(tx, mall_id, list(goods), after=after, limit=limit + 1)
    page = page_of(found, limit, lambda row: (row.seen_at, row.id))
    items = [
        CompetitorPrice(
            id=row.id,
            variant_id=row.variant_id,
            product_id=good.product_id,
            sku=good.sku,
            name_zh=good.name_zh,
            name_en=good.name_en,
            option_zh=good.option_zh,
            option_en=good.option_en,
            source=row.source,
            price_minor=row.price_minor,
            our_price_minor=good.price_minor,
            seen_at=row.seen_at,
        )
        for row in page.items
        for good in [goods[row.variant_id]]
    ]
    return Page(items, page.next_cursor)


async def price_history(
    tx: ReadTx, *, mall_id: MallId, product_id: ProductId, cursor: str | None = None, limit: int
) -> PriceHistory:
    """Return every change of a product's prices, newest first, with the rule and the person behind each."""
    page = await catalog.price_changes(tx, mall_id=mall_id, product_id=product_id, cursor=cursor, limit=limit)
    mall = await malls.get_mall(tx, mall_id)
    rule_ids = list({change.rule_id for change in page.items if change.rule_id is not None})
    authors = {(a.rule_id, a.version): a for a in await store.authors(tx, mall_id, rule_ids)}
    newest = {author.rule_id: author for author in authors.values()}
    people = {change.actor_id for change in page.items if change.actor_kind == ActorKind.STAFF}
    names = await _names(tx, mall_id, people | {author.by for author in authors.values()})
    items = [_told(change, authors, newest, names) for change in page.items]
    return PriceHistory(currency=mall.currency, items=items, next_cursor=page.next_cursor)


def _told(
    change: catalog.PriceChange,
    authors: dict[tuple[RuleId, int], store.Author],
    newest: dict[RuleId, store.Author],
    names: dict[UUID, str],
) -> PriceChange:
    """Return a change with the rule's title, and who did it: for a rule's price who let that version go live."""
    rule_id = None if change.rule_id is None else RuleId(change.rule_id)
    author = None
    if rule_id is not None:
        author = authors.get((rule_id, change.rule_version or 0)) or newest.get(rule_id)
    by_name = names.get(change.actor_id)
    if by_name is None and author is not None and change.reason is not catalog.PriceReason.STORE:
        by_name = names.get(author.by)
    return PriceChange(
        id=change.id,
        variant_id=change.variant_id,
        sku=change.sku,
        option_zh=change.option_zh,
        option_en=change.option_en,
        reason=change.reason,
        store_price_minor=change.store_price_minor,
        from_minor=change.from_minor,
        to_minor=change.to_minor,
        rule_id=rule_id,
        rule_version=change.rule_version,
        rule_zh=None if author is None else author.title_zh,
        rule_en=None if author is None else author.title_en,
        by_kind=change.actor_kind,
        by_name=by_name,
        at=change.at,
    )


async def goods_of_rule(
    tx: ReadTx, *, mall_id: MallId, rule_id: RuleId, after: ProductId | None, now: datetime
) -> list[ProductId]:
    """Return a chunk of the products that the approved version of a rule is for, after one, by id."""
    rule = await get_rule(tx, mall_id=mall_id, rule_id=rule_id, now=now)
    if rule.approved is None or rule.state is not RuleState.LIVE or not rules.holds(rule.approved, now):
        return []
    return await _goods(tx, mall_id, rule.approved, after)


async def goods_priced_by(tx: ReadTx, *, mall_id: MallId, rule_id: RuleId, after: ProductId | None) -> list[ProductId]:
    """Return a chunk of the products that have a price from a rule, after one, by id."""
    return await catalog.products_priced_by(tx, mall_id=mall_id, rule_id=rule_id, after=after, limit=CHUNK)


async def goods_of_shop(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId | None, after: ProductId | None
) -> list[ProductId]:
    """Return a chunk of the products of a shop, or of the mall, after one, by id."""
    return await _goods(tx, mall_id, RuleTerms(shop_id=shop_id), after)


async def any_live(tx: ReadTx, *, mall_id: MallId) -> bool:
    """Return whether any rule of the mall is live."""
    return await store.any_live(tx, mall_id)


async def due_rules(tx: ReadTx, *, now: datetime, limit: int) -> list[store.DueRule]:
    """Return rules whose goods were not priced since the rule changed, started or ended."""
    return await store.due_rules(tx, now, limit)
