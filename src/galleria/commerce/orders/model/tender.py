"""What orders are paid with, and how their goods go."""

import msgspec

from galleria.commerce.orders.model.state import TenderKind, Way
from galleria.kernel.ids import AddressId, MemberId, MerchantId, PointId, ShopId, SlotId, TenderId


class Tender(msgspec.Struct, frozen=True, kw_only=True):
    """One part of what an order is paid with, frozen at placement; the tenders of an order sum to what it costs.

    `points` is how many points the amount took. A held tender's id (points, stored value) is that of its hold in the
    ledger; the only provider tender of an order has the order's id. `holder_id` is whose till took the cash.
    """

    id: TenderId
    kind: TenderKind
    amount_minor: int
    points: int = 0
    provider: str | None = None
    payer_id: MemberId | None = None
    holder_id: MerchantId | None = None


class TenderPart(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a tender: of one unit, of a refund, or of what is left."""

    tender_id: TenderId
    kind: TenderKind
    amount_minor: int
    points: int = 0


class WayChoice(msgspec.Struct, frozen=True, kw_only=True):
    """How the goods of one shop are to come: to an address in a slot, to a point in a slot, or at the shop."""

    shop_id: ShopId
    way: Way = Way.COLLECT
    address_id: AddressId | None = None
    slot_id: SlotId | None = None
    point_id: PointId | None = None
