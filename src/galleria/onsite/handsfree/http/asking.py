"""Who may do what with bags: shops theirs, runners and desks all of the mall's."""

from uuid import UUID

from galleria.foundation import malls, staff
from galleria.kernel.ids import MallId, ShopId
from galleria.onsite.handsfree.operations.scanning import Person
from galleria.platform.actors import Permission
from galleria.platform.http.call import Call
from galleria.platform.tx import ReadTx

WRONG_CODES_MAX = 30
WRONG_CODES_WINDOW_S = 300


async def require_mall(call: Call, mall_id: UUID, permission: Permission) -> MallId:
    """Return the mall's id once the caller has proved to have a permission in all of it."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.require(permission, await malls.mall_target(tx, mall))
    return mall


async def require_shop(call: Call, tx: ReadTx, mall_id: MallId, shop_id: ShopId, permission: Permission) -> None:
    """Raise Forbidden unless the caller has a permission in a shop; NotFound for no such shop."""
    call.actor.require(permission, await malls.shop_target(tx, mall_id, shop_id))


async def person(call: Call, tx: ReadTx) -> Person:
    """Return who asks, as the chain of a bag names them."""
    return Person(call.actor.staff_id, (await staff.get_account(tx, call.actor.staff_id)).name)
