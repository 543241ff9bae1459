"""How any case moves: under its order's lock and its own, once, with a trace."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from galleria.commerce import orders
from galleria.commerce.aftersales import rules, store
from galleria.commerce.aftersales.model import ENDED, CaseMove, CaseMoved, CaseRemedy, CaseRow, MoveRow
from galleria.foundation import media, staff
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import CaseId, MallId, MemberId, OrderId
from galleria.platform.actors import Actor, ActorKind
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import stock


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does to a case, and what he says with it."""

    what: CaseMove
    actor: Actor
    now: datetime
    words: str = ""
    pictures: Sequence[str] = ()
    place: str = ""
    for_mall: bool = False
    kind: CaseRemedy | None = None
    amount_minor: int | None = None


async def take(
    tx: Tx, mall_id: MallId, case_id: CaseId, move: CaseMove | None, *, member_id: MemberId | None = None
) -> CaseRow:
    """Return a case that may be moved so, with its order and itself locked.

    With `member_id` only that member's. Raises NotFound, CaseMoved.
    """
    order_id = await store.order_of(tx, mall_id, case_id)
    if order_id is None:
        raise NotFound
    await orders.lock_order(tx, mall_id=mall_id, order_id=order_id)
    case = await store.lock(tx, mall_id, case_id)
    if case is None or (member_id is not None and case.member_id != member_id):
        raise NotFound
    if move is not None and not rules.may(case, move):
        raise CaseMoved(state=case.state.value)
    return case


async def finish(tx: Tx, before: CaseRow, after: CaseRow, act: Act) -> CaseRow:
    """Write what became of a case, keep the move, and tell everyone; an ended case lets go of what it holds."""
    ended = after.state in ENDED
    if after.state is not before.state:
        due_at = rules.due(after.state, after.terms, act.now)
        after = msgspec.structs.replace(after, due_at=due_at, ended_at=act.now if ended else None)
    if ended and after.reservation_id is not None:
        await stock.release(tx, mall_id=after.mall_id, order_id=OrderId(after.reservation_id))
    if not await store.save(tx, after, before=before.state):
        raise CaseMoved(state=before.state.value)
    await trace(tx, after, act)
    return after


async def trace(tx: Tx, case: CaseRow, act: Act) -> None:
    """Keep a move of a case as it stands now, and tell its shopper, its shop and the mall."""
    await require_pictures(tx, act.pictures)
    move = MoveRow(
        what=act.what,
        state=case.state,
        actor_kind=act.actor.kind.value,
        actor_id=act.actor.id,
        actor_name=await _name(tx, act.actor),
        for_mall=act.for_mall,
        kind=act.kind,
        amount_minor=act.amount_minor,
        words=act.words.strip(),
        pictures=list(act.pictures),
        place=act.place.strip(),
        at=act.now,
    )
    await store.add_move(tx, case.mall_id, case.id, move)
    tx.subject = str(case.id)
    data: dict[str, str | int | None] = {
        "mall_id": str(case.mall_id),
        "order_id": str(case.order_id),
        "number": case.number,
        "what": act.what.value,
        "state": case.state.value,
    }
    topics = (f"member:{case.member_id}", f"shop:{case.shop_id}", f"mall:{case.mall_id}")
    tx.emit(Event("aftersales.moved", case.id, data, topics))


async def require_pictures(tx: Tx, names: Sequence[str]) -> None:
    """Raise Invalid unless every picture was uploaded."""
    if names and len({one.name for one in await media.known(tx, names)}) != len(set(names)):
        raise Invalid.field("pictures", "case_picture")


async def _name(tx: Tx, actor: Actor) -> str:
    return (await staff.get_account(tx, actor.staff_id)).name if actor.kind is ActorKind.STAFF else ""
