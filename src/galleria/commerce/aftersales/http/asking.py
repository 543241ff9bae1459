"""Who may see a case, and who may do what with it."""

from uuid import UUID

from galleria.commerce.aftersales import queries
from galleria.commerce.aftersales.model import BY_COUNTER, BY_MALL, BY_SHOP, CaseMove, CaseRow
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CaseId, MallId
from galleria.platform.actors import Permission
from galleria.platform.http.call import Call
from galleria.platform.tx import ReadTx

MALL = "/v1/malls/{mall_id:uuid}"


async def reads(call: Call, tx: ReadTx, mall_id: UUID, case_id: UUID) -> CaseRow:
    """Return a case of a shop whose orders the caller may read; else NotFound, or Forbidden without any such shop."""
    return await sees(call, tx, mall_id, case_id, Permission.ORDER_READ)


async def sees(call: Call, tx: ReadTx, mall_id: UUID, case_id: UUID, permission: Permission) -> CaseRow:
    """Return a case of a shop where the caller holds the permission; else NotFound, or Forbidden without any shop."""
    mall = MallId(mall_id)
    reach = call.actor.reach(permission, await malls.mall_target(tx, mall))
    case = await queries.get_row(tx, mall_id=mall, case_id=CaseId(case_id))
    if not (reach.everything or case.merchant_id in reach.merchant_ids or case.shop_id in reach.shop_ids):
        raise NotFound
    return case


async def moves_of(call: Call, tx: ReadTx, case: CaseRow) -> frozenset[CaseMove]:
    """Return the moves the caller's grants allow him with a case, wherever it stands."""
    shop = await malls.shop_target(tx, case.mall_id, case.shop_id)
    found: frozenset[CaseMove] = frozenset()
    if call.actor.may(Permission.FULFIL, shop):
        found |= BY_COUNTER
    if call.actor.may(Permission.CASE_DECIDE, shop):
        found |= BY_SHOP
    if call.actor.may(Permission.CASE_DECIDE, await malls.mall_target(tx, case.mall_id)):
        found |= BY_MALL
    return found
