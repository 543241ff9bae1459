"""One web process's share of a crowd, in process: what the routes of a festival do, without HTTP between.

Each member queues up, waits for the turn, and claims unless told that all are gone; as many do so at once as a process
would have open requests. Every answer is written to `bench_answer` for `bench.festival` to check.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import uvloop

from bench.stage import SECRET
from galleria.engagement.festivals import room
from galleria.engagement.festivals.model import ClaimRequest, QueueRequest, Standing
from galleria.kernel.errors import DomainError
from galleria.kernel.ids import CouponId, FestivalId, GroupId, MallId, new_id
from galleria.main import build_runtime
from galleria.platform.actors import Actor, ActorKind
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings

AT_ONCE = 1_500
Answered = tuple[UUID, UUID | None, str]


class Work(msgspec.Struct, frozen=True):
    """Which part of the crowd comes to which festival."""

    dsn: str
    folder: str
    mall_id: UUID
    group_id: UUID
    festival_id: UUID
    coupon_id: UUID
    part: int
    parts: int


async def main(work: Work) -> None:
    """Let the part of the crowd in, and write down what each was answered."""
    settings = Settings(secret_key=SECRET, data_dir=Path(work.folder))
    runtime = await build_runtime(settings, work.dsn, serving=False)
    async with runtime.db.read() as tx:
        members = await tx.values(
            "SELECT member_id FROM bench_crowd WHERE place % $1 = $2 ORDER BY place", work.parts, work.part
        )
    answered: deque[Answered] = deque()
    queue = iter(enumerate(members))
    await asyncio.gather(*(_guests(runtime, work, queue, answered) for _ in range(AT_ONCE)))
    async with runtime.db.pool.acquire() as connection:
        await connection.copy_records_to_table("bench_answer", records=list(answered))
    await runtime.stop()


async def _guests(runtime: Runtime, work: Work, queue: Iterator[tuple[int, UUID]], answered: deque[Answered]) -> None:
    doors = room.of(runtime)
    for i, member_id in queue:
        actor = Actor(kind=ActorKind.MEMBER, id=member_id, group_id=GroupId(work.group_id))
        visitor = room.Visitor(actor, member_id, f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}")
        try:
            answered.append(await _guest(doors, work, visitor))
        except DomainError as refused:
            answered.append((member_id, None, refused.code))


async def _guest(doors: room.WaitingRoom, work: Work, visitor: room.Visitor) -> Answered:
    mall, festival, who = MallId(work.mall_id), FestivalId(work.festival_id), visitor.actor.id
    ticket = await doors.join(mall, festival, visitor=visitor, request=QueueRequest(), now=datetime.now(UTC))
    standing: Standing = ticket.standing
    while not standing.your_turn and not standing.sold_out:
        await asyncio.sleep(0.2)
        standing = await doors.standing(mall, festival, visitor=visitor, ticket=ticket.ticket, now=datetime.now(UTC))
    if standing.sold_out:
        return who, None, "told that all are gone"
    command = Command(
        kind="festivals.claim", actor=visitor.actor, now=datetime.now(UTC), mall_id=mall, key=new_id().hex
    )
    claim = await doors.claim(
        command,
        festival,
        coupon_id=CouponId(work.coupon_id),
        visitor=visitor,
        request=ClaimRequest(ticket.ticket),
    )
    return who, claim.id, "claimed"


if __name__ == "__main__":
    uvloop.run(main(msgspec.json.decode(sys.argv[1], type=Work)))
