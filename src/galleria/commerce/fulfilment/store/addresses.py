"""Addresses of members."""

from datetime import datetime

from galleria.commerce.fulfilment.model import Address, NewAddress
from galleria.kernel.ids import AddressId, MemberId
from galleria.platform import locks
from galleria.platform.tx import ReadTx, Tx

_ADDRESS = """
SELECT id, member_id, label, person, phone, province, city, district, street, door, lat, lon, preferred, created_at
  FROM fulfilment.address
"""


async def list_mine(tx: ReadTx, member_id: MemberId) -> list[Address]:
    """Return a member's addresses, the preferred one first, then the newest."""
    return await tx.all(Address, _ADDRESS + "WHERE member_id = $1 ORDER BY preferred DESC, id DESC", member_id)


async def lock_mine(tx: Tx, member_id: MemberId) -> int:
    """Keep a member's addresses from changing beside this transaction, and return how many there are."""
    await tx.value("SELECT pg_advisory_xact_lock($1, hashtext($2))", locks.MEMBER_ADDRESSES, str(member_id))
    found: int = await tx.value("SELECT count(*) FROM fulfilment.address WHERE member_id = $1", member_id)
    return found


async def prefer_none(tx: Tx, member_id: MemberId) -> None:
    """Take the mark of the preferred address away."""
    await tx.run("UPDATE fulfilment.address SET preferred = false WHERE member_id = $1 AND preferred", member_id)


async def save(tx: Tx, member_id: MemberId, address_id: AddressId, new: NewAddress, now: datetime) -> None:
    """Insert an address, or replace what it says."""
    await tx.run(
        """
        INSERT INTO fulfilment.address (member_id, id, label, person, phone, province, city, district, street, door,
                                        lat, lon, preferred, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (member_id, id) DO UPDATE
           SET label = $3, person = $4, phone = $5, province = $6, city = $7, district = $8, street = $9, door = $10,
               lat = $11, lon = $12, preferred = $13
        """,
        member_id,
        address_id,
        new.label,
        new.person,
        new.phone,
        new.province,
        new.city,
        new.district,
        new.street,
        new.door,
        new.lat,
        new.lon,
        new.preferred,
        now,
    )


async def find(tx: ReadTx, member_id: MemberId, address_id: AddressId) -> Address | None:
    """Return an address of a member, or None."""
    return await tx.one(Address, _ADDRESS + "WHERE member_id = $1 AND id = $2", member_id, address_id)


async def remove(tx: Tx, member_id: MemberId, address_id: AddressId) -> bool:
    """Delete an address of a member; False when there is none."""
    return bool(await tx.run("DELETE FROM fulfilment.address WHERE member_id = $1 AND id = $2", member_id, address_id))
