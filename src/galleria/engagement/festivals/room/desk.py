"""Where numbers are given: all who came within the same millisecond or two share one statement on the queue's row."""

import asyncio
from collections import deque
from datetime import datetime

import structlog

from galleria.engagement.festivals import rules, store
from galleria.engagement.festivals.model import Pace, Sealed
from galleria.engagement.festivals.rules import QueueFull
from galleria.foundation import members
from galleria.foundation.members import Profile
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import FestivalId, GroupId, MallId, MemberId
from galleria.platform.db import Database

GATHER_S = 0.001
BATCH_MAX = 4_000
WAITING_MAX = 40_000
REMEMBERED = 300_000

log = structlog.get_logger()


class _Comer:
    __slots__ = ("at", "district", "future", "member_id")

    def __init__(self, member_id: MemberId, district: str | None, at: datetime) -> None:
        self.member_id = member_id
        self.district = district
        self.at = at
        self.future: asyncio.Future[Sealed] = asyncio.get_running_loop().create_future()


class Desk:
    """Gives the numbers of one festival in one process, in the order of arrival.

    A member who comes again gets the place he has; the process forgets the oldest of very many, who would then get a
    later number, which is never better. Batches follow each other, so nobody of this process overtakes; two processes
    take turns on the queue's row, so who came to the one may be a batch ahead of who came to the other.
    """

    def __init__(self, db: Database, mall_id: MallId, festival_id: FestivalId, group_id: GroupId, pace: Pace) -> None:
        self._db = db
        self._mall_id = mall_id
        self._festival_id = festival_id
        self._group_id = group_id
        self._comers: deque[_Comer] = deque()
        self._places: dict[MemberId, asyncio.Future[Sealed]] = {}
        self._task: asyncio.Task[None] | None = None
        self.pace = pace

    async def place(self, member_id: MemberId, district: str | None, now: datetime) -> Sealed:
        """Return a member's place; raises QueueFull when too many came at once, NotFound for no such festival."""
        known = self._places.get(member_id)
        if known is None:
            if len(self._comers) >= WAITING_MAX:
                raise QueueFull(retry_after=1)
            comer = _Comer(member_id, district, now)
            known = self._places[member_id] = comer.future
            self._comers.append(comer)
            if len(self._places) > REMEMBERED:
                del self._places[next(iter(self._places))]
            if self._task is None:
                self._task = asyncio.create_task(self._serve())
        return await asyncio.shield(known)

    async def _serve(self) -> None:
        try:
            while self._comers:
                await asyncio.sleep(GATHER_S)
                batch = [self._comers.popleft() for _ in range(min(BATCH_MAX, len(self._comers)))]
                try:
                    await self._give(batch)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is these callers' answer
                    log.warning("festivals.numbers_not_given", count=len(batch), error=str(error))
                    for comer in batch:
                        self._places.pop(comer.member_id, None)
                        comer.future.set_exception(error)
                        comer.future.exception()
        finally:
            self._task = None

    async def _give(self, batch: list[_Comer]) -> None:
        ids = [comer.member_id for comer in batch]
        async with self._db.read() as tx:
            profiles = await members.profiles(tx, self._group_id, ids)
            before = await store.give_numbers(
                tx,
                mall_id=self._mall_id,
                festival_id=self._festival_id,
                idle_until=rules.idle_until(self.pace, batch[0].at),
                count=len(batch),
            )
        if before is None:
            raise NotFound
        for number, comer in enumerate(batch, start=before + 1):
            comer.future.set_result(self._sealed(comer, number, profiles.get(comer.member_id) or Profile()))

    def _sealed(self, comer: _Comer, number: int, profile: Profile) -> Sealed:
        return Sealed(
            festival_id=self._festival_id,
            member_id=comer.member_id,
            number=number,
            issued_ms=int(comer.at.timestamp() * 1000),
            district=comer.district,
            tier=profile.tier,
            household_id=profile.household_id,
            birthday=None if profile.birthday is None else (profile.birthday.month, profile.birthday.day),
        )
