"""Where a member has things brought."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import AddressId, MemberId

ADDRESSES_MAX = 30
LINE = r"^[^\x00]*$"
FILLED = r"^[^\x00]*[^\s\x00][^\x00]*$"

Line = Annotated[str, Meta(max_length=60, pattern=LINE)]
Filled = Annotated[str, Meta(min_length=1, max_length=60, pattern=FILLED)]
Street = Annotated[str, Meta(min_length=1, max_length=120, pattern=FILLED)]
Phone = Annotated[str, Meta(min_length=5, max_length=24, pattern=r"^\+?[0-9][0-9 -]*$")]
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An address as a shipment carries it, kept as it was when it was chosen."""

    person: str
    phone: str
    province: str = ""
    city: str = ""
    district: str = ""
    street: str
    door: str = ""
    lat: float | None = None
    lon: float | None = None


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """An address of a member; at most one is preferred."""

    id: AddressId
    member_id: MemberId
    label: str
    person: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    door: str
    lat: float | None
    lon: float | None
    preferred: bool
    created_at: datetime

    @property
    def place(self) -> Place:
        """Return the address as a shipment carries it."""
        return Place(
            person=self.person,
            phone=self.phone,
            province=self.province,
            city=self.city,
            district=self.district,
            street=self.street,
            door=self.door,
            lat=self.lat,
            lon=self.lon,
        )


class NewAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address to keep; the position, of both or neither, is in degrees (WGS 84)."""

    person: Filled
    phone: Phone
    street: Street
    province: Line = ""
    city: Line = ""
    district: Line = ""
    door: Line = ""
    label: Annotated[str, Meta(max_length=20, pattern=LINE)] = ""
    lat: Lat | None = None
    lon: Lon | None = None
    preferred: bool = False


class TooManyAddresses(Conflict):
    """A member keeps so many addresses and no more; one must go first."""

    code = "too_many_addresses"
