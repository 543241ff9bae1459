"""Scans: the facts that everything about bags is told from."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import BagId, MallId, ShopId, StaffId
from galleria.onsite.handsfree.model.bag import BagOutcome, BagState, BagStorage, BagView
from galleria.onsite.handsfree.model.texts import STORABLE, PictureName


class BagMove(StrEnum):
    """What a scan says was done with the bag."""

    SEAL = "seal"
    TAKE = "take"  # a runner has it
    SHELVE = "shelve"  # it lies on a shelf
    HAND = "hand"  # handed to the member or a proxy
    BACK = "back"  # the shop has it back
    LOSE = "lose"
    DESTROY = "destroy"


class SealFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sealed into a bag, and for whom: `shopper` is a card's code, a phone, or what looking them up gave."""

    shopper: Annotated[str, Meta(min_length=1, max_length=100)]
    storage: BagStorage = BagStorage.AMBIENT
    fragile: bool = False
    pieces: Annotated[int, Meta(ge=1, le=99)] = 1
    weight_g: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    declared_minor: Annotated[int, Meta(ge=0, le=10_000_000_000)] | None = None
    picture: PictureName | None = None
    note: Annotated[str, Meta(max_length=200, pattern=STORABLE)] = ""


class NewBagScan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scan as a phone kept it; `id` is the phone's own, and makes uploading it again harmless.

    A shop's scans (`seal`, `back`) name the shop; `shelve` a shelf; `hand` a hand-over, and the code it was given
    for when the phone had no network to open one.
    """

    id: UUID
    move: BagMove
    label: Annotated[str, Meta(min_length=1, max_length=40)]
    at: datetime
    shop_id: ShopId | None = None
    shelf_id: UUID | None = None
    hand_over_id: UUID | None = None
    code: Annotated[str, Meta(max_length=60)] = ""
    seal: SealFacts | None = None


class BagScanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a scan; `duplicate` tells that it was uploaded before."""

    id: UUID
    outcome: BagOutcome
    duplicate: bool
    late: bool
    message: str = ""
    bag: BagView | None = None


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan as stored. `barred` ones are never part of a chain; `seq` numbers those that are."""

    mall_id: MallId
    id: UUID
    label: str
    bag_id: BagId | None
    move: BagMove
    staff_id: StaffId
    staff_name: str
    shop_id: ShopId | None
    desk_id: UUID | None
    shelf_id: UUID | None
    collection_id: UUID | None
    proxy_name: str | None
    at: datetime
    received_at: datetime
    late: bool
    barred: bool
    outcome: BagOutcome
    seq: int | None
    state: BagState | None
    detail: dict[str, Any]
    note: str
