"""What is on the menu, and how a restaurant sets itself up."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import CategoryId, ProductId, ShopId, VariantId
from galleria.onsite.dining.model.basics import Course, Name, OpensBy

ExtraMinor = Annotated[int, Meta(ge=0, le=10_000_000)]


class StationInput(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the kitchen; without an `id` it is a new one."""

    id: UUID | None = None
    name_zh: Name
    name_en: Name


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the kitchen where dishes are made, such as wok or bar."""

    id: UUID
    name_zh: str
    name_en: str


class RestaurantInput(msgspec.Struct, frozen=True, kw_only=True):
    """How a restaurant takes orders at its tables; a dish in the kitchen for `late_minutes` is late.

    Stations left out are taken away; their dishes go to the kitchen as a whole.
    """

    active: bool
    opens_by: OpensBy = OpensBy.GUESTS
    late_minutes: Annotated[int, Meta(ge=1, le=240)] = 15
    stations: Annotated[list[StationInput], Meta(max_length=20)] = []


class Restaurant(msgspec.Struct, frozen=True, kw_only=True):
    """A restaurant's terms as they stand."""

    shop_id: ShopId
    active: bool
    opens_by: OpensBy
    late_minutes: int
    stations: list[Station]
    changed_at: datetime | None


class OptionInput(msgspec.Struct, frozen=True, kw_only=True):
    """A choice of a group and what it costs more; without an `id` it is a new one."""

    id: UUID | None = None
    name_zh: Name
    name_en: Name
    extra_minor: ExtraMinor = 0


class GroupInput(msgspec.Struct, frozen=True, kw_only=True):
    """A group of choices, of which at least `least` and at most `most` are taken."""

    name_zh: Name
    name_en: Name
    least: Annotated[int, Meta(ge=0, le=20)] = 0
    most: Annotated[int, Meta(ge=1, le=20)] = 1
    options: Annotated[list[OptionInput], Meta(min_length=1, max_length=40)]


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A choice, its extra price, and whether it has run out."""

    id: UUID
    name_zh: str
    name_en: str
    extra_minor: int
    sold_out: bool


class OptionGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group of choices as the menu shows it."""

    id: UUID
    name_zh: str
    name_en: str
    least: int
    most: int
    options: list[Option]


class DishInput(msgspec.Struct, frozen=True, kw_only=True):
    """How a product is a dish: the station that makes it, the course it is served in, its groups of choices."""

    station_id: UUID | None = None
    course: Course = 1
    group_ids: Annotated[list[UUID], Meta(max_length=10)] = []


class SoldOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whether something has run out."""

    sold_out: bool


class DishSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a product is a dish."""

    product_id: ProductId
    station_id: UUID | None
    course: int
    group_ids: list[UUID]
    sold_out: bool


class MenuVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A size of a dish: what it costs and how many are left."""

    variant_id: VariantId
    option_zh: str
    option_en: str
    price_minor: int
    left: int


class MenuDish(msgspec.Struct, frozen=True, kw_only=True):
    """A dish on the menu; `sold_out` when the kitchen has said so, or none is left."""

    product_id: ProductId
    name_zh: str
    name_en: str
    picture: str | None
    category_id: CategoryId
    station_id: UUID | None
    course: int
    sold_out: bool
    stopped: bool
    variants: list[MenuVariant]
    groups: list[OptionGroup]


class MenuSection(msgspec.Struct, frozen=True, kw_only=True):
    """A category with dishes."""

    category_id: CategoryId
    name_zh: str
    name_en: str


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    """What a restaurant serves now."""

    shop_id: ShopId
    shop_zh: str
    shop_en: str
    currency: str
    active: bool
    sections: list[MenuSection]
    dishes: list[MenuDish]
