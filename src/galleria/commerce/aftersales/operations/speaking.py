"""What the shopper says: more about it, never mind, or let the mall decide."""

from datetime import datetime

import msgspec

from galleria.commerce.aftersales.model import CaseMove, CaseNote, CaseRow, CaseState
from galleria.commerce.aftersales.operations.moving import Act, finish, take, trace
from galleria.kernel.ids import CaseId, MallId, MemberId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx


async def note(
    tx: Tx,
    *,
    mall_id: MallId,
    case_id: CaseId,
    said: CaseNote,
    actor: Actor,
    now: datetime,
    member_id: MemberId | None = None,
    for_mall: bool = False,
) -> CaseRow:
    """Add words and pictures to an open case. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, CaseMove.NOTE, member_id=member_id)
    act = Act(what=CaseMove.NOTE, actor=actor, now=now, words=said.words, pictures=said.pictures, for_mall=for_mall)
    await trace(tx, case, act)
    return case


async def withdraw(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, member_id: MemberId, actor: Actor, now: datetime
) -> CaseRow:
    """Give a case up while the shopper still has the goods. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, CaseMove.WITHDRAW, member_id=member_id)
    after = msgspec.structs.replace(case, state=CaseState.WITHDRAWN)
    return await finish(tx, case, after, Act(what=CaseMove.WITHDRAW, actor=actor, now=now))


async def escalate(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, member_id: MemberId, said: CaseNote, actor: Actor, now: datetime
) -> CaseRow:
    """Ask the mall to decide what the shop refused, or offered too little for. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, CaseMove.ESCALATE, member_id=member_id)
    after = msgspec.structs.replace(case, state=CaseState.ESCALATED, offered_kind=None, offered_minor=0)
    act = Act(what=CaseMove.ESCALATE, actor=actor, now=now, words=said.words, pictures=said.pictures)
    return await finish(tx, case, after, act)
