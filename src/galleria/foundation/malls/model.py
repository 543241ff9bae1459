"""Values of the directory: groups, malls, merchants, categories, shops."""

from enum import StrEnum
from typing import Annotated

import msgspec

from galleria.kernel.ids import CategoryId, GroupId, MallId, MerchantId, ShopId
from galleria.platform.actors import Target

STORABLE = r"^[^\x00]*$"
"""Texts without NUL, which the database does not hold."""

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
MallCode = Annotated[str, msgspec.Meta(min_length=2, max_length=40, pattern=r"^[a-z0-9][a-z0-9-]+$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Text = Annotated[str, msgspec.Meta(max_length=2000, pattern=STORABLE)]
Line = Annotated[str, msgspec.Meta(max_length=200, pattern=STORABLE)]
Phone = Annotated[str, msgspec.Meta(max_length=30, pattern=r"^[0-9+() -]*$")]
Hours = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-9]):[0-5][0-9]$")]
FloorCode = Annotated[str, msgspec.Meta(max_length=20, pattern=STORABLE)]
UnitCode = Annotated[str, msgspec.Meta(max_length=60, pattern=STORABLE)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
PictureName = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64}\.webp)?$")]

DEFAULT_HOURS = "10:00-22:00"
DEFAULT_TIME_ZONE = "Asia/Shanghai"
DEFAULT_CURRENCY = "CNY"


class ShopState(StrEnum):
    """Whether shoppers see a shop; it may open and close any number of times."""

    OPEN = "open"
    CLOSED = "closed"


class Group(msgspec.Struct, frozen=True):
    """An owner of malls; members belong to a group."""

    id: GroupId
    code: str
    name_zh: str
    name_en: str


class NewGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What founds a group of malls."""

    code: MallCode
    name_zh: Name
    name_en: Name


class Mall(msgspec.Struct, frozen=True):
    """A mall: `hours` are `HH:MM-HH:MM` in `time_zone` (IANA); `picture` is a stored file's name."""

    id: MallId
    group_id: GroupId
    code: str
    name_zh: str
    name_en: str
    address_zh: str
    address_en: str
    time_zone: str
    currency: str
    hours: str
    picture: str | None


class Merchant(msgspec.Struct, frozen=True):
    """A company that runs shops in any mall of the group."""

    id: MerchantId
    group_id: GroupId
    code: str
    name_zh: str
    name_en: str


class Category(msgspec.Struct, frozen=True):
    """A node of a mall's category tree; siblings are shown by `position`."""

    id: CategoryId
    mall_id: MallId
    code: str
    parent_id: CategoryId | None
    name_zh: str
    name_en: str
    position: int
    picture: str | None


class Shop(msgspec.Struct, frozen=True):
    """A shop with the names of its merchant and category, as its page shows it."""

    id: ShopId
    mall_id: MallId
    merchant_id: MerchantId
    category_id: CategoryId
    code: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    floor_code: str
    unit_code: str
    hours: str
    phone: str
    logo: str | None
    picture: str | None
    state: ShopState
    merchant_zh: str
    merchant_en: str
    category_zh: str
    category_en: str


class NewMall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens a mall."""

    code: MallCode
    name_zh: Name
    name_en: Name
    address_zh: Line = ""
    address_en: Line = ""
    time_zone: Line = DEFAULT_TIME_ZONE
    currency: Currency = DEFAULT_CURRENCY
    hours: Hours = DEFAULT_HOURS
    picture: PictureName | None = None


class MallChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a mall; what is left out stays. Currency stays for good: orders are counted in it."""

    name_zh: Name | None = None
    name_en: Name | None = None
    address_zh: Line | None = None
    address_en: Line | None = None
    time_zone: Line | None = None
    hours: Hours | None = None
    picture: PictureName | None = None


class NewMerchant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What takes a merchant in."""

    code: Code
    name_zh: Name
    name_en: Name


class MerchantChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a merchant; what is left out stays."""

    name_zh: Name | None = None
    name_en: Name | None = None


class NewCategory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What adds a category below `parent_id`, or at the top."""

    code: Code
    name_zh: Name
    name_en: Name
    parent_id: CategoryId | None = None
    position: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    picture: PictureName | None = None


class CategoryChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a category; what is left out stays. A category does not move in the tree."""

    name_zh: Name | None = None
    name_en: Name | None = None
    position: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    picture: PictureName | None = None


class NewShop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens a shop in a mall."""

    merchant_id: MerchantId
    category_id: CategoryId
    code: Code
    name_zh: Name
    name_en: Name
    about_zh: Text = ""
    about_en: Text = ""
    floor_code: FloorCode = ""
    unit_code: UnitCode = ""
    hours: Hours = DEFAULT_HOURS
    phone: Phone = ""
    logo: PictureName | None = None
    picture: PictureName | None = None
    state: ShopState = ShopState.OPEN


class ShopChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a shop; what is left out stays. Moving it is the mall's decision (`moves`)."""

    merchant_id: MerchantId | None = None
    category_id: CategoryId | None = None
    name_zh: Name | None = None
    name_en: Name | None = None
    about_zh: Text | None = None
    about_en: Text | None = None
    floor_code: FloorCode | None = None
    unit_code: UnitCode | None = None
    hours: Hours | None = None
    phone: Phone | None = None
    logo: PictureName | None = None
    picture: PictureName | None = None
    state: ShopState | None = None

    @property
    def moves(self) -> bool:
        """Return whether merchant, category or place changes."""
        return any(v is not None for v in (self.merchant_id, self.category_id, self.floor_code, self.unit_code))


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """All that a shop's till needs to know of where it stands; `category_ids` is the shop's category and all above."""

    mall_id: MallId
    group_id: GroupId
    merchant_id: MerchantId
    shop_id: ShopId
    category_ids: list[CategoryId]
    name_zh: str
    name_en: str
    currency: str
    time_zone: str

    @property
    def target(self) -> Target:
        """Return where the till stands, to ask whether somebody may use it."""
        return Target(group_id=self.group_id, mall_id=self.mall_id, merchant_id=self.merchant_id, shop_id=self.shop_id)
