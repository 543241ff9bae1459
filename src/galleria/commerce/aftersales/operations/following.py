"""What moves cases by itself: time that is over, and refunds made elsewhere."""

from datetime import datetime

import msgspec

from galleria.commerce import orders
from galleria.commerce.aftersales import rules, store
from galleria.commerce.aftersales.model import CaseMove, CaseRow, CaseState
from galleria.commerce.aftersales.operations.goods import let_go, replace
from galleria.commerce.aftersales.operations.moving import Act, finish, take
from galleria.kernel.ids import CaseId, MallId, OrderId
from galleria.platform.actors import SYSTEM
from galleria.platform.tx import Tx


async def lapse(tx: Tx, *, mall_id: MallId, case_id: CaseId, now: datetime) -> bool:
    """Move a case whose time is over; False when somebody acted meanwhile."""
    case = await take(tx, mall_id, case_id, None)
    if case.due_at is None or case.due_at > now or case.state is CaseState.ESCALATED:
        return False
    what, state, handing = rules.lapsed(case)
    after = msgspec.structs.replace(case, state=state, handing=handing)
    await finish(tx, case, after, Act(what=what, actor=SYSTEM, now=now))
    return True


async def follow_refund(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> int:
    """Take units that were refunded elsewhere out of open cases; one without any left is closed. Returns how many."""
    await orders.lock_order(tx, mall_id=mall_id, order_id=order_id)
    cases = await store.open_of_order(tx, mall_id, order_id)
    if not cases:
        return 0
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id)
    changed = 0
    for case in cases:
        changed += await _follow(tx, order, case, now)
    return changed


async def _follow(tx: Tx, order: orders.OrderView, case: CaseRow, now: datetime) -> bool:
    kept = rules.kept_units(order, case.items)
    items = rules.items_of(order, kept)
    most = sum(item.left_minor for item in items)
    if items == case.items or case.state in {CaseState.READY, CaseState.SENT}:
        return False
    after = msgspec.structs.replace(
        case,
        items=items or case.items,
        most_minor=most if items else case.most_minor,
        asked_minor=min(case.asked_minor, most) if items else case.asked_minor,
        offered_minor=min(case.offered_minor, most) if items else case.offered_minor,
        state=case.state if items else CaseState.CLOSED,
    )
    if case.reservation_id is not None and items:
        after = await replace(tx, await let_go(tx, after), restock=False, now=now)
    await finish(tx, case, after, Act(what=CaseMove.SETTLED, actor=SYSTEM, now=now))
    return True
