"""Goods of a case on their way: sent or given in by the shopper, repaired, handed over or sent by the shop."""

from datetime import datetime

import msgspec

from galleria.commerce.aftersales import rules
from galleria.commerce.aftersales.model import (
    CaseCodeWrong,
    CaseDone,
    CaseGoods,
    CaseHanding,
    CaseMove,
    CaseParcel,
    CaseRow,
    CaseScanIn,
    CaseState,
)
from galleria.commerce.aftersales.operations.moving import Act, finish, take
from galleria.kernel.ids import CaseId, MallId, MemberId, ShopId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx


async def send(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, member_id: MemberId, parcel: CaseParcel, actor: Actor, now: datetime
) -> CaseRow:
    """Note that the shopper has sent the goods as a parcel. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, CaseMove.SEND, member_id=member_id)
    after = msgspec.structs.replace(
        case, state=CaseState.RETURNING, goods=CaseGoods.ON_THE_WAY, carrier=parcel.carrier, tracking=parcel.tracking
    )
    act = Act(what=CaseMove.SEND, actor=actor, now=now, place=f"{parcel.carrier} {parcel.tracking}"[:120])
    return await finish(tx, case, after, act)


async def scan_in(
    tx: Tx, *, mall_id: MallId, case_id: CaseId, at: CaseScanIn, place: str, actor: Actor, now: datetime
) -> CaseRow:
    """Take the goods in: at the case's shop they are to be inspected, elsewhere they wait to go there.

    `place` is what the trace tells. Raises NotFound, CaseMoved.
    """
    case = await take(tx, mall_id, case_id, CaseMove.SCAN_IN)
    state, goods = rules.scanned_in(case, at_shop=at.shop_id is not None and ShopId(at.shop_id) == case.shop_id)
    after = msgspec.structs.replace(case, state=state, goods=goods, place=place)
    act = Act(what=CaseMove.SCAN_IN, actor=actor, now=now, place=place, pictures=at.pictures)
    return await finish(tx, case, after, act)


async def fixed(tx: Tx, *, mall_id: MallId, case_id: CaseId, done: CaseDone, actor: Actor, now: datetime) -> CaseRow:
    """Note that the goods are repaired and wait for the shopper. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, CaseMove.FIXED)
    after = msgspec.structs.replace(case, state=CaseState.READY, handing=CaseHanding.REPAIRED)
    return await finish(
        tx, case, after, Act(what=CaseMove.FIXED, actor=actor, now=now, words=done.words, pictures=done.pictures)
    )


async def hand_over(tx: Tx, *, mall_id: MallId, case_id: CaseId, code: str, actor: Actor, now: datetime) -> CaseRow:
    """Hand the replacement, or the shopper's own goods, to who shows the case's code; that ends the case.

    Raises NotFound, CaseMoved, CaseCodeWrong.
    """
    case = await take(tx, mall_id, case_id, CaseMove.HAND_OVER)
    if rules.read_code(code) != case.code:
        raise CaseCodeWrong
    return await _with_member(tx, case, Act(what=CaseMove.HAND_OVER, actor=actor, now=now))


async def ship(tx: Tx, *, mall_id: MallId, case_id: CaseId, parcel: CaseParcel, actor: Actor, now: datetime) -> CaseRow:
    """Note that the shop has sent what was to be handed over. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, CaseMove.SHIP)
    after = msgspec.structs.replace(case, state=CaseState.SENT, carrier=parcel.carrier, tracking=parcel.tracking)
    act = Act(what=CaseMove.SHIP, actor=actor, now=now, place=f"{parcel.carrier} {parcel.tracking}"[:120])
    return await finish(tx, case, after, act)


async def got(tx: Tx, *, mall_id: MallId, case_id: CaseId, member_id: MemberId, actor: Actor, now: datetime) -> CaseRow:
    """Note that what the shop sent has come; that ends the case. Raises NotFound, CaseMoved."""
    case = await take(tx, mall_id, case_id, CaseMove.GOT, member_id=member_id)
    return await _with_member(tx, case, Act(what=CaseMove.GOT, actor=actor, now=now))


async def _with_member(tx: Tx, case: CaseRow, act: Act) -> CaseRow:
    goods = CaseGoods.MEMBER if case.handing is not CaseHanding.REPLACEMENT else case.goods
    after = msgspec.structs.replace(case, state=rules.handed(case.handing), goods=goods)
    return await finish(tx, case, after, act)
