"""A shop's terms of scan and go, its labels and barcodes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from galleria.kernel.ids import ShopId, VariantId
from galleria.onsite.scango.model.basics import Bp


class LabelMeasure(StrEnum):
    """What the digits on a scale's label say: the price in minor units, or the weight in grams."""

    PRICE = "price"
    WEIGHT = "weight"


class LabelFormat(msgspec.Struct, frozen=True, kw_only=True):
    """How the shop's scales print a label: ten digits between the prefix and the check digit of a GTIN-13.

    Item reference, then a verifier digit where there is one, then the value.
    """

    prefix: Annotated[str, Meta(pattern="^2[0-9]$")]
    measure: LabelMeasure
    item_digits: Annotated[int, Meta(ge=4, le=6)]
    value_digits: Annotated[int, Meta(ge=4, le=6)]
    verifier: bool = False


class TermsInput(msgspec.Struct, frozen=True, kw_only=True):
    """How a shop lets shoppers scan and go; shares in basis points, what is `None` asks for no check.

    `check_bp` of all baskets are looked at, `newcomer_bp` of those of shoppers who never left here before; and every
    basket from which `removed_pieces` were taken out again, or that costs `value_minor` or more. A check scans
    `rescan_pieces` at least. A basket not touched for `idle_minutes` is given up.
    """

    active: bool
    check_bp: Bp = 500
    newcomer_bp: Bp = 3000
    removed_pieces: Annotated[int, Meta(ge=1, le=999)] = 3
    value_minor: Annotated[int, Meta(ge=1, le=10_000_000_000)] | None = None
    rescan_pieces: Annotated[int, Meta(ge=1, le=99)] = 5
    idle_minutes: Annotated[int, Meta(ge=5, le=1440)] = 90
    formats: Annotated[list[LabelFormat], Meta(max_length=10)] = []


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """A shop's terms as they stand, and how many barcodes it has."""

    shop_id: ShopId
    active: bool
    check_bp: int
    newcomer_bp: int
    removed_pieces: int
    value_minor: int | None
    rescan_pieces: int
    idle_minutes: int
    formats: list[LabelFormat]
    changed_at: datetime | None
    barcodes: int = 0


class ScanShop(msgspec.Struct, frozen=True, kw_only=True):
    """A shop in which shoppers scan for themselves."""

    shop_id: ShopId
    name_zh: str
    name_en: str
    floor_code: str
    unit_code: str
    picture: str | None


class BarcodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A barcode of a shop and the good it is on; `min_age` when that is sold to grown-ups only."""

    code: str
    variant_id: VariantId
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    min_age: int | None


class NewBarcode(msgspec.Struct, frozen=True, kw_only=True):
    """A barcode to write; `min_age` of 0 lifts the good's age limit, `None` leaves it."""

    code: str
    variant_id: VariantId
    min_age: int | None = None


class ImportProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in a file: its line (the heading is 1; 0 is the whole file), the column, and why."""

    line: int
    field: str
    code: str
    message: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file of barcodes: with problems nothing of it was taken."""

    rows: int
    written: int
    problems: list[ImportProblem]
