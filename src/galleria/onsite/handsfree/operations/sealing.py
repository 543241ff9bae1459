"""Sealing a bag: its shopper found, his trip of the day opened, the facts written down."""

import secrets
from datetime import datetime

from galleria.foundation import malls, media, members
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import BagId, GroupId, MallId, MemberId, ShopId, TripId, new_id
from galleria.kernel.periods import business_date
from galleria.onsite.handsfree import queries, rules
from galleria.onsite.handsfree.model import (
    Bag,
    BagState,
    BagTrip,
    CardUnknown,
    HandsFreeOff,
    LabelUsed,
    NewBagScan,
    Scan,
    SealFacts,
    WrongShop,
)
from galleria.onsite.handsfree.store import bag as store
from galleria.onsite.handsfree.store import desk as desks
from galleria.platform.auth.tokens import Signer
from galleria.platform.tx import Tx


async def seal(
    tx: Tx, scan: Scan, new: NewBagScan, *, label_shop: ShopId | None, signer: Signer, now: datetime
) -> Scan:
    """Make the bag of a sealing scan, in the shopper's trip of that day; return the scan.

    Raises Invalid naming what is missing or wrong, LabelUsed, WrongShop, HandsFreeOff, CardUnknown.
    """
    if new.shop_id is None or new.seal is None:
        raise Invalid.field("shop_id" if new.shop_id is None else "seal", "required")
    if label_shop is not None and label_shop != new.shop_id:
        raise WrongShop
    if await store.find_by_label(tx, scan.mall_id, scan.label) is not None:
        raise LabelUsed
    policy = await desks.policy(tx, scan.mall_id)
    if not policy.active:
        raise HandsFreeOff
    facts = new.seal
    if facts.declared_minor is not None and facts.declared_minor > policy.declared_max_minor:
        raise Invalid.field("seal.declared_minor", "bag_declared", most=policy.declared_max_minor)
    if facts.picture is not None and not await media.known(tx, [facts.picture]):
        raise Invalid.field("seal.picture", "bag_picture")
    shop = await malls.get_shop(tx, scan.mall_id, new.shop_id)
    mall = await malls.get_mall(tx, scan.mall_id)
    member_id = await _shopper(tx, mall.group_id, scan, facts, signer, now)
    trip = await trip_of_day(tx, mall, member_id, scan.at, now)
    bag = _bag(scan, facts, shop, trip, rules.best_by(policy, facts.storage, scan.at))
    if not await store.add(tx, bag):
        raise LabelUsed
    return scan


def _bag(scan: Scan, facts: SealFacts, shop: malls.Shop, trip: BagTrip, best_by: datetime | None) -> Bag:
    return Bag(
        mall_id=scan.mall_id,
        id=BagId(new_id()),
        label=scan.label,
        trip_id=trip.id,
        member_id=trip.member_id,
        shop_id=shop.id,
        merchant_id=shop.merchant_id,
        shop_zh=shop.name_zh,
        shop_en=shop.name_en,
        floor_code=shop.floor_code,
        unit_code=shop.unit_code,
        storage=facts.storage,
        fragile=facts.fragile,
        pieces=facts.pieces,
        weight_g=facts.weight_g,
        declared_minor=facts.declared_minor,
        picture=facts.picture,
        note=facts.note.strip(),
        sealed_at=scan.at,
        best_by=best_by,
        state=BagState.AT_SHOP,
        runner_id=None,
        desk_id=None,
        shelf_id=None,
        moved_at=scan.at,
        shelved_at=None,
        reminded_at=None,
        fetcher_id=None,
        fetch_until=None,
    )


async def _shopper(tx: Tx, group_id: GroupId, scan: Scan, facts: SealFacts, signer: Signer, now: datetime) -> MemberId:
    """Return whom a bag is for: the holder of a card, or of a phone, who becomes a member if he is none yet."""
    if rules.is_phone(facts.shopper):
        try:
            member = await members.find_or_create(tx, group_id=group_id, phone=facts.shopper, now=now)
        except Invalid as error:
            raise Invalid.field("seal.shopper", "bag_shopper") from error
        return member.id
    member_id = await queries.holder(
        tx, mall_id=scan.mall_id, code=facts.shopper, at=scan.at, late=scan.late, signer=signer, field="seal.shopper"
    )
    if member_id is None:
        raise CardUnknown
    return member_id


async def trip_of_day(tx: Tx, mall: malls.Mall, member_id: MemberId, at: datetime, now: datetime) -> BagTrip:
    """Return the member's open trip of the day that `at` lies in, its row locked."""
    return await store.open_trip(
        tx,
        mall.id,
        member_id,
        trip_id=TripId(new_id()),
        day=business_date(at, mall.time_zone),
        serial=await free_serial(tx, mall.id),
        now=now,
    )


async def free_serial(tx: Tx, mall_id: MallId) -> str:
    """Return eight digits that no card or trip of the mall has."""
    while True:
        serial = f"{secrets.randbelow(10**8):08d}"
        if not await store.serial_taken(tx, mall_id, serial):
            return serial


async def card(tx: Tx, *, mall_id: MallId, member_id: MemberId, now: datetime) -> str:
    """Return the number of a member's card, made when first asked for."""
    tx.subject = str(member_id)
    return await store.card_serial(tx, mall_id, member_id, await free_serial(tx, mall_id), now)
