"""Routes of a member's address book."""

import hashlib
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from galleria.commerce.fulfilment.model import Address, NewAddress
from galleria.commerce.fulfilment.operations import addresses as operations
from galleria.commerce.fulfilment.queries import settings as queries
from galleria.kernel.ids import AddressId, MemberId
from galleria.kernel.paging import Page
from galleria.platform.http.access import MEMBER
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import Tx

ONE = "/v1/me/addresses/{address_id:uuid}"


class Asked(msgspec.Struct, frozen=True):
    """What the journal keeps of an address: a digest, so that where somebody lives is in one place only."""

    digest: str
    address_id: UUID | None = None


class AddressKept(msgspec.Struct, frozen=True):
    """Which address was kept, or forgotten."""

    id: AddressId


@get("/v1/me/addresses", access=MEMBER, summary="My addresses", tags=["fulfilment"])
async def list_addresses(call: TheCall) -> Page[Address]:
    """Return the signed-in member's addresses, the preferred one first, then the newest."""
    async with call.db.read() as tx:
        return await queries.list_addresses(tx, member_id=call.actor.member_id)


@post("/v1/me/addresses", access=MEMBER, summary="Keep an address", tags=["fulfilment"])
async def add_address(call: TheCall, data: JSONBody[NewAddress]) -> Address:
    """Keep an address in the address book; the first one is the preferred one."""
    member_id = call.actor.member_id

    async def add(tx: Tx) -> AddressKept:
        return AddressKept((await operations.add(tx, member_id=member_id, new=data, now=call.now)).id)

    kept = await call.write("fulfilment.add_address", add, returns=AddressKept, payload=_asked(data))
    return await _read(call, member_id, kept.id)


@patch(ONE, access=MEMBER, summary="Change an address", tags=["fulfilment"])
async def change_address(call: TheCall, address_id: FromPath[UUID], data: JSONBody[NewAddress]) -> Address:
    """Replace what an address says; shipments under way keep what it said."""
    member_id, address = call.actor.member_id, AddressId(address_id)
    await _read(call, member_id, address)

    async def change(tx: Tx) -> AddressKept:
        made = await operations.change(tx, member_id=member_id, address_id=address, new=data, now=call.now)
        return AddressKept(made.id)

    await call.write("fulfilment.change_address", change, returns=AddressKept, payload=_asked(data, address_id))
    return await _read(call, member_id, address)


@delete(ONE, access=MEMBER, status_code=200, summary="Forget an address", tags=["fulfilment"])
async def remove_address(call: TheCall, address_id: FromPath[UUID]) -> AddressKept:
    """Forget an address; shipments under way keep what it said."""
    member_id, address = call.actor.member_id, AddressId(address_id)

    async def remove(tx: Tx) -> AddressKept:
        await operations.remove(tx, member_id=member_id, address_id=address)
        return AddressKept(address)

    return await call.write("fulfilment.remove_address", remove, returns=AddressKept, payload=Asked("", address_id))


def _asked(new: NewAddress, address_id: UUID | None = None) -> Asked:
    return Asked(hashlib.blake2b(msgspec.json.encode(new), digest_size=16).hexdigest(), address_id)


async def _read(call: Call, member_id: MemberId, address_id: AddressId) -> Address:
    async with call.db.read() as tx:
        return await queries.get_address(tx, member_id=member_id, address_id=address_id)


ROUTES = [list_addresses, add_address, change_address, remove_address]
