"""Requests to go live, made and decided through the doors."""

from datetime import UTC, datetime
from uuid import UUID

from galleria.engagement import launch
from galleria.kernel.ids import MallId
from galleria.platform.actors import SYSTEM, Actor
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime


async def launched(
    runtime: Runtime,
    mall_id: MallId,
    subject_id: UUID,
    *,
    kind: launch.SubjectKind = launch.SubjectKind.OFFER,
    actor: Actor = SYSTEM,
) -> launch.Review:
    """Ask for something to go live."""
    now = datetime.now(UTC)
    return await runtime.db.write(
        Command(kind="tests.launch", actor=actor, now=now, mall_id=mall_id),
        lambda tx: launch.launch(
            tx, actor=actor, mall_id=mall_id, subject=launch.LaunchSubject(kind, subject_id), now=now
        ),
        returns=launch.Review,
    )


async def limits(runtime: Runtime, mall_id: MallId, policy: launch.LaunchPolicy) -> None:
    """Set a mall's limits."""
    now = datetime.now(UTC)
    await runtime.db.write(
        Command(kind="tests.limits", actor=SYSTEM, now=now),
        lambda tx: launch.set_policy(tx, actor=SYSTEM, mall_id=mall_id, policy=policy, now=now),
        returns=launch.LaunchPolicy,
    )
