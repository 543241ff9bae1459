"""What the shopper says: more about it, never mind, or let the mall decide."""

from datetime import datetime

import msgspec

from galleria.commerce.aftersales.model import CaseRow, Move, Note, State
from galleria.commerce.aftersales.operations.moving import Act, finish, take, trace
from galleria.kernel.ids import CaseId, MallId, MemberId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx


async def note(
    tx: Tx,
    *,
    mall_id: MallId,
    case_id: CaseId,
    said: Note,
    actor: Actor,
    now: datetime,
    member_id: MemberId | None = None,
    for_mall: bool = False,
) -> CaseRow:
    """Add words and pictures to an open case. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, Move.NOTE, member_id=member_id)
    act = Act(what=Move.NOTE, actor=actor, now=now, words=said.words, pictures=said.pictures, for_mall=for_mall)
    await trace(tx, case, act)
    return case


async def withdraw(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, member_id: MemberId, actor: Actor, now: datetime
) -> CaseRow:
    """Give a case up while the shopper still has the goods. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, Move.WITHDRAW, member_id=member_id)
    after = msgspec.structs.replace(case, state=State.WITHDRAWN)
    return await finish(tx, case, after, Act(what=Move.WITHDRAW, actor=actor, now=now))


async def escalate(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, member_id: MemberId, said: Note, actor: Actor, now: datetime
) -> CaseRow:
    """Ask the mall to decide what the shop refused, or offered too little for. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, Move.ESCALATE, member_id=member_id)
    after = msgspec.structs.replace(case, state=State.ESCALATED, offered_kind=None, offered_minor=0)
    act = Act(what=Move.ESCALATE, actor=actor, now=now, words=said.words, pictures=said.pictures)
    return await finish(tx, case, after, act)
