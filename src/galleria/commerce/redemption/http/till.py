"""Routes of a till: lock, redeem, release; and the direct way for tills that ask by API."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody

from galleria.commerce.redemption import queries, rules
from galleria.commerce.redemption.http.counter import Bill, Code, counting_guesses
from galleria.commerce.redemption.model import Paying, TillLock, TillRedeemed
from galleria.commerce.redemption.operations import till as operations
from galleria.foundation import malls
from galleria.kernel.errors import DomainError, Invalid
from galleria.kernel.ids import ClaimId, MallId, ShopId
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import ReadTx, Tx


class LockRequest(msgspec.Struct, frozen=True):
    """A coupon's code shown at a till, and the bill it is for."""

    shop_id: UUID
    code: Code
    bill_minor: Bill | None = None


class TillRequest(msgspec.Struct, frozen=True):
    """A coupon to redeem at a till: by its claim, or by the code its owner shows."""

    shop_id: UUID
    claim_id: UUID | None = None
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | None = None
    bill_minor: Bill | None = None


class TillRedeeming(msgspec.Struct, frozen=True):
    """What the journal keeps of a till's input: a code without its changing digits."""

    shop_id: UUID
    claim_id: UUID | None
    serial: str | None
    bill_minor: int | None


class LockEnding(msgspec.Struct, frozen=True):
    """Which lock a command ends."""

    lock_id: UUID


@post(
    "/v1/malls/{mall_id:uuid}/redemptions/locks",
    access=STAFF,
    summary="Set a coupon aside for a bill",
    tags=["redemption"],
)
async def lock(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[LockRequest]) -> TillLock:
    """Lock a coupon for three minutes and return what it takes off; nobody else can use it until then."""
    mall, shop = MallId(mall_id), ShopId(data.shop_id)
    async with call.db.read() as tx:
        await _till(call, tx, mall, shop)
    serial, _ = rules.split_code(data.code)

    async def operation(tx: Tx) -> TillLock:
        till = await _till(call, tx, mall, shop)
        signer = call.runtime.signer
        claim_id = await operations.claim_of(tx, till=till, code=data.code, signer=signer, now=call.now)
        return await operations.lock(
            tx, till=till, claim_id=claim_id, bill_minor=data.bill_minor, staff_id=call.actor.staff_id, now=call.now
        )

    async def write() -> TillLock:
        return await call.write(
            "redemption.lock",
            operation,
            returns=TillLock,
            mall_id=mall,
            payload=TillRedeeming(data.shop_id, None, serial, data.bill_minor),
            key_required=True,
        )

    return await counting_guesses(call, write)


@post(
    "/v1/malls/{mall_id:uuid}/redemptions/locks/{lock_id:uuid}/redeem",
    access=STAFF,
    status_code=200,
    summary="Redeem a locked coupon",
    tags=["redemption"],
)
async def redeem_lock(call: TheCall, mall_id: FromPath[UUID], lock_id: FromPath[UUID]) -> TillRedeemed:
    """Redeem what was locked, at the price it was locked with, within the lock's time."""
    mall = MallId(mall_id)
    shop = await _shop_of_lock(call, mall, lock_id)

    async def operation(tx: Tx) -> TillRedeemed:
        till = await _till(call, tx, mall, shop)
        try:
            return await operations.redeem_lock(
                tx, till=till, lock_id=lock_id, staff_id=call.actor.staff_id, now=call.now
            )
        except DomainError as error:
            raise await operations.why_not(tx, mall_id=mall, lock_id=lock_id, error=error) from error

    return await call.write(
        "redemption.redeem_lock",
        operation,
        returns=TillRedeemed,
        mall_id=mall,
        payload=LockEnding(lock_id),
        key_required=True,
    )


@post(
    "/v1/malls/{mall_id:uuid}/redemptions/locks/{lock_id:uuid}/release",
    access=STAFF,
    status_code=200,
    summary="Let go of a locked coupon",
    tags=["redemption"],
)
async def release_lock(call: TheCall, mall_id: FromPath[UUID], lock_id: FromPath[UUID]) -> TillLock:
    """Give a locked coupon back to its owner at once; again is harmless."""
    mall = MallId(mall_id)
    shop = await _shop_of_lock(call, mall, lock_id)

    async def operation(tx: Tx) -> TillLock:
        till = await _till(call, tx, mall, shop)
        try:
            return await operations.release_lock(tx, till=till, lock_id=lock_id, now=call.now)
        except DomainError as error:
            raise await operations.why_not(tx, mall_id=mall, lock_id=lock_id, error=error) from error

    return await call.write(
        "redemption.release_lock", operation, returns=TillLock, mall_id=mall, payload=LockEnding(lock_id)
    )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/redeem",
    access=STAFF,
    summary="Redeem a coupon by API",
    tags=["redemption"],
)
async def redeem_direct(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[TillRequest]) -> TillRedeemed:
    """Redeem a coupon at a till in one step, by its claim or by the code shown."""
    mall, shop = MallId(mall_id), ShopId(data.shop_id)
    if data.code is not None or data.claim_id is None:
        async with call.db.read() as tx:
            await _till(call, tx, mall, shop)
        return await _redeem_code(call, mall, data)
    command = call.command(
        "redemption.redeem_claim",
        mall_id=mall,
        payload=TillRedeeming(data.shop_id, data.claim_id, None, data.bill_minor),
        key_required=True,
    )
    return await operations.redeem(call.runtime, command, paying=_paying(call, data, data.claim_id))


async def _redeem_code(call: Call, mall_id: MallId, data: TillRequest) -> TillRedeemed:
    """Redeem the coupon of a code shown at a till."""
    if data.code is None or data.claim_id is not None:
        raise Invalid.field("claim_id", "claim_or_code")
    code, (serial, _) = data.code, rules.split_code(data.code)

    async def operation(tx: Tx) -> TillRedeemed:
        till = await _till(call, tx, mall_id, ShopId(data.shop_id))
        claim_id = await operations.claim_of(tx, till=till, code=code, signer=call.runtime.signer, now=call.now)
        return await operations.redeem_claim(tx, mall_id=mall_id, paying=_paying(call, data, claim_id))

    async def write() -> TillRedeemed:
        return await call.write(
            "redemption.redeem_code",
            operation,
            returns=TillRedeemed,
            mall_id=mall_id,
            payload=TillRedeeming(data.shop_id, None, serial, data.bill_minor),
            key_required=True,
        )

    return await counting_guesses(call, write)


def _paying(call: Call, data: TillRequest, claim_id: UUID) -> Paying:
    return Paying(
        claim_id=ClaimId(claim_id),
        shop_id=ShopId(data.shop_id),
        bill_minor=data.bill_minor,
        actor=call.actor,
        now=call.now,
    )


async def _till(call: Call, tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> malls.Till:
    """Return the shop's till; raises NotFound or Forbidden unless the caller may redeem there."""
    till = await malls.till(tx, mall_id, shop_id)
    call.actor.require(Permission.REDEEM, till.target)
    return till


async def _shop_of_lock(call: Call, mall_id: MallId, lock_id: UUID) -> ShopId:
    async with call.db.read() as tx:
        shop_id = await queries.shop_of_lock(tx, mall_id=mall_id, lock_id=lock_id)
        await _till(call, tx, mall_id, shop_id)
    return shop_id


ROUTES = [lock, redeem_lock, release_lock, redeem_direct]
