"""The waiting room of one web process."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.engagement.festivals.model import (
    Challenge,
    ClaimRequest,
    FestivalClaim,
    FestivalPage,
    QueueRequest,
    Standing,
    Ticket,
)
from galleria.kernel.ids import CouponId, FestivalId, MallId, MemberId
from galleria.platform.actors import Actor
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime


class Visitor(msgspec.Struct, frozen=True):
    """Who comes, on which device, from which address."""

    actor: Actor
    device: UUID | None
    address: str


class WaitingRoom:
    """What a process does at the doors of festivals."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def page(
        self, mall_id: MallId, festival_id: FestivalId, *, member_id: MemberId | None, now: datetime
    ) -> FestivalPage:
        """Return a festival's page."""
        raise NotImplementedError

    async def challenge(
        self, mall_id: MallId, festival_id: FestivalId, *, visitor: Visitor, now: datetime
    ) -> Challenge:
        """Return a challenge."""
        raise NotImplementedError

    async def join(
        self, mall_id: MallId, festival_id: FestivalId, *, visitor: Visitor, request: QueueRequest, now: datetime
    ) -> Ticket:
        """Give a number."""
        raise NotImplementedError

    async def standing(
        self, mall_id: MallId, festival_id: FestivalId, *, visitor: Visitor, ticket: str, now: datetime
    ) -> Standing:
        """Return where a ticket stands."""
        raise NotImplementedError

    async def claim(
        self,
        command: Command,
        festival_id: FestivalId,
        *,
        coupon_id: CouponId,
        visitor: Visitor,
        request: ClaimRequest,
    ) -> FestivalClaim:
        """Claim a voucher."""
        raise NotImplementedError


def of(runtime: Runtime) -> WaitingRoom:
    """Return the waiting room of a process."""
    return WaitingRoom(runtime)
