"""Writes of pricing: rules through their life, the prices they make, costs, guards, competitors."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.foundation import catalog, malls
from galleria.kernel import sheets
from galleria.kernel.errors import FieldError, Invalid, NotFound
from galleria.kernel.ids import MallId, ProductId, ShopId, StaffId, VariantId, new_id
from galleria.platform.command import Event
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value.pricing import files, queries, rules
from galleria.value.pricing.model import (
    MOVES,
    CompetitorInput,
    CostInput,
    Entered,
    Guard,
    GuardView,
    Rule,
    RuleChanged,
    RuleId,
    RuleNotApproved,
    RulePatch,
    RuleScope,
    RuleState,
    RuleStateRefused,
    RuleTerms,
)
from galleria.value.pricing.store import competitor as competitor_store
from galleria.value.pricing.store import guard as guard_store
from galleria.value.pricing.store import rule as store

APPLY = "pricing.apply_rule"
"""The job that gives a rule's goods the prices it says, or takes them back."""
FOLLOW_SHOP = "pricing.follow_shop"
"""The job that prices all goods of a shop (or of the mall) anew after something else has changed."""
FOLLOW_GOODS = "pricing.follow_goods"
"""The job that prices some goods anew."""


async def create_rule(tx: Tx, *, mall_id: MallId, terms: RuleTerms, staff_id: StaffId, now: datetime) -> Rule:
    """Write a rule as a draft; raises Invalid naming what contradicts or is not there."""
    terms = rules.sound(terms)
    await _require_targets(tx, mall_id, terms)
    merchant_id = None if terms.shop_id is None else (await malls.get_shop(tx, mall_id, terms.shop_id)).merchant_id
    rule_id = RuleId(new_id())
    await store.add_rule(
        tx, mall_id=mall_id, rule_id=rule_id, merchant_id=merchant_id, terms=terms, staff_id=staff_id, now=now
    )
    tx.subject = str(rule_id)
    return await _told(tx, mall_id, rule_id, now)


async def change_rule(
    tx: Tx, *, mall_id: MallId, rule_id: RuleId, patch: RulePatch, staff_id: StaffId, now: datetime
) -> Rule:
    """Give a rule a new version, which decides nothing until approved; raises NotFound, Invalid, RuleStateRefused."""
    rule = await _lock(tx, mall_id, rule_id, now)
    if rule.state is RuleState.ENDED:
        raise RuleStateRefused(now=rule.state.value, wanted=RuleState.DRAFT.value)
    terms = rules.patched(rule.terms, patch)
    if terms == rule.terms:
        return rule
    await _require_targets(tx, mall_id, terms)
    await store.add_version(tx, mall_id, rule_id, terms=terms, staff_id=staff_id, now=now)
    tx.subject = str(rule_id)
    return await _told(tx, mall_id, rule_id, now)


async def restore_rule(
    tx: Tx, *, mall_id: MallId, rule_id: RuleId, version: int, staff_id: StaffId, now: datetime
) -> Rule:
    """Bring the terms of an older version back as the newest one.

    What was approved then is approved now, as far as it was then, so that a mistake is undone at once. Raises NotFound
    for no such rule, Invalid for no such version, RuleStateRefused for a rule that has ended.
    """
    rule = await _lock(tx, mall_id, rule_id, now)
    if rule.state is RuleState.ENDED:
        raise RuleStateRefused(now=rule.state.value, wanted=RuleState.DRAFT.value)
    older = next((v for v in await store.versions(tx, mall_id, rule_id) if v.version == version), None)
    if older is None:
        raise Invalid.field("version", "price_rule_version_unknown", version=version)
    made = await store.add_version(tx, mall_id, rule_id, terms=older.terms, staff_id=staff_id, now=now)
    if older.approved_by is None:
        tx.subject = str(rule_id)
        return await _told(tx, mall_id, rule_id, now)
    return await approve(
        tx,
        mall_id=mall_id,
        rule_id=rule_id,
        version=made,
        staff_id=StaffId(older.approved_by),
        second_person=older.second_person,
        now=now,
    )


async def approve(
    tx: Tx, *, mall_id: MallId, rule_id: RuleId, version: int, staff_id: StaffId, second_person: bool, now: datetime
) -> Rule:
    """Let a version of a rule decide prices, for the launch only; a rule that is live changes its prices by it.

    `second_person` says that somebody other than who asked stands by it: then goods below the guard that wants a
    second person get their price too. Raises NotFound, and RuleChanged when there is a newer version.
    """
    rule = await _lock(tx, mall_id, rule_id, now)
    done = rule.version == version and await store.approve(
        tx,
        mall_id,
        rule_id,
        version=version,
        terms=rule.terms,
        staff_id=staff_id,
        second_person=second_person,
        now=now,
    )
    if not done:
        raise RuleChanged
    return await _changed(tx, mall_id, rule_id, now)


async def set_state(tx: Tx, *, mall_id: MallId, rule_id: RuleId, state: RuleState, now: datetime) -> Rule:
    """Move a rule to another state; what it is already it stays.

    Asked to wait (`pending`) or to be a draft again, a rule that is live stays live by its approved version. Raises
    NotFound; RuleNotApproved when a rule shall be live whose newest version is not; RuleStateRefused.
    """
    rule = await _lock(tx, mall_id, rule_id, now)
    unlaunched = {RuleState.PENDING, RuleState.DRAFT}
    if rule.state is state or (state in unlaunched and rule.state in {RuleState.LIVE, RuleState.PAUSED}):
        return rule
    if state not in MOVES[rule.state]:
        raise RuleStateRefused(now=rule.state.value, wanted=state.value)
    if state is RuleState.LIVE and rule.approved_version != rule.version:
        raise RuleNotApproved
    await store.set_state(tx, mall_id, rule_id, state, now)
    return await _changed(tx, mall_id, rule_id, now)


async def reprice(tx: Tx, *, mall_id: MallId, product_ids: Sequence[ProductId], now: datetime) -> int:
    """Give some products the prices the rules in force make of them; returns how many products changed.

    The products are locked first and the rules read after, so whoever comes last decides by the rules and the store
    prices as they are then; done again it changes nothing.
    """
    locked = await catalog.lock_products(tx, mall_id=mall_id, product_ids=product_ids)
    in_force = rules.ranked(await store.in_force(tx, mall_id, now))
    guards = await queries.guards(tx, mall_id)
    prices = [
        catalog.OnlinePrice(
            variant_id=ware.good.variant_id,
            price_minor=outcome.price_minor,
            rule_id=None if outcome.rule is None else outcome.rule.id,
            rule_version=None if outcome.rule is None else outcome.rule.version,
        )
        for ware in await queries.wares(tx, mall_id, locked)
        for outcome in [rules.decide(ware, in_force, guards.of(ware.good.shop_id))]
        if (outcome.price_minor, outcome.rule and outcome.rule.id)
        != (ware.good.online_price_minor, ware.good.online_rule_id)
    ]
    repriced = await catalog.set_online_prices(tx, mall_id=mall_id, prices=prices, now=now)
    for shop_id in sorted({item.shop_id for item in repriced}):
        count = sum(item.shop_id == shop_id for item in repriced)
        tx.emit(Event("pricing.repriced", shop_id, {"products": count}, topics=(f"shop:{shop_id}",)))
    return len(repriced)


async def note_settled(tx: Tx, *, mall_id: MallId, rule_id: RuleId, since: datetime) -> None:
    """Note that all goods of a rule were priced as it stood at a moment."""
    tx.subject = str(rule_id)
    await store.settle_rule(tx, mall_id, rule_id, since=since)


def follow_shop(tx: Tx, *, mall_id: MallId, shop_id: ShopId | None) -> None:
    """Have all goods of a shop, or of the mall, priced anew after this transaction; for goods saved in bulk."""
    args = {"mall_id": mall_id, "shop_id": shop_id}
    tx.enqueue(Job(FOLLOW_SHOP, args, dedupe=f"{FOLLOW_SHOP}:{mall_id}:{shop_id}"))


async def enter_costs(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, items: Sequence[CostInput], staff_id: StaffId, now: datetime
) -> Entered:
    """Enter costs and floor prices of a shop's goods and have them priced anew; raises Invalid for another's goods."""
    _require_once(items)
    owned = await _require_own(tx, mall_id, shop_id, [item.variant_id for item in items])
    await guard_store.save_costs(tx, mall_id, items, staff_id=staff_id, now=now)
    tx.subject = str(shop_id)
    products = sorted({owned[item.variant_id] for item in items})
    for start in range(0, len(products), queries.CHUNK):
        part = products[start : start + queries.CHUNK]
        tx.enqueue(Job(FOLLOW_GOODS, {"mall_id": mall_id, "product_ids": part}))
    return Entered(saved=len(items))


async def import_costs(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, content: bytes, staff_id: StaffId, now: datetime
) -> Entered:
    """Enter a CSV file of costs, whole; raises PriceFileRefused naming every problem by line and column."""
    sheet, ids, currency = await _file(tx, mall_id, shop_id, content, files.COSTS)
    items = files.costs(sheet, ids, currency)
    return await enter_costs(tx, mall_id=mall_id, shop_id=shop_id, items=items, staff_id=staff_id, now=now)


async def set_guard(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId | None, guard: Guard, staff_id: StaffId, now: datetime
) -> GuardView:
    """Set the guard of a shop or of the mall; goods whose price it does not let pass get another."""
    await guard_store.set_guard(tx, mall_id, shop_id or mall_id, guard=guard, staff_id=staff_id, now=now)
    tx.subject = str(shop_id or mall_id)
    follow_shop(tx, mall_id=mall_id, shop_id=shop_id)
    return await queries.guard_of(tx, mall_id=mall_id, shop_id=shop_id)


async def enter_competitors(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, items: Sequence[CompetitorInput], staff_id: StaffId, now: datetime
) -> Entered:
    """Enter what others ask for a shop's goods; raises Invalid for another shop's goods, the future or a repetition."""
    await _require_own(tx, mall_id, shop_id, [item.variant_id for item in items])
    wrong: list[FieldError] = []
    seen: set[tuple[UUID, str, datetime]] = set()
    for i, item in enumerate(items):
        if item.seen_at.tzinfo is None:
            wrong.append(FieldError(f"items[{i}].seen_at", "time_zone_needed"))
        elif item.seen_at > now:
            wrong.append(FieldError(f"items[{i}].seen_at", "price_seen_in_future"))
        elif (item.variant_id, item.source, item.seen_at) in seen:
            wrong.append(FieldError(f"items[{i}].source", "price_seen_twice"))
        seen.add((item.variant_id, item.source, item.seen_at))
    if wrong:
        raise Invalid(errors=tuple(wrong))
    await competitor_store.save_competitors(tx, mall_id, items, [new_id() for _ in items], staff_id=staff_id, now=now)
    tx.subject = str(shop_id)
    return Entered(saved=len(items))


async def import_competitors(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, content: bytes, staff_id: StaffId, now: datetime
) -> Entered:
    """Enter a CSV file of competitors' prices, whole; raises PriceFileRefused naming every problem."""
    sheet, ids, currency = await _file(tx, mall_id, shop_id, content, files.COMPETITORS)
    items = files.competitors(sheet, ids, currency, now)
    return await enter_competitors(tx, mall_id=mall_id, shop_id=shop_id, items=items, staff_id=staff_id, now=now)


async def _file(
    tx: Tx, mall_id: MallId, shop_id: ShopId, content: bytes, form: sheets.Form
) -> tuple[sheets.Sheet, dict[str, VariantId], str]:
    sheet = files.read(content, form)
    skus = [row.cells.get("sku", "") for row in sheet.rows]
    found = await catalog.shop_variants(tx, mall_id=mall_id, shop_id=shop_id, skus=skus)
    mall = await malls.get_mall(tx, mall_id)
    return sheet, {variant.sku: variant.id for variant in found}, mall.currency


async def _changed(tx: Tx, mall_id: MallId, rule_id: RuleId, now: datetime) -> Rule:
    """Have the goods of a changed rule priced now, and again when its period starts and ends."""
    rule = await _told(tx, mall_id, rule_id, now)
    args = {"mall_id": mall_id, "rule_id": rule_id}
    tx.enqueue(Job(APPLY, args))
    if rule.state is RuleState.LIVE and rule.approved is not None:
        for moment in (rule.approved.starts_at, rule.approved.ends_at):
            if moment is not None and moment > now:
                tx.enqueue(Job(APPLY, args, delay=moment - now))
    tx.subject = str(rule_id)
    topic = f"mall:{mall_id}" if rule.shop_id is None else f"shop:{rule.shop_id}"
    tx.emit(Event("pricing.rule_changed", rule_id, {"state": rule.state.value}, topics=(topic,)))
    return rule


async def _told(tx: Tx, mall_id: MallId, rule_id: RuleId, now: datetime) -> Rule:
    return await queries.get_rule(tx, mall_id=mall_id, rule_id=rule_id, now=now)


async def _lock(tx: Tx, mall_id: MallId, rule_id: RuleId, now: datetime) -> Rule:
    found = await store.lock_rule(tx, mall_id, rule_id, now)
    if found is None:
        raise NotFound
    return found


async def _require_targets(tx: Tx, mall_id: MallId, terms: RuleTerms) -> None:
    """Raise Invalid naming the targets that are not there, or not the shop's."""
    if terms.scope is RuleScope.SHOP:
        return
    if terms.scope is RuleScope.CATEGORY:
        known: set[UUID] = {category.id for category in await malls.list_categories(tx, mall_id)}
    else:
        owners = await catalog.shops_of(tx, mall_id, terms.target_ids)
        known = {target for target, shop_id in owners.items() if terms.shop_id in {None, shop_id}}
    wrong = [
        FieldError(f"target_ids[{i}]", "price_rule_target_unknown")
        for i, target in enumerate(terms.target_ids)
        if target not in known
    ]
    if wrong:
        raise Invalid(errors=tuple(wrong))


async def _require_own(
    tx: Tx, mall_id: MallId, shop_id: ShopId, variant_ids: Sequence[VariantId]
) -> dict[VariantId, ProductId]:
    """Return the product of each variant; raises Invalid naming those that are not the shop's."""
    found = await catalog.shop_variants(tx, mall_id=mall_id, shop_id=shop_id, ids=variant_ids)
    owned = {variant.id: variant.product_id for variant in found}
    wrong = [
        FieldError(f"items[{i}].variant_id", "price_variant_unknown")
        for i, variant_id in enumerate(variant_ids)
        if variant_id not in owned
    ]
    if wrong:
        raise Invalid(errors=tuple(wrong))
    return owned


def _require_once(items: Sequence[CostInput]) -> None:
    """Raise Invalid naming the variants that stand there twice."""
    seen: set[VariantId] = set()
    wrong: list[FieldError] = []
    for i, item in enumerate(items):
        if item.variant_id in seen:
            wrong.append(FieldError(f"items[{i}].variant_id", "price_variant_twice"))
        seen.add(item.variant_id)
    if wrong:
        raise Invalid(errors=tuple(wrong))
