"""Opening cases: which units, what is asked, why."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce import orders
from galleria.commerce.aftersales import queries, rules, store
from galleria.commerce.aftersales.model import (
    AskableLine,
    AskedLine,
    CaseFinal,
    CaseGoods,
    CaseKind,
    CaseMove,
    CaseRow,
    CaseState,
    CaseTerms,
    NewCase,
    UnitInCase,
)
from galleria.commerce.aftersales.operations.moving import Act, trace
from galleria.foundation import catalog, malls
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import CaseId, LineId, MallId, MemberId, OrderId, VariantId, new_id
from galleria.kernel.periods import business_date
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx


async def open_case(
    tx: Tx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId, new: NewCase, actor: Actor, now: datetime
) -> CaseRow:
    """Open a case about units of one shop's part of a member's order, which no other case holds.

    Raises NotFound, orders.NotPaid, Invalid (units, kind, amount, replacement, pictures), UnitInCase, CaseFinal.
    """
    await orders.lock_order(tx, mall_id=mall_id, order_id=order_id)
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=member_id)
    if order.state is not orders.OrderState.PAID:
        raise orders.NotPaid
    lines = await queries.askable_lines(tx, mall_id, order, now)
    part, terms, units = _chosen(order, lines, new.lines, new.kind)
    await _require_free(tx, mall_id, order_id, units, new.kind)
    items = rules.items_of(order, units)
    most = sum(item.left_minor for item in items)
    case = CaseRow(
        mall_id=mall_id,
        id=CaseId(new_id()),
        number="S" + orders.new_number(business_date(now, (await malls.get_mall(tx, mall_id)).time_zone)),
        code=rules.new_code(),
        order_id=order_id,
        order_number=order.number,
        sub_order_id=part.id,
        shop_id=part.shop_id,
        merchant_id=part.merchant_id,
        shop_zh=part.shop_zh,
        shop_en=part.shop_en,
        member_id=member_id,
        currency=order.currency,
        kind=new.kind,
        reason=new.reason,
        words=new.words.strip(),
        pictures=new.pictures,
        items=items,
        terms=terms,
        most_minor=most,
        asked_minor=_asked(new, most),
        state=CaseState.REQUESTED,
        goods=CaseGoods.MEMBER,
        offered_kind=None,
        offered_minor=0,
        with_delivery=False,
        replacement_variant_id=await _replacement(tx, mall_id, new, lines),
        reservation_id=None,
        handing=None,
        carrier="",
        tracking="",
        place="",
        final=False,
        refund_id=None,
        settled_minor=0,
        due_at=rules.due(CaseState.REQUESTED, terms, now),
        opened_at=now,
        ended_at=None,
    )
    await store.add(tx, case, units)
    await trace(tx, case, Act(what=CaseMove.OPEN, actor=actor, now=now, words=new.words, pictures=new.pictures))
    return case


def _chosen(
    order: orders.OrderView, lines: Sequence[AskableLine], asked: Sequence[AskedLine], kind: CaseKind
) -> tuple[orders.SubOrderView, CaseTerms, list[rules.Unit]]:
    """Return the part, its terms and the units meant; raises Invalid where they do not go together."""
    by_id = {line.line_id: line for line in lines}
    units: list[rules.Unit] = []
    for position, one in enumerate(asked):
        line = by_id.get(LineId(one.line_id))
        if line is None or line.shop_id != by_id[LineId(asked[0].line_id)].shop_id:
            raise Invalid.field(f"lines[{position}].line_id", "case_line")
        for unit in one.units:
            if unit >= len(line.units) or (line.line_id, unit) in units:
                raise Invalid.field(f"lines[{position}].units", "case_unit", quantity=len(line.units))
            if kind not in line.units[unit].kinds:
                raise Invalid.field("kind", "case_kind", unit=unit + 1)
            units.append((line.line_id, unit))
    first = by_id[units[0][0]]
    return next(part for part in order.sub_orders if part.id == first.sub_order_id), first.terms, units


async def _require_free(
    tx: Tx, mall_id: MallId, order_id: OrderId, units: Sequence[rules.Unit], kind: CaseKind
) -> None:
    """Raise when another case holds one of the units, or the mall has decided about it."""
    wanted = set(units)
    for holding in await store.holdings(tx, mall_id, order_id):
        if (holding.line_id, holding.unit) not in wanted:
            continue
        if holding.held:
            raise UnitInCase
        if rules.blocked(holding.kind, kind):
            raise CaseFinal


def _asked(new: NewCase, most: int) -> int:
    """Return the money asked for; nothing for what asks for no money."""
    if new.kind not in {CaseKind.REFUND_ONLY, CaseKind.RETURN_REFUND}:
        return 0
    asked = most if new.amount_minor is None else new.amount_minor
    if asked > most or (asked == 0 < most):
        raise Invalid.field("amount_minor", "case_amount", most_minor=most)
    return asked


async def _replacement(tx: Tx, mall_id: MallId, new: NewCase, lines: Sequence[AskableLine]) -> VariantId | None:
    """Return the option wanted instead, which must be one of the same product; None means the same again."""
    wanted: UUID | None = new.replacement_variant_id
    if wanted is None:
        return None
    if new.kind is not CaseKind.EXCHANGE or len(new.lines) != 1:
        raise Invalid.field("replacement_variant_id", "case_replacement")
    product_id = next(line.product_id for line in lines if line.line_id == new.lines[0].line_id)
    found = await catalog.sellable(tx, mall_id, [VariantId(wanted)])
    if not found or found[0].product_id != product_id:
        raise Invalid.field("replacement_variant_id", "case_replacement")
    return VariantId(wanted)
