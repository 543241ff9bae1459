"""Codes that bags are handed out on: each half minute's code once, each proxy's code once."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from galleria.foundation import malls, members
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, MemberId, StaffId, TripId, new_id
from galleria.onsite.handsfree import queries, rules
from galleria.onsite.handsfree.model import (
    OPEN,
    BagHandOver,
    BagProxyState,
    BagTripState,
    BagWay,
    BagWish,
    Collection,
    CollectionCodeUsed,
    CollectionCodeWrong,
    NewBagProxy,
    ProxyLimit,
    ProxyOver,
)
from galleria.onsite.handsfree.store import bag as store
from galleria.onsite.handsfree.store import desk as desks
from galleria.platform.auth.tokens import Signer
from galleria.platform.command import Event
from galleria.platform.tx import Tx

PROXIES_MAX = 3


class Opened(msgspec.Struct, frozen=True):
    """An accepted code: its number, whose bags it opens, and who shows it if it is not the member."""

    id: UUID
    trip_id: TripId
    proxy_name: str | None
    at: datetime


async def open_hand_over(
    tx: Tx, *, mall_id: MallId, hand_over_id: UUID, code: str, staff_id: StaffId, signer: Signer, now: datetime
) -> BagHandOver:
    """Accept a code and return whose bags may now be handed out, and where each is.

    The same number again returns the same. Raises CollectionCodeWrong, CollectionCodeUsed, ProxyOver.
    """
    tx.subject = str(hand_over_id)
    found = await opened(
        tx, mall_id=mall_id, hand_over_id=hand_over_id, code=code, staff_id=staff_id, at=now, late=False,
        signer=signer, now=now,
    )  # fmt: skip
    bags = await store.list_bags(tx, mall_id, trip_id=found.trip_id)
    trip = await store.find_trip(tx, mall_id, found.trip_id)
    if trip is None:
        raise NotFound
    group_id = await malls.group_of(tx, mall_id)
    member = await members.get_member(tx, group_id, trip.member_id)
    return BagHandOver(
        id=found.id,
        trip_id=found.trip_id,
        shopper=queries.called(member),
        proxy_name=found.proxy_name,
        until=found.at + rules.HAND_OVER_FOR,
        bags=await queries.views(tx, mall_id, [bag for bag in bags if bag.state in OPEN], now=now),
    )


async def opened(
    tx: Tx,
    *,
    mall_id: MallId,
    hand_over_id: UUID,
    code: str,
    staff_id: StaffId,
    at: datetime,
    late: bool,
    signer: Signer,
    now: datetime,
) -> Opened:
    """Return the hand-over with this number, opened by its code when it is new.

    Of two at once with the same code one opens it. Raises CollectionCodeWrong, also for a hand-over that is another
    person's or past its quarter of an hour, CollectionCodeUsed and ProxyOver.
    """
    known = await _known(tx, mall_id, hand_over_id, staff_id, at)
    if known is not None:
        return known
    wanted = rules.read_proxy(code)
    trip_id, proxy_id, step = (
        await _by_phone(tx, mall_id, code, at, signer, late=late)
        if wanted is None
        else await _by_proxy(tx, mall_id, wanted, at, now)
    )
    made = Collection(
        mall_id=mall_id, id=hand_over_id, trip_id=trip_id, proxy_id=proxy_id, step=step, staff_id=staff_id, at=at
    )
    if not await store.add_collection(tx, made):
        twin = await _known(tx, mall_id, hand_over_id, staff_id, at)
        if twin is None:
            raise CollectionCodeUsed
        return twin
    return await _named(tx, made)


async def _known(tx: Tx, mall_id: MallId, hand_over_id: UUID, staff_id: StaffId, at: datetime) -> Opened | None:
    found = await store.find_collection(tx, mall_id, hand_over_id)
    if found is None:
        return None
    if found.staff_id != staff_id or abs(at - found.at) > rules.HAND_OVER_FOR:
        raise CollectionCodeWrong
    return await _named(tx, found)


async def _named(tx: Tx, made: Collection) -> Opened:
    names = {} if made.proxy_id is None else await store.proxy_names(tx, made.mall_id, [made.proxy_id])
    name = None if made.proxy_id is None else names[made.proxy_id]
    return Opened(made.id, made.trip_id, name, made.at)


async def _by_phone(
    tx: Tx, mall_id: MallId, code: str, at: datetime, signer: Signer, *, late: bool
) -> tuple[TripId, UUID | None, int | None]:
    """Return the trip of the changing code a member's phone shows."""
    try:
        serial, digits = rules.read_rotating(code, prefix=rules.COLLECT_PREFIX, field="code")
    except Invalid as error:
        raise CollectionCodeWrong from error
    trip = await store.find_trip_by_serial(tx, mall_id, serial)
    step = None if trip is None else rules.good_step(queries.trip_secret(signer, trip.id), digits, at, late=late)
    if trip is None or step is None:
        raise CollectionCodeWrong
    return trip.id, None, step


async def _by_proxy(
    tx: Tx, mall_id: MallId, code: str, at: datetime, now: datetime
) -> tuple[TripId, UUID | None, int | None]:
    """Return the trip of a proxy's code, and use the code up."""
    proxy = await store.find_proxy(tx, mall_id, rules.proxy_hash(code))
    if proxy is None:
        raise CollectionCodeWrong
    if not await store.end_proxy(tx, mall_id, proxy.id, BagProxyState.USED, good_at=at, now=now):
        raise ProxyOver
    return proxy.trip_id, proxy.id, None


async def add_proxy(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, trip_id: UUID, new: NewBagProxy, signer: Signer, now: datetime
) -> UUID:
    """Let somebody else collect the bags of a member's open trip, once; return his id. Raises NotFound, ProxyLimit.

    The id and not the code, which the journal must not keep.
    """
    trip = await store.find_trip(tx, mall_id, trip_id, member_id)
    if trip is None or trip.state is BagTripState.CLOSED:
        raise NotFound
    await store.lock_trip(tx, mall_id, trip.id)
    row = store.ProxyRow(
        id=new_id(),
        trip_id=trip.id,
        name=new.name.strip(),
        state=BagProxyState.OPEN,
        expires_at=now + timedelta(hours=new.hours),
        created_at=now,
        ended_at=None,
    )
    code = rules.proxy_code(queries.proxy_key(signer, row.id))
    if not await store.add_proxy(tx, mall_id, row, code_hash=rules.proxy_hash(code), limit=PROXIES_MAX, now=now):
        raise ProxyLimit(most=PROXIES_MAX)
    tx.subject = str(row.id)
    return row.id


async def revoke_proxy(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, trip_id: UUID, proxy_id: UUID, now: datetime
) -> bool:
    """Take a proxy's code back. Raises NotFound, and ProxyOver when it was used or revoked."""
    trip = await store.find_trip(tx, mall_id, trip_id, member_id)
    if trip is None or proxy_id not in {row.id for row in await store.proxies_of(tx, mall_id, [trip.id])}:
        raise NotFound
    tx.subject = str(proxy_id)
    if not await store.end_proxy(tx, mall_id, proxy_id, BagProxyState.REVOKED, trip_id=trip.id, now=now):
        raise ProxyOver
    return True


async def wish(tx: Tx, *, mall_id: MallId, member_id: MemberId, trip_id: UUID, wanted: BagWish, now: datetime) -> bool:
    """Note where a member wants the bags of an open trip. Raises NotFound, and Invalid for a place that is none."""
    if wanted.way is BagWay.CAR and not wanted.bay.strip():
        raise Invalid.field("bay", "required")
    if wanted.desk_id is not None:
        desk = (await desks.desks_by_id(tx, mall_id, [wanted.desk_id])).get(wanted.desk_id)
        if desk is None or not desk.open:
            raise Invalid.field("desk_id", "bag_desk")
    if not await store.wish(tx, mall_id, trip_id, member_id, wanted, now):
        raise NotFound
    tx.subject = str(trip_id)
    data: dict[str, str | int | None] = {"way": wanted.way.value}
    tx.emit(Event("handsfree.wished", trip_id, data, topics=(f"member:{member_id}", f"mall:{mall_id}")))
    return True
