"""Transfers: offered by a link, taken back, accepted."""

from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import ClaimId, MallId, MemberId
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.coupons.model.claim import Claim
from galleria.value.coupons.model.transfer import Transfer


def new_token() -> str:
    raise NotImplementedError


def hash_of(token: str) -> bytes:
    raise NotImplementedError


def with_link(transfer: Transfer, token: str) -> Transfer:
    raise NotImplementedError


async def offer(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: ClaimId, token: str, now: datetime
) -> Transfer:
    raise NotImplementedError


async def cancel(tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: ClaimId, now: datetime) -> Transfer:
    raise NotImplementedError


async def accept(runtime: Runtime, command: Command, *, token: str, device: UUID | None) -> Claim:
    raise NotImplementedError
