"""Reads of launch."""

from datetime import datetime
from uuid import UUID

from galleria.engagement.launch.model import (
    LaunchPolicy,
    LaunchReport,
    LaunchSubject,
    Review,
    ReviewState,
    SubjectKind,
    VersionChange,
)
from galleria.kernel.ids import MallId
from galleria.kernel.paging import Page
from galleria.platform.actors import Actor
from galleria.platform.tx import ReadTx


async def check(tx: ReadTx, *, actor: Actor, mall_id: MallId, subject: LaunchSubject, now: datetime) -> LaunchReport:
    """Return what the checks find about the newest version of a subject; raises NotFound, Forbidden."""
    raise NotImplementedError


async def list_reviews(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    state: ReviewState | None = None,
    subject_kind: SubjectKind | None = None,
    subject_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Review]:
    """Return the requests within the actor's reach, newest first; raises Forbidden."""
    raise NotImplementedError


async def list_changes(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    subject_kind: SubjectKind | None = None,
    subject_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[VersionChange]:
    """Return every version within the actor's reach, newest first, beside the one before; raises Forbidden."""
    raise NotImplementedError


async def get_policy(tx: ReadTx, *, actor: Actor, mall_id: MallId) -> LaunchPolicy:
    """Return a mall's limits, or those that hold where it set none; raises Forbidden."""
    raise NotImplementedError
