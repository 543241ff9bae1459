"""Answers: the shop's, the shopper's to an offer, the mall's last word; and what follows from a yes."""

from datetime import datetime

import msgspec

from galleria.commerce import orders, returns
from galleria.commerce.aftersales import rules
from galleria.commerce.aftersales.model import (
    MONEY,
    CaseAnswer,
    CaseGoods,
    CaseKind,
    CaseMove,
    CaseRefusal,
    CaseRemedy,
    CaseRow,
    CaseState,
)
from galleria.commerce.aftersales.operations.goods import let_go, replace, shelve
from galleria.commerce.aftersales.operations.moving import Act, finish, take
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import CaseId, MallId, MemberId
from galleria.platform.actors import Actor, ActorKind, Reach
from galleria.platform.tx import Tx


async def approve(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, answer: CaseAnswer, actor: Actor, now: datetime
) -> CaseRow:
    """Let the shop grant what was asked (or, under a warranty, the remedy it chooses); at the shop: the goods are fine.

    Money goes back at once where nothing has to come in first. Raises NotFound, CaseMoved, GoodsNotHere,
    stock.OutOfStock, Invalid, and what `returns` raises.
    """
    case = await take(tx, mall_id, case_id, CaseMove.APPROVE)
    remedy, amount = _terms_of(case, answer, standing=True)
    if not rules.honours(case, remedy, amount):
        raise Invalid.field("remedy", "case_less_than_asked")
    act = _act(CaseMove.APPROVE, answer, remedy, amount, actor, now)
    return await _grant(tx, case, remedy, amount, answer, act)


async def counter(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, answer: CaseAnswer, actor: Actor, now: datetime
) -> CaseRow:
    """Let the shop offer another remedy or amount, which the shopper accepts or not. Raises as `approve`."""
    case = await take(tx, mall_id, case_id, CaseMove.COUNTER)
    if answer.remedy is None:
        raise Invalid.field("remedy", "required")
    remedy, amount = _terms_of(case, answer, standing=False)
    await _require_fit(tx, case, remedy)
    rules.granted(case.goods, remedy)
    case_now = await let_go(tx, case)
    after = msgspec.structs.replace(
        case_now,
        state=CaseState.COUNTERED,
        offered_kind=remedy,
        offered_minor=amount,
        with_delivery=answer.with_delivery,
    )
    return await finish(tx, case, after, _act(CaseMove.COUNTER, answer, remedy, amount, actor, now))


async def accept(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, member_id: MemberId, actor: Actor, now: datetime
) -> CaseRow:
    """Let the shopper take what the shop offered, which is then as if granted. Raises as `approve`."""
    case = await take(tx, mall_id, case_id, CaseMove.ACCEPT, member_id=member_id)
    remedy = case.offered_kind or CaseRemedy.REFUND_ONLY
    answer = CaseAnswer(remedy=remedy, amount_minor=case.offered_minor, with_delivery=case.with_delivery)
    act = _act(CaseMove.ACCEPT, answer, remedy, case.offered_minor, actor, now)
    return await _grant(tx, case, remedy, case.offered_minor, answer, act)


async def reject(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, refusal: CaseRefusal, actor: Actor, now: datetime
) -> CaseRow:
    """Let the shop refuse, with its reason; the shopper may ask the mall. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, CaseMove.REJECT)
    act = Act(what=CaseMove.REJECT, actor=actor, now=now, words=refusal.words, pictures=refusal.pictures)
    after = msgspec.structs.replace(
        await let_go(tx, case), state=CaseState.REJECTED, offered_kind=None, offered_minor=0
    )
    return await finish(tx, case, after, act)


async def grant(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, answer: CaseAnswer, actor: Actor, now: datetime
) -> CaseRow:
    """Let the mall decide for the shopper, for good. Raises as `approve`."""
    case = await take(tx, mall_id, case_id, CaseMove.DECIDE)
    remedy, amount = _terms_of(case, answer, standing=True)
    act = msgspec.structs.replace(_act(CaseMove.DECIDE, answer, remedy, amount, actor, now), for_mall=True)
    return await _grant(tx, case, remedy, amount, answer, act, final=True)


async def refuse(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, refusal: CaseRefusal, actor: Actor, now: datetime
) -> CaseRow:
    """Let the mall decide against the shopper, for good: goods at the shop wait there for him."""
    case = await take(tx, mall_id, case_id, CaseMove.DECIDE)
    state, handing = rules.nothing_given(case.goods)
    after = msgspec.structs.replace(
        await let_go(tx, case), state=state, handing=handing, offered_kind=None, offered_minor=0, final=True
    )
    act = Act(what=CaseMove.DECIDE, actor=actor, now=now, words=refusal.words, pictures=refusal.pictures, for_mall=True)
    return await finish(tx, case, after, act)


def _act(what: CaseMove, answer: CaseAnswer, remedy: CaseRemedy, amount: int, actor: Actor, now: datetime) -> Act:
    money = amount if remedy in MONEY else None
    return Act(
        what=what, actor=actor, now=now, words=answer.words, pictures=answer.pictures, kind=remedy, amount_minor=money
    )


def _terms_of(case: CaseRow, answer: CaseAnswer, *, standing: bool) -> tuple[CaseRemedy, int]:
    """Return the remedy and the money meant: what the answer says, else what was granted before, else asked."""
    asked = None if case.kind is CaseKind.WARRANTY else CaseRemedy(case.kind.value)
    granted = case.offered_kind if standing else None
    remedy = answer.remedy or granted or asked
    if remedy is None:
        raise Invalid.field("remedy", "required")
    if remedy not in MONEY:
        return remedy, 0
    usual = case.offered_minor if granted in MONEY else case.asked_minor if asked in MONEY else case.most_minor
    amount = usual if answer.amount_minor is None else answer.amount_minor
    if amount > case.most_minor or (amount == 0 < case.most_minor):
        raise Invalid.field("amount_minor", "case_amount", most_minor=case.most_minor)
    return remedy, amount


async def _grant(
    tx: Tx, case: CaseRow, remedy: CaseRemedy, amount: int, answer: CaseAnswer, act: Act, *, final: bool = False
) -> CaseRow:
    """Do what a yes means with the goods where they are: money, a replacement, a repair, or first the goods."""
    await _require_fit(tx, case, remedy)
    state, handing = rules.granted(case.goods, remedy)
    kept = case if remedy is CaseRemedy.EXCHANGE else await let_go(tx, case)
    after = msgspec.structs.replace(
        kept,
        state=state,
        handing=handing,
        offered_kind=remedy,
        offered_minor=amount,
        with_delivery=answer.with_delivery or case.with_delivery,
        final=final or case.final,
    )
    if remedy is CaseRemedy.EXCHANGE:
        after = await replace(tx, after, restock=answer.restock, now=act.now)
    if state is CaseState.REFUNDED:
        after = await pay_back(tx, after, restock=answer.restock, actor=act.actor, now=act.now)
    return await finish(tx, case, after, act)


async def _require_fit(tx: Tx, case: CaseRow, remedy: CaseRemedy) -> None:
    """Raise Invalid for a remedy about goods that were not handed over, or are none."""
    order = await orders.get_order(tx, mall_id=case.mall_id, order_id=case.order_id)
    if not rules.fits(order, case.items, remedy):
        raise Invalid.field("remedy", "case_remedy")


async def pay_back(tx: Tx, case: CaseRow, *, restock: bool, actor: Actor, now: datetime) -> CaseRow:
    """Give the money of a case back through `returns`: its units whole, or a part of their price.

    Units go back whole when all that is left of their price does; a voucher that was used keeps its redemption, so only
    its price goes back. Raises what `returns.refund` and `returns.reduce` raise.
    """
    order = await orders.get_order(tx, mall_id=case.mall_id, order_id=case.order_id)
    here = Reach(everything=False, merchant_ids=[], shop_ids=[case.shop_id])
    came_in = case.goods is not CaseGoods.MEMBER
    if rules.whole(order, case.items, case.offered_minor):
        wanted = returns.Wanted(
            lines=[returns.WantedLine(line_id=item.line_id, units=item.units) for item in case.items],
            reason=case.number,
            restock=restock and came_in,
            with_delivery=case.with_delivery,
        )
        made = await returns.refund(
            tx, mall_id=case.mall_id, order_id=case.order_id, wanted=wanted, actor=actor, reach=here, now=now
        )
    else:
        made = await _reduce(tx, case, order, actor, now)
        if restock and came_in and actor.kind is ActorKind.STAFF:
            await shelve(tx, case, now)
    return msgspec.structs.replace(case, refund_id=made.id, settled_minor=made.amount_minor)


async def _reduce(tx: Tx, case: CaseRow, order: orders.OrderView, actor: Actor, now: datetime) -> returns.Refund:
    left = sum(item.left_minor for item in rules.items_of(order, rules.kept_units(order, case.items)))
    if case.offered_minor > left:
        raise orders.ReductionTooLarge(left_minor=left)
    parts = rules.reductions(order, case.items, case.offered_minor)
    return await returns.reduce(
        tx,
        mall_id=case.mall_id,
        order_id=case.order_id,
        reductions=[
            returns.Reduction(line_id=line_id, unit=unit, amount_minor=minor)
            for (line_id, unit), minor in parts.items()
        ],
        reason=case.number,
        actor=actor,
        now=now,
    )
