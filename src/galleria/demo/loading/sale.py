"""One order while it is being told: a purchase, its shops' parts, lines of units, tickets."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.demo.loading.goods import Ware
from galleria.demo.loading.offers import Claim
from galleria.demo.loading.people import Person
from galleria.demo.loading.rewards import Award
from galleria.value.promotions import Decision, Funder, PricedLine


class Line:
    """So many units of one variant, each with its frozen price."""

    __slots__ = ("fulfilled", "funded", "id", "paid", "position", "refunded", "shares", "ware")

    def __init__(self, line_id: UUID, ware: Ware, position: int, priced: PricedLine) -> None:
        self.id, self.ware, self.position, self.paid = line_id, ware, position, priced.unit_paid_minor
        self.shares = [
            {"id": one.id, "offer_id": one.offer_id, "version": one.version, **msgspec.structs.asdict(part)}
            for one in priced.applied
            for part in one.funded
        ]
        mall = [part.units for one in priced.applied for part in one.funded if part.funder is Funder.MALL]
        self.funded = [sum(units) for units in zip(*mall, strict=True)] or [0] * len(self.paid)
        self.refunded: list[int] = []
        self.fulfilled: list[int] = []

    @property
    def open(self) -> list[int]:
        """Return the units neither handed over nor given back."""
        return [unit for unit in range(len(self.paid)) if unit not in self.refunded and unit not in self.fulfilled]


class Ticket:
    """What a shopper shows at the counter."""

    __slots__ = ("id", "kind", "line", "state", "title", "unit", "valid_until")

    def __init__(
        self,
        ticket_id: UUID,
        kind: str,
        title: tuple[str, str],
        *,
        line: Line | None = None,
        unit: int | None = None,
        valid_until: datetime | None = None,
    ) -> None:
        self.id, self.kind, self.title, self.line, self.unit = ticket_id, kind, title, line, unit
        self.valid_until, self.state = valid_until, "valid"


class Part:
    """One shop's part of an order."""

    __slots__ = ("award", "fulfilled_at", "id", "lines", "ready_at", "shop", "state", "tickets")

    def __init__(self, part_id: UUID, shop: int) -> None:
        self.id, self.shop, self.state = part_id, shop, "pending"
        self.lines: list[Line] = []
        self.tickets: list[Ticket] = []
        self.award: Award | None = None
        self.ready_at: datetime | None = None
        self.fulfilled_at: datetime | None = None

    @property
    def ware(self) -> Ware:
        """Return the first ware, which knows the shop."""
        return self.lines[0].ware

    @property
    def goods(self) -> int:
        return sum(line.ware.price_minor * len(line.paid) for line in self.lines)

    @property
    def payable(self) -> int:
        return sum(sum(line.paid) for line in self.lines)

    @property
    def funded(self) -> int:
        return sum(sum(line.funded) for line in self.lines)

    @property
    def refunded(self) -> int:
        return sum(line.paid[unit] for line in self.lines for unit in line.refunded)

    def settle(self, at: datetime) -> None:
        """Let the state follow from the units."""
        if all(len(line.refunded) == len(line.paid) for line in self.lines):
            self.state = "refunded"
        elif not any(line.open for line in self.lines):
            self.state, self.fulfilled_at = "fulfilled", self.fulfilled_at or at
        else:
            self.state = "preparing" if self.ready_at is None else "ready"


class Sale:
    """A purchase."""

    __slots__ = (
        "applied", "claim", "ended_at", "expires_at", "explanation", "id", "intent_id", "mall", "mall_id", "member",
        "member_index", "number", "paid_at", "parts", "placed_at", "state",
    )  # fmt: skip

    def __init__(
        self,
        order_id: UUID,
        mall: int,
        mall_id: UUID,
        member_index: int,
        member: Person,
        number: str,
        placed_at: datetime,
    ) -> None:
        self.id, self.mall, self.mall_id, self.number, self.placed_at = order_id, mall, mall_id, number, placed_at
        self.member_index, self.member = member_index, member
        self.state, self.explanation = "pending_payment", "[]"
        self.parts: list[Part] = []
        self.claim: Claim | None = None
        self.applied: list[Decision] = []
        self.expires_at = placed_at
        self.paid_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.intent_id: UUID | None = None

    @property
    def lines(self) -> list[Line]:
        return [line for part in self.parts for line in part.lines]

    @property
    def payable(self) -> int:
        return sum(part.payable for part in self.parts)
