"""Reads of launch: what is to go live, what is known about it, what the checks find, who asked and what changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.engagement.launch import rules, store
from galleria.engagement.launch.model import (
    Candidate,
    Known,
    LaunchPolicy,
    LaunchReport,
    LaunchSubject,
    Review,
    ReviewState,
    StaffPerson,
    SubjectKind,
    VersionChange,
)
from galleria.foundation import catalog, malls, members, staff
from galleria.foundation.catalog import Sellable
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CouponId, MallId, OfferId, ShopId, StaffId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import SYSTEM, Actor, Permission
from galleria.platform.tx import ReadTx
from galleria.value import coupons, offers, pricing, stock
from galleria.value.promotions import AddOn, Bundle, Eligibility, Gift, Grant, Offer, Scope

MANAGE = {
    SubjectKind.OFFER: Permission.OFFER_MANAGE,
    SubjectKind.COUPON: Permission.COUPON_MANAGE,
    SubjectKind.PRICE_RULE: Permission.PRICE_MANAGE,
}
GOODS_MAX = 300
"""So many goods of a candidate are looked at, the popular ones first."""

HISTORY = timedelta(days=90)
USUAL_SHARE = 10
"""A shop that gave nothing away so far may be expected to give a tenth of what it sells."""


async def load(tx: ReadTx, mall_id: MallId, kind: SubjectKind, subject_id: UUID, now: datetime) -> Candidate:
    """Return the newest version of what is to go live; raises NotFound."""
    if kind is SubjectKind.OFFER:
        return await _offer(tx, mall_id, OfferId(subject_id), now)
    if kind is SubjectKind.COUPON:
        return await _coupon(tx, mall_id, CouponId(subject_id))
    return await _price_rule(tx, mall_id, pricing.RuleId(subject_id), now)


async def _offer(tx: ReadTx, mall_id: MallId, offer_id: OfferId, now: datetime) -> Candidate:
    offer = await offers.get_offer(tx, mall_id=mall_id, offer_id=offer_id, now=now)
    grant_owner, grants_live = None, True
    if isinstance(offer.terms.benefit, Grant):
        given = await _granted(tx, mall_id, CouponId(offer.terms.benefit.coupon_id))
        grant_owner = None if given is None else given.funder_merchant_id
        grants_live = given is not None and given.state is coupons.CouponState.LIVE
    return Candidate(
        kind=SubjectKind.OFFER,
        id=offer.id,
        version=offer.version,
        live_version=offer.live_version,
        state=offer.state.value,
        merchant_id=offer.merchant_id,
        shop_ids=offer.shop_ids,
        title_zh=offer.terms.title_zh,
        title_en=offer.terms.title_en,
        ends_at=offers.period(offer.terms)[1],
        offers=tuple(offers.engine_offers(offer_id=offer.id, version=offer.version, terms=offer.terms)),
        grant_owner=grant_owner,
        grants_live=grants_live,
    )


async def _granted(tx: ReadTx, mall_id: MallId, coupon_id: CouponId) -> coupons.Coupon | None:
    try:
        return await coupons.get_coupon(tx, mall_id=mall_id, coupon_id=coupon_id)
    except NotFound:
        return None


async def _coupon(tx: ReadTx, mall_id: MallId, coupon_id: CouponId) -> Candidate:
    coupon = await coupons.get_coupon(tx, mall_id=mall_id, coupon_id=coupon_id)
    latest = await coupons.get_version(tx, mall_id=mall_id, coupon_id=coupon_id, version=coupon.latest_version)
    said = latest.terms
    offer = coupons.offer_of(coupon.id, latest.version, said)
    limits = msgspec.structs.replace(offer.limits, total=said.total, budget_minor=said.budget_minor)
    return Candidate(
        kind=SubjectKind.COUPON,
        id=coupon.id,
        version=latest.version,
        live_version=coupon.approved_version or None,
        state=coupon.state.value,
        merchant_id=coupon.funder_merchant_id,
        shop_ids=coupon.shop_ids,
        title_zh=said.title_zh,
        title_en=said.title_en,
        ends_at=said.claim_until,
        offers=(msgspec.structs.replace(offer, limits=limits),),
    )


async def _price_rule(tx: ReadTx, mall_id: MallId, rule_id: pricing.RuleId, now: datetime) -> Candidate:
    rule = await pricing.get_rule(tx, mall_id=mall_id, rule_id=rule_id, now=now)
    return Candidate(
        kind=SubjectKind.PRICE_RULE,
        id=rule.id,
        version=rule.version,
        live_version=rule.approved_version,
        state=rule.state.value,
        merchant_id=rule.merchant_id,
        shop_ids=[] if rule.shop_id is None else [rule.shop_id],
        title_zh=rule.terms.title_zh,
        title_en=rule.terms.title_en,
        ends_at=rule.terms.ends_at,
        preview=await pricing.preview(tx, mall_id=mall_id, rule_id=rule_id, limit=GOODS_MAX, now=now),
    )


async def require(tx: ReadTx, actor: Actor, mall_id: MallId, candidate: Candidate, permission: Permission) -> None:
    """Raise Forbidden unless the actor may do this to a candidate."""
    await offers.require(
        tx,
        actor=actor,
        mall_id=mall_id,
        merchant_id=candidate.merchant_id,
        shop_ids=candidate.shop_ids,
        permission=permission,
    )


async def check(tx: ReadTx, *, actor: Actor, mall_id: MallId, subject: LaunchSubject, now: datetime) -> LaunchReport:
    """Return what the checks find about the newest version of a subject; raises NotFound, Forbidden."""
    await malls.mall_target(tx, mall_id)
    candidate = await load(tx, mall_id, subject.subject_kind, subject.subject_id, now)
    await require(tx, actor, mall_id, candidate, MANAGE[candidate.kind])
    return await report(tx, mall_id, candidate, now)


async def report(tx: ReadTx, mall_id: MallId, candidate: Candidate, now: datetime) -> LaunchReport:
    """Return what the checks find about a candidate, and what launching it comes to."""
    known = await _known(tx, mall_id, candidate, now)
    found = rules.findings(candidate, known, await store.policy(tx, mall_id))
    return LaunchReport(
        subject_kind=candidate.kind,
        subject_id=candidate.id,
        version=candidate.version,
        title_zh=candidate.title_zh,
        title_en=candidate.title_en,
        outcome=rules.outcome(found),
        findings=found,
        checked_at=now,
    )


async def _known(tx: ReadTx, mall_id: MallId, candidate: Candidate, now: datetime) -> Known:
    """Return what the checks of a candidate go by; a price rule has brought its own preview."""
    goods: list[Sellable] = []
    counted: list[Sellable] = []
    parts: list[list[Sellable]] = []
    beside: list[Offer] = []
    if candidate.offers:
        first = candidate.offers[0]
        goods = await _becoming_cheaper(tx, mall_id, first)
        counted = await _in(tx, mall_id, first.counted) if first.discounted is not None else goods
        if isinstance(first.benefit, Bundle):
            parts = [await _in(tx, mall_id, part.scope) for part in first.benefit.parts]
        live = (await offers.book(tx, mall_id)).by_id.values()
        beside = [o for o in live if o.offer_id != candidate.id and _meet(candidate.offers, o.eligibility)]
    variants = list(dict.fromkeys(g.variant_id for g in (*goods, *(g for part in parts for g in part))))
    target = await malls.mall_target(tx, mall_id)
    return Known(
        goods=goods,
        counted=counted,
        parts=parts,
        floors=await pricing.floors(tx, mall_id, variants),
        available=await stock.available(tx, mall_id, variants),
        beside=beside,
        members=await members.count(tx, target.group_id),
        usual_minor=await _usual(tx, mall_id, candidate, goods, now),
        now=now,
    )


async def _becoming_cheaper(tx: ReadTx, mall_id: MallId, offer: Offer) -> list[Sellable]:
    if isinstance(offer.benefit, Gift):
        return await catalog.sellable(tx, mall_id, offer.benefit.choices)
    if isinstance(offer.benefit, AddOn):
        return await catalog.sellable(tx, mall_id, [choice.variant_id for choice in offer.benefit.choices])
    if isinstance(offer.benefit, Bundle):
        return []
    return await _in(tx, mall_id, offer.discounted or offer.counted)


async def _in(tx: ReadTx, mall_id: MallId, scope: Scope) -> list[Sellable]:
    return await catalog.sellable_in(tx, mall_id, **msgspec.structs.asdict(scope), limit=GOODS_MAX)


def _meet(mine: Sequence[Offer], other: Eligibility) -> bool:
    """Return whether another offer's period touches one of these."""
    return any(
        (e.starts_at is None or other.ends_at is None or e.starts_at < other.ends_at)
        and (e.ends_at is None or other.starts_at is None or other.starts_at < e.ends_at)
        for e in (offer.eligibility for offer in mine)
    )


async def _usual(tx: ReadTx, mall_id: MallId, candidate: Candidate, goods: Sequence[Sellable], now: datetime) -> int:
    """Return what the shops concerned give away in a usual 30 days, at least a tenth of what they sell; 0 untold."""
    shop_ids = candidate.shop_ids or list(dict.fromkeys(good.shop_id for good in goods))
    sold = await orders.sold_since(tx, mall_id=mall_id, shop_ids=[ShopId(s) for s in shop_ids], since=now - HISTORY)
    return max(sold.discount_minor, sold.goods_minor // USUAL_SHARE) // 3


async def list_reviews(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    state: ReviewState | None = None,
    subject_kind: SubjectKind | None = None,
    subject_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Review]:
    """Return the requests within the actor's reach, newest first; raises Forbidden when there can be none."""
    reach = actor.reach(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    rows = await store.list_reviews(
        tx,
        mall_id=mall_id,
        reach=reach,
        state=state,
        subject_kind=subject_kind,
        subject_id=subject_id,
        before=None if cursor is None else decode_cursor(cursor, tuple[UUID])[0],
        limit=limit + 1,
    )
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page(await as_reviews(tx, actor, mall_id, page.items), page.next_cursor)


async def as_reviews(tx: ReadTx, actor: Actor, mall_id: MallId, rows: Sequence[store.ReviewRow]) -> list[Review]:
    """Return requests with the names of who asked and decided, and whether the actor may decide."""
    people = {row.requested_by for row in rows} | {row.decided_by for row in rows if row.decided_by is not None}
    names = await _names(tx, mall_id, people)
    limits = await store.policy(tx, mall_id)
    return [
        Review(
            id=row.id,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            version=row.version,
            merchant_id=row.merchant_id,
            title_zh=row.title_zh,
            title_en=row.title_en,
            state=row.state,
            findings=row.findings,
            requested_by=names[row.requested_by],
            requested_at=row.requested_at,
            decided_by=None if row.decided_by is None else names[row.decided_by],
            decided_at=row.decided_at,
            reason=row.reason,
            may_decide=row.state is ReviewState.PENDING
            and row.requested_by != actor.id
            and await may_decide(tx, actor, mall_id, row, limits),
        )
        for row in rows
    ]


async def may_decide(tx: ReadTx, actor: Actor, mall_id: MallId, review: store.ReviewRow, limits: LaunchPolicy) -> bool:
    """Return whether the actor's role lets it decide a request; that it must be another person is not looked at."""
    target = await malls.mall_target(tx, mall_id)
    if actor.may(Permission.OFFER_APPROVE, target):
        return True
    if review.merchant_id is None or not limits.merchants_decide:
        return False
    whole = msgspec.structs.replace(target, merchant_id=review.merchant_id)
    shops = [msgspec.structs.replace(whole, shop_id=shop_id) for shop_id in review.shop_ids]
    return actor.may(Permission.OFFER_APPROVE, whole) or (
        bool(shops) and all(actor.may(Permission.OFFER_APPROVE, shop) for shop in shops)
    )


async def _names(tx: ReadTx, mall_id: MallId, ids: set[UUID]) -> dict[UUID, StaffPerson]:
    target = await malls.mall_target(tx, mall_id)
    found = await staff.names(tx, target.group_id, [StaffId(i) for i in ids])
    return {i: StaffPerson(StaffId(i) if StaffId(i) in found else None, found.get(StaffId(i), "")) for i in ids}


async def list_changes(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    subject_kind: SubjectKind | None = None,
    subject_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[VersionChange]:
    """Return every version within the actor's reach, newest first, beside the one before; raises Forbidden."""
    before = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID, int])
    rows: list[rules.VersionOf] = []
    for kind in SubjectKind if subject_kind is None else (subject_kind,):
        rows += await _versions(tx, actor, mall_id, kind, subject_id, before, limit + 1)
    rows.sort(key=lambda row: row.place, reverse=True)
    page = page_of(rows[: limit + 1], limit, lambda row: row.place)
    names = await _names(tx, mall_id, {row.made_by or SYSTEM.id for row in page.items})
    return Page([rules.as_change(row, names[row.made_by or SYSTEM.id]) for row in page.items], page.next_cursor)


async def _versions(
    tx: ReadTx,
    actor: Actor,
    mall_id: MallId,
    kind: SubjectKind,
    subject_id: UUID | None,
    before: tuple[datetime, UUID, int] | None,
    limit: int,
) -> list[rules.VersionOf]:
    """Return versions of one kind of subject, newest first."""
    if kind is SubjectKind.OFFER:
        written = await offers.list_versions(
            tx, actor=actor, mall_id=mall_id, offer_id=subject_id, before=before, limit=limit
        )
        return [rules.of_offer(row) for row in written]
    if kind is SubjectKind.COUPON:
        said = await coupons.list_versions(
            tx, actor=actor, mall_id=mall_id, coupon_id=subject_id, before=before, limit=limit
        )
        return [rules.of_coupon(row) for row in said]
    ruled = await pricing.list_versions(
        tx, actor=actor, mall_id=mall_id, rule_id=subject_id, before=before, limit=limit
    )
    return [rules.of_rule(row) for row in ruled]


async def get_policy(tx: ReadTx, *, actor: Actor, mall_id: MallId) -> LaunchPolicy:
    """Return a mall's limits, or those of the house where it set none; raises Forbidden."""
    actor.reach(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    return await store.policy(tx, mall_id)
