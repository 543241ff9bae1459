"""A member's addresses."""

from datetime import datetime

import msgspec

from galleria.commerce.fulfilment.model import (
    ADDRESSES_MAX,
    Address,
    NewAddress,
    TooManyAddresses,
)
from galleria.commerce.fulfilment.store import addresses as store
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import AddressId, MemberId, new_id
from galleria.platform.tx import Tx


async def add(tx: Tx, *, member_id: MemberId, new: NewAddress, now: datetime) -> Address:
    """Keep an address; the first one is the preferred one. Raises TooManyAddresses, Invalid."""
    kept = await store.lock_mine(tx, member_id)
    if kept >= ADDRESSES_MAX:
        raise TooManyAddresses(allowed=ADDRESSES_MAX)
    new = new if kept else msgspec.structs.replace(new, preferred=True)
    return await _save(tx, member_id, AddressId(new_id()), new, now)


async def change(tx: Tx, *, member_id: MemberId, address_id: AddressId, new: NewAddress, now: datetime) -> Address:
    """Replace what an address says; shipments keep what it said. Raises NotFound, Invalid."""
    await store.lock_mine(tx, member_id)
    if await store.find(tx, member_id, address_id) is None:
        raise NotFound
    return await _save(tx, member_id, address_id, new, now)


async def remove(tx: Tx, *, member_id: MemberId, address_id: AddressId) -> None:
    """Forget an address; shipments keep what it said. Raises NotFound."""
    if not await store.remove(tx, member_id, address_id):
        raise NotFound
    tx.subject = str(address_id)


async def _save(tx: Tx, member_id: MemberId, address_id: AddressId, new: NewAddress, now: datetime) -> Address:
    if (new.lat is None) != (new.lon is None):
        raise Invalid.field("lon", "position_whole")
    if new.preferred:
        await store.prefer_none(tx, member_id)
    await store.save(tx, member_id, address_id, new, now)
    tx.subject = str(address_id)
    found = await store.find(tx, member_id, address_id)
    if found is None:
        raise NotFound
    return found
