"""Bags as their owner sees them, and the codes that show whose they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from galleria.commerce import redemption
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.onsite.handsfree import rules
from galleria.onsite.handsfree.model import (
    ENDED,
    OPEN,
    Bag,
    BagCard,
    BagClaim,
    BagPolicy,
    BagProxy,
    BagProxyState,
    BagTrip,
    CustodyStep,
    MyBag,
    MyBagTrip,
    PublicBagProxy,
    RotatingCode,
)
from galleria.onsite.handsfree.queries.views import custody
from galleria.onsite.handsfree.store import bag as store
from galleria.onsite.handsfree.store import claim as claims
from galleria.onsite.handsfree.store import desk as desks
from galleria.platform.auth.tokens import Signer
from galleria.platform.tx import ReadTx


def card_secret(signer: Signer, mall_id: MallId, member_id: MemberId) -> bytes:
    """Return the 32 bytes a member's card is keyed by; derived, so nothing is stored."""
    return signer.key(f"handsfree-card:{mall_id}:{member_id}")


def trip_secret(signer: Signer, trip_id: UUID) -> bytes:
    """Return the 32 bytes a trip's collection codes are keyed by."""
    return signer.key(f"handsfree-trip:{trip_id}")


def stand_in_key(signer: Signer, mall_id: MallId) -> bytes:
    """Return the 32 bytes that what lookups give is signed by."""
    return signer.key(f"handsfree-pass:{mall_id}")


def proxy_key(signer: Signer, proxy_id: UUID) -> bytes:
    """Return the 32 bytes a proxy's code is made of."""
    return signer.key(f"handsfree-proxy:{proxy_id}")


def card(signer: Signer, mall_id: MallId, member_id: MemberId, serial: str, now: datetime) -> BagCard:
    """Return what a phone needs to show a member's card."""
    return BagCard(
        prefix=rules.CARD_PREFIX,
        serial=serial,
        secret_base64=rules.as_base64(card_secret(signer, mall_id, member_id)),
        step_seconds=redemption.STEP_SECONDS,
        server_now=now,
    )


async def holder(
    tx: ReadTx, *, mall_id: MallId, code: str, at: datetime, late: bool, signer: Signer, field: str
) -> MemberId | None:
    """Return whose card showed a code at a moment, None when it is nobody's; raises Invalid naming `field`.

    What a lookup gave for the code stands for it.
    """
    if code.startswith(rules.STAND_IN_PREFIX):
        passed = rules.read_stand_in(stand_in_key(signer, mall_id), code, at)
        return None if passed is None else MemberId(passed)
    serial, digits = rules.read_rotating(code, prefix=rules.CARD_PREFIX, field=field)
    member_id = await store.member_of_card(tx, mall_id, serial)
    if member_id is None:
        return None
    step = rules.good_step(card_secret(signer, mall_id, member_id), digits, at, late=late)
    return None if step is None else member_id


async def my_trips(
    tx: ReadTx, *, mall_id: MallId, member_id: MemberId, signer: Signer, now: datetime, cursor: str | None, limit: int
) -> Page[MyBagTrip]:
    """Return a member's trips with their bags, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.trips_of(tx, mall_id, member_id, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page(await _trips(tx, mall_id, page.items, signer, now), page.next_cursor)


async def my_trip(
    tx: ReadTx, *, mall_id: MallId, member_id: MemberId, trip_id: UUID, signer: Signer, now: datetime
) -> MyBagTrip:
    """Return one of a member's trips; raises NotFound."""
    found = await store.find_trip(tx, mall_id, trip_id, member_id)
    if found is None:
        raise NotFound
    return (await _trips(tx, mall_id, [found], signer, now))[0]


async def _trips(
    tx: ReadTx, mall_id: MallId, trips: Sequence[BagTrip], signer: Signer, now: datetime
) -> list[MyBagTrip]:
    if not trips:
        return []
    mall, policy = await malls.get_mall(tx, mall_id), await desks.policy(tx, mall_id)
    bags = await store.list_bags(tx, mall_id, trip_ids=[trip.id for trip in trips])
    chains = await custody(tx, mall_id, bags)
    named = await desks.desks_by_id(tx, mall_id, list({bag.desk_id for bag in bags if bag.desk_id is not None}))
    proxies = await store.proxies_of(tx, mall_id, [trip.id for trip in trips])
    return [
        MyBagTrip(
            id=trip.id,
            day=trip.day,
            state=trip.state,
            way=trip.way,
            desk_id=trip.desk_id,
            bay=trip.bay,
            created_at=trip.created_at,
            code=RotatingCode(
                prefix=rules.COLLECT_PREFIX,
                serial=trip.serial,
                secret_base64=rules.as_base64(trip_secret(signer, trip.id)),
                step_seconds=redemption.STEP_SECONDS,
                server_now=now,
            ),
            currency=mall.currency,
            bags=[_mine(bag, chains.get(bag.id, []), named, policy) for bag in bags if bag.trip_id == trip.id],
            proxies=[as_proxy(row, signer, now) for row in proxies if row.trip_id == trip.id],
        )
        for trip in trips
    ]


def _mine(bag: Bag, chain: list[CustodyStep], named: dict[UUID, desks.Named], policy: BagPolicy) -> MyBag:
    desk = None if bag.desk_id is None else named.get(bag.desk_id)
    return MyBag(
        id=bag.id,
        label=bag.label,
        shop_id=bag.shop_id,
        shop_zh=bag.shop_zh,
        shop_en=bag.shop_en,
        storage=bag.storage,
        fragile=bag.fragile,
        pieces=bag.pieces,
        weight_g=bag.weight_g,
        declared_minor=bag.declared_minor,
        picture=bag.picture,
        sealed_at=bag.sealed_at,
        state=bag.state,
        desk_id=bag.desk_id,
        desk_zh=None if desk is None else desk.name_zh,
        desk_en=None if desk is None else desk.name_en,
        best_by=bag.best_by,
        claimable_until=claimable_until(bag, policy),
        custody=chain,
    )


def claimable_until(bag: Bag, policy: BagPolicy) -> datetime | None:
    """Return until when a claim can be made for a bag that has ended; None while it has not."""
    return bag.moved_at + timedelta(days=policy.claim_days) if bag.state in ENDED else None


def as_proxy(row: store.ProxyRow, signer: Signer, now: datetime) -> BagProxy:
    """Return a proxy as the member sees him, with his code while it is good."""
    good = row.state is BagProxyState.OPEN and row.expires_at > now
    return BagProxy(
        id=row.id,
        name=row.name,
        state=row.state,
        expires_at=row.expires_at,
        created_at=row.created_at,
        ended_at=row.ended_at,
        code=rules.proxy_code(proxy_key(signer, row.id)) if good else None,
    )


async def public_proxy(tx: ReadTx, *, mall_id: MallId, code: str) -> PublicBagProxy:
    """Return what a proxy needs to know to collect; raises NotFound for a code of nobody."""
    mall, plain = await malls.get_mall(tx, mall_id), rules.read_proxy(code)
    row = None if plain is None else await store.find_proxy(tx, mall_id, rules.proxy_hash(plain))
    if row is None:
        raise NotFound
    bags = [bag for bag in await store.list_bags(tx, mall_id, trip_id=row.trip_id) if bag.state in OPEN]
    named = await desks.desks_by_id(tx, mall_id, list({bag.desk_id for bag in bags if bag.desk_id is not None}))
    return PublicBagProxy(
        name=row.name,
        state=row.state,
        expires_at=row.expires_at,
        mall_zh=mall.name_zh,
        mall_en=mall.name_en,
        bags=len(bags),
        places_zh=[desk.name_zh for desk in named.values()],
        places_en=[desk.name_en for desk in named.values()],
    )


async def my_claims(
    tx: ReadTx, *, mall_id: MallId, member_id: MemberId, cursor: str | None, limit: int
) -> Page[BagClaim]:
    """Return a member's claims, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await claims.list_claims(tx, mall_id, member_id=member_id, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))
