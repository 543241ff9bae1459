"""Reads of after-sales."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.commerce.aftersales import rules, store
from galleria.commerce.aftersales.model import (
    BY_COUNTER,
    BY_MEMBER,
    Askable,
    AskableLine,
    AskableUnit,
    CaseCodeWrong,
    CaseMoment,
    CaseMove,
    CasePolicy,
    CaseRow,
    CaseState,
    CaseSummary,
    CaseView,
    MoveRow,
    ScannedCase,
)
from galleria.foundation import catalog, malls, members
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CaseId, CategoryId, MallId, MemberId, OrderId, VariantId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

LAST = datetime.max.replace(tzinfo=UTC)
"""Where a case stands in the list that nobody is held to a time for."""


async def askable(tx: ReadTx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId, now: datetime) -> Askable:
    """Return what a member may ask for each unit of a paid order; raises NotFound, orders.NotPaid."""
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=member_id)
    if order.state is not orders.OrderState.PAID:
        raise orders.NotPaid
    return Askable(
        order_id=order.id,
        order_number=order.number,
        currency=order.currency,
        lines=await askable_lines(tx, mall_id, order, now),
    )


async def askable_lines(tx: ReadTx, mall_id: MallId, order: orders.OrderView, now: datetime) -> list[AskableLine]:
    """Return the lines of an order with what may be asked for their units, in three statements."""
    policies = await store.policies(tx, mall_id)
    families = await _families(tx, mall_id, order) if any(one.category_id for one in policies) else {}
    holdings = await store.holdings(tx, mall_id, order.id)
    return [
        _askable(part, line, policies, families.get(line.variant_id, []), holdings, now)
        for part in order.sub_orders
        for line in part.lines
    ]


async def _families(tx: ReadTx, mall_id: MallId, order: orders.OrderView) -> dict[VariantId, list[CategoryId]]:
    """Return the categories of what is still sold; what is not any more follows its shop's terms."""
    variants = sorted({line.variant_id for part in order.sub_orders for line in part.lines})
    return {one.variant_id: one.category_ids for one in await catalog.sellable(tx, mall_id, variants)}


def _askable(
    part: orders.SubOrderView,
    line: orders.LineView,
    policies: Sequence[CasePolicy],
    family: Sequence[CategoryId],
    holdings: Sequence[store.Holding],
    now: datetime,
) -> AskableLine:
    terms = rules.terms_for(policies, part.shop_id, list(family))
    mine = [one for one in holdings if one.line_id == line.id]
    units = [
        AskableUnit(
            unit=unit,
            left_minor=rules.left(line, unit),
            kinds=[
                kind
                for kind in rules.kinds_for(part, line, unit, terms, now)
                if not any(one.unit == unit and one.final and rules.blocked(one.kind, kind) for one in mine)
            ],
            case_id=next((one.case_id for one in mine if one.unit == unit and one.held), None),
        )
        for unit in range(line.quantity)
    ]
    return AskableLine(
        line_id=line.id,
        variant_id=line.variant_id,
        product_id=line.product_id,
        sub_order_id=part.id,
        shop_id=part.shop_id,
        shop_zh=part.shop_zh,
        shop_en=part.shop_en,
        kind=line.kind,
        name_zh=line.name_zh,
        name_en=line.name_en,
        option_zh=line.option_zh,
        option_en=line.option_en,
        picture=line.picture,
        terms=terms,
        until=rules.until(part, terms.window_days),
        warranty_until=rules.until(part, terms.warranty_days) if terms.warranty_days else None,
        units=units,
    )


async def get_row(tx: ReadTx, *, mall_id: MallId, case_id: CaseId) -> CaseRow:
    """Return a case as stored; raises NotFound."""
    found = await store.find(tx, mall_id, case_id)
    if found is None:
        raise NotFound
    return found


async def require_mine(tx: ReadTx, *, mall_id: MallId, case_id: CaseId, member_id: MemberId) -> CaseRow:
    """Return a case of a member; raises NotFound."""
    case = await get_row(tx, mall_id=mall_id, case_id=case_id)
    if case.member_id != member_id:
        raise NotFound
    return case


async def view_mine(tx: ReadTx, case: CaseRow, now: datetime) -> CaseView:
    """Return a case as its shopper sees it: with its code, without the names of staff."""
    moves = await store.moves(tx, case.mall_id, case.id)
    return _view(case, moves, "", rules.can(case, BY_MEMBER), now, code=case.code, names=False)


async def view(tx: ReadTx, case: CaseRow, moves: Collection[CaseMove], now: datetime) -> CaseView:
    """Return a case as staff see it who may make such moves."""
    people = await _masked(tx, case.mall_id, [case])
    told = await store.moves(tx, case.mall_id, case.id)
    return _view(case, told, people[case.member_id], rules.can(case, moves), now, code="", names=True)


async def list_mine(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    which: str | None,
    order_id: UUID | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page[CaseSummary]:
    """Return a page of a member's cases, the newest first; `which` is open or ended."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_mine(tx, mall_id, member_id, which=which, order_id=order_id, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page([_summary(row, "", now) for row in page.items], page.next_cursor)


async def list_cases(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    ended: bool,
    state: CaseState | None,
    shop_id: UUID | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page[CaseSummary]:
    """Return a page of the cases a reach may see: open ones by when they are due, ended ones the newest first."""
    if ended:
        before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
        rows = await store.list_ended(
            tx, mall_id, reach=reach, shop_id=shop_id, state=state, before=before, limit=limit + 1
        )
        page = page_of(rows, limit, lambda row: (row.id,))
    else:
        after = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
        rows = await store.list_open(
            tx, mall_id, reach=reach, shop_id=shop_id, state=state, after=after, limit=limit + 1
        )
        page = page_of(rows, limit, lambda row: (row.due_at or LAST, row.id))
    people = await _masked(tx, mall_id, page.items)
    return Page([_summary(row, people[row.member_id], now) for row in page.items], page.next_cursor)


async def scanned(tx: ReadTx, *, mall_id: MallId, code: str) -> ScannedCase:
    """Return the open case whose code was shown, as a counter sees it; raises CaseCodeWrong."""
    case = await store.find_by_code(tx, mall_id, rules.read_code(code))
    if case is None:
        raise CaseCodeWrong
    return at_counter(case, BY_COUNTER)


def at_counter(case: CaseRow, moves: Collection[CaseMove]) -> ScannedCase:
    """Return a case as a counter sees it."""
    return ScannedCase(
        id=case.id,
        number=case.number,
        shop_id=case.shop_id,
        shop_zh=case.shop_zh,
        shop_en=case.shop_en,
        state=case.state,
        goods=case.goods,
        kind=case.kind,
        handing=case.handing,
        items=case.items,
        can=rules.can(case, moves),
    )


async def list_policies(tx: ReadTx, *, mall_id: MallId) -> Page[CasePolicy]:
    """Return all terms of a mall."""
    return Page(await store.policies(tx, mall_id))


async def _masked(tx: ReadTx, mall_id: MallId, cases: Sequence[CaseRow]) -> dict[MemberId, str]:
    if not cases:
        return {}
    group_id = await malls.group_of(tx, mall_id)
    people = await members.list_members(tx, group_id, sorted({case.member_id for case in cases}))
    return {member_id: members.mask_phone(member.phone) for member_id, member in people.items()}


_SUMMARY_FIELDS = [field for field in CaseSummary.__struct_fields__ if field in CaseRow.__struct_fields__]


def _summary(case: CaseRow, member_masked: str, now: datetime) -> CaseSummary:
    same = {name: getattr(case, name) for name in _SUMMARY_FIELDS}
    return CaseSummary(**same, overdue=_overdue(case, now), member_masked=member_masked)


def _overdue(case: CaseRow, now: datetime) -> bool:
    return case.due_at is not None and case.due_at <= now


def _view(
    case: CaseRow,
    moves: Sequence[MoveRow],
    member_masked: str,
    can: list[CaseMove],
    now: datetime,
    *,
    code: str,
    names: bool,
) -> CaseView:
    return CaseView(
        **msgspec.structs.asdict(_summary(case, member_masked, now)),
        code=code,
        words=case.words,
        pictures=case.pictures,
        most_minor=case.most_minor,
        with_delivery=case.with_delivery,
        replacement_variant_id=case.replacement_variant_id,
        handing=case.handing,
        carrier=case.carrier,
        tracking=case.tracking,
        place=case.place,
        final=case.final,
        refund_id=case.refund_id,
        terms=case.terms,
        moves=[_moment(move, names=names) for move in moves],
        can=can,
    )


def _moment(move: MoveRow, *, names: bool) -> CaseMoment:
    told = {name: getattr(move, name) for name in CaseMoment.__struct_fields__}
    return CaseMoment(**told | ({} if names else {"actor_name": ""}))
