"""Routes of stored value: a member's own, and the desk that takes money for it."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId
from galleria.platform.actors import Permission
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.value.wallet import operations, queries
from galleria.value.wallet.model import Credit, NewCredit, Wallet


@get("/v1/malls/{mall_id:uuid}/me/wallet", access=MEMBER, summary="My stored value", tags=["wallet"])
async def my_wallet(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Wallet:
    """Return what the member has stored, what of it is set aside, and how it moved; one for all malls of a group."""
    async with call.db.read() as tx:
        mall = await malls.get_mall(tx, MallId(mall_id))
        if mall.group_id != call.actor.group_id:
            raise NotFound
        return await queries.wallet(
            tx, member_id=call.actor.member_id, currency=mall.currency, now=call.now, cursor=cursor, limit=limit
        )


@post(
    "/v1/malls/{mall_id:uuid}/members/{member_id:uuid}/wallet/credits",
    access=STAFF,
    summary="Put cash into a member's stored value",
    tags=["wallet"],
)
async def credit(
    call: TheCall, mall_id: FromPath[UUID], member_id: FromPath[UUID], data: JSONBody[NewCredit]
) -> Credit:
    """Take cash at the mall's desk into a member's stored value; needs an Idempotency-Key."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.require(Permission.MALL_MANAGE, await malls.mall_target(tx, mall))
    return await call.write(
        "wallet.credit",
        lambda tx: operations.credit_at_desk(
            tx, mall_id=mall, member_id=MemberId(member_id), new=data, staff_id=call.actor.staff_id, now=call.now
        ),
        returns=Credit,
        mall_id=mall,
        payload=data,
        key_required=True,
    )


ROUTES = [my_wallet, credit]
