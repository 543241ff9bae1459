"""Bags as staff see them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.foundation import malls, members
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, MemberId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.kernel.periods import business_date
from galleria.onsite.handsfree import rules
from galleria.onsite.handsfree.model import (
    Bag,
    BagBoard,
    BagClaim,
    BagClaimState,
    BagHistory,
    BagShopper,
    BagState,
    BagView,
    CardUnknown,
)
from galleria.onsite.handsfree.queries import own
from galleria.onsite.handsfree.queries.views import called, custody, views
from galleria.onsite.handsfree.store import bag as store
from galleria.onsite.handsfree.store import claim as claims
from galleria.onsite.handsfree.store import scan as scans
from galleria.platform.actors import Reach
from galleria.platform.auth.tokens import Signer
from galleria.platform.tx import ReadTx


async def find_bag(tx: ReadTx, mall_id: MallId, *, label: str | None = None, bag_id: UUID | None = None) -> Bag:
    """Return a bag by its id or what is on its label; raises NotFound, and Invalid for what is no label."""
    if bag_id is not None:
        found = await store.find(tx, mall_id, bag_id)
    else:
        found = await store.find_by_label(tx, mall_id, rules.read_label(label or ""))
    if found is None:
        raise NotFound
    return found


async def bag_history(tx: ReadTx, mall_id: MallId, bag: Bag, *, now: datetime) -> BagHistory:
    """Return a bag with its whole chain."""
    [view] = await views(tx, mall_id, [bag], now=now)
    return BagHistory(**msgspec.structs.asdict(view), custody=(await custody(tx, mall_id, [bag])).get(bag.id, []))


async def bags_page(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    states: Sequence[BagState] | None,
    shop_id: ShopId | None,
    q: str | None,
    now: datetime,
    cursor: str | None,
    limit: int,
) -> Page[BagView]:
    """Return bags within reach, the newest first; `q` is looked for in labels."""
    rows = await store.list_bags(
        tx,
        mall_id,
        reach=reach,
        states=states,
        shop_id=shop_id,
        label="".join(sign for sign in q if sign.isdigit()) if q else None,
        before=None if cursor is None else decode_cursor(cursor, tuple[UUID])[0],
        limit=limit + 1,
    )
    page = page_of(rows, limit, lambda bag: (bag.id,))
    return Page(await views(tx, mall_id, page.items, now=now), page.next_cursor)


async def board(tx: ReadTx, mall_id: MallId) -> BagBoard:
    """Return how many bags are where, and what waits for a person."""
    counts = dict(await store.count_by_state(tx, mall_id))
    return BagBoard(
        at_shop=counts.get("at_shop", 0),
        carried=counts.get("carried", 0),
        shelved=counts.get("shelved", 0),
        lost=counts.get("lost", 0),
        exceptions=await scans.count_problems(tx, mall_id),
        claims=await claims.count_open(tx, mall_id),
    )


async def shopper(tx: ReadTx, *, mall_id: MallId, code: str, signer: Signer, now: datetime) -> BagShopper:
    """Return whom a card's code or a phone belongs to. Raises Invalid, CardUnknown."""
    mall = await malls.get_mall(tx, mall_id)
    if rules.is_phone(code):
        try:
            member = await members.find_by_phone(tx, mall.group_id, code)
            phone = members.mask_phone(members.normalise_phone(code))
        except Invalid as error:
            raise Invalid.field("code", "bag_shopper") from error
        if member is None:
            return BagShopper(name="", seal_as=code, phone=phone, new=True, bags_today=0)
    else:
        member_id: MemberId | None = await own.holder(
            tx, mall_id=mall_id, code=code, at=now, late=False, signer=signer, field="code"
        )
        if member_id is None:
            raise CardUnknown
        member = await members.get_member(tx, mall.group_id, member_id)
        phone = members.mask_phone(member.phone)
    today = await store.bags_today(tx, mall_id, member.id, business_date(now, mall.time_zone))
    known = rules.stand_in(own.stand_in_key(signer, mall_id), member.id, now + rules.STAND_IN_FOR)
    return BagShopper(name=member.name, seal_as=known, phone=phone, new=False, bags_today=today)


async def claims_page(
    tx: ReadTx, *, mall_id: MallId, state: BagClaimState | None, cursor: str | None, limit: int
) -> Page[BagClaim]:
    """Return a mall's claims, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await claims.list_claims(tx, mall_id, state=state, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page(await _with_shoppers(tx, mall_id, page.items), page.next_cursor)


async def claim(tx: ReadTx, mall_id: MallId, claim_id: UUID) -> BagClaim:
    """Return a claim; raises NotFound."""
    found = await claims.find(tx, mall_id, claim_id)
    if found is None:
        raise NotFound
    return (await _with_shoppers(tx, mall_id, [found]))[0]


async def _with_shoppers(tx: ReadTx, mall_id: MallId, rows: Sequence[BagClaim]) -> list[BagClaim]:
    group_id = await malls.group_of(tx, mall_id)
    people = await members.list_members(tx, group_id, list({row.member_id for row in rows}))
    return [msgspec.structs.replace(row, shopper=called(people.get(row.member_id))) for row in rows]
