"""Reads of claims."""

from datetime import datetime
from uuid import UUID

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CategoryId, ClaimId, CouponId, MallId, MemberId, MerchantId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Actor
from galleria.platform.db import Database
from galleria.platform.tx import ReadTx
from galleria.value import promotions
from galleria.value.coupons.model.claim import ClaimedOffer, ClaimState, IssuedClaim, MyClaim
from galleria.value.coupons.queries.template import require_coupon
from galleria.value.coupons.rules.offer import claimed, claimed_offer, offer_of, read_terms
from galleria.value.coupons.rules.spending import claim_refusal
from galleria.value.coupons.store import ending, shown, spending

VERSIONS_MAX = 10_000
_versions: dict[tuple[CouponId, int], promotions.Offer] = {}
FREE = {ClaimState.ISSUED, ClaimState.RETURNED}


async def my_claims(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    now: datetime,
    state: ClaimState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[MyClaim]:
    """Return a member's claims in a mall (in one state), newest first."""
    rows = await shown.list_claims(
        tx, mall_id=mall_id, member_id=member_id, state=state, now=now, before=_before(cursor), limit=limit + 1
    )
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page([_mine(row, now) for row in page.items], page.next_cursor)


def _mine(row: shown.Mine, now: datetime) -> MyClaim:
    terms = read_terms(row.terms)
    seen = {name: getattr(row, name) for name in shown.Mine.__struct_fields__ if name != "terms"}
    return MyClaim(
        **seen,
        usable_now=row.state in FREE and row.use_from <= now,
        transferable=terms.transferable and row.state in FREE,
        title_zh=terms.title_zh,
        title_en=terms.title_en,
        kind=terms.kind,
        amount_minor=terms.amount_minor,
        percent_bp=terms.percent_bp,
        cap_minor=terms.cap_minor,
        pay_minor=terms.pay_minor,
        units=terms.units,
        threshold_minor=terms.threshold_minor,
        conditions=terms.conditions,
        funder=terms.funder,
        funder_merchant_id=None if terms.funder_merchant_id is None else MerchantId(terms.funder_merchant_id),
        shop_ids=[ShopId(shop) for shop in terms.shop_ids],
        category_ids=[CategoryId(category) for category in terms.category_ids],
        product_ids=list(terms.product_ids),
    )


async def usable(tx: ReadTx, mall_id: MallId, member_id: MemberId, now: datetime) -> list[ClaimedOffer]:
    """Return the member's claims that may be spent now, soonest expiring first.

    One statement, and one more for versions the process has not met yet; what a version says never changes.
    """
    rows = await spending.usable(tx, mall_id=mall_id, member_id=member_id, now=now)
    known = {pair: _versions[pair] for row in rows if (pair := (row.coupon_id, row.version)) in _versions}
    missing = {(row.coupon_id, row.version) for row in rows} - known.keys()
    if missing:
        for found in await spending.words(tx, mall_id=mall_id, pairs=missing):
            known[found.coupon_id, found.version] = offer_of(found.coupon_id, found.version, read_terms(found.terms))
        if len(_versions) > VERSIONS_MAX:
            _versions.clear()
        _versions.update(known)
    return [claimed(row, known[row.coupon_id, row.version]) for row in rows]


async def get_claim(
    tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId, member_id: MemberId | None = None
) -> ClaimedOffer:
    """Return a claim, whatever its state; raises NotFound, also when it is not `member_id`'s."""
    found = await spending.find_claim(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id)
    if found is None:
        raise NotFound
    return claimed_offer(found)


async def require_usable(
    tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId, now: datetime, member_id: MemberId | None = None
) -> None:
    """Raise why a claim cannot be spent now: NotFound, or the refusals of `rules.spending.claim_refusal`."""
    claim = await spending.standing(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id)
    refused = NotFound() if claim is None else claim_refusal(claim, now)
    if refused is not None:
        raise refused


async def list_issued(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    coupon_id: CouponId,
    state: ClaimState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[IssuedClaim]:
    """Return what was issued of a coupon, newest first; raises Forbidden, NotFound."""
    await require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id)
    rows = await shown.list_issued(
        tx, mall_id=mall_id, coupon_id=coupon_id, state=state, before=_before(cursor), limit=limit + 1
    )
    return page_of(rows, limit, lambda row: (row.id,))


async def any_due(db: Database, *, now: datetime) -> bool:
    """Return whether claims wait to be marked expired, or locks to be let go of."""
    async with db.read() as tx:
        return await ending.any_due(tx, now=now)


async def any_to_remind(db: Database, *, now: datetime) -> bool:
    """Return whether members are to be told of claims that end soon."""
    async with db.read() as tx:
        return await ending.any_to_remind(tx, now=now)


def _before(cursor: str | None) -> UUID | None:
    return None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
