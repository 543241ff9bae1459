"""Codes: batches are begun, made by a job, exported and voided; a member redeems one.

A code is derived from the installation's secret, its batch and its number; the table keeps a keyed hash of it. So a
batch can be exported again at any time, while neither the table nor a copy of the whole database gives a code away.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from galleria.foundation import malls
from galleria.kernel.errors import DomainError, Invalid, NotFound
from galleria.kernel.ids import ClaimId, CouponId, MallId, new_id
from galleria.platform.actors import Actor
from galleria.platform.auth import attempts
from galleria.platform.auth.tokens import Signer
from galleria.platform.command import Command
from galleria.platform.jobs import Job
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim, Facts, Want
from galleria.value.coupons.model.code import BatchState, CodeBatch, NewBatch
from galleria.value.coupons.model.template import ClaimSource
from galleria.value.coupons.operations.claim import claim_in
from galleria.value.coupons.operations.template import lock_managed
from galleria.value.coupons.queries import facts
from galleria.value.coupons.rules import code as rules
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.claiming import way_refusal
from galleria.value.coupons.rules.template import iso
from galleria.value.coupons.store import code as store

MAKE_JOB = "coupons.make_codes"
CHUNK = 20_000
LINES = 2_000
WRONG_MAX = 10
WINDOW_S = 600
PURPOSE = "coupon-codes"


async def begin_batch(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewBatch, now: datetime
) -> CodeBatch:
    """Begin a batch of codes; a job makes them.

    Raises NotFound, Forbidden, CouponNotIssuedSo for a coupon that is not given out by codes, and Invalid for more
    codes than there are coupons left for them.
    """
    coupon = await lock_managed(tx, actor, mall_id, coupon_id)
    refused = way_refusal(coupon, ClaimSource.CODE, None)
    if refused is not None:
        raise refused
    promised = await store.outstanding(tx, mall_id=mall_id, coupon_id=coupon_id)
    if new.count > coupon.total - coupon.claimed - promised:
        raise Invalid.field("count", "coupon_codes_beyond_total")
    batch_id = new_id()
    await store.add_batch(
        tx, mall_id=mall_id, batch_id=batch_id, coupon_id=coupon_id, prefix=new.prefix, count=new.count, now=now
    )
    tx.enqueue(Job(MAKE_JOB, {"mall_id": mall_id, "batch_id": batch_id}, dedupe=f"{MAKE_JOB}:{batch_id}"))
    tx.subject = str(batch_id)
    return await _batch(tx, mall_id, batch_id)


async def make_chunk(tx: Tx, *, signer: Signer, mall_id: MallId, batch_id: UUID, now: datetime) -> bool:
    """Make the next codes of a batch, as many as one transaction takes; return whether there are more to make."""
    batch = await store.lock_batch(tx, mall_id=mall_id, batch_id=batch_id)
    if batch is None or batch.state is not BatchState.MAKING:
        return False
    tx.subject = str(batch_id)
    count = min(CHUNK, batch.count - batch.made)
    digests = await asyncio.to_thread(_digests, signer, batch, batch.made, count)
    await store.add_codes(tx, mall_id=mall_id, batch_id=batch_id, first=batch.made, digests=digests, now=now)
    return batch.made + count < batch.count


def _digests(signer: Signer, batch: CodeBatch, first: int, count: int) -> list[bytes]:
    key = signer.key(PURPOSE)
    return [rules.digest_of(key, code) for code in codes_of(signer, batch, first, count)]


def codes_of(signer: Signer, batch: CodeBatch, first: int, count: int) -> list[str]:
    """Return so many codes of a batch from a number on, without hyphens."""
    key = signer.key(f"{PURPOSE}:{batch.id}")
    return [rules.code_of(key, batch.prefix, number) for number in range(first, first + count)]


async def export_batch(
    runtime: Runtime, command: Command, *, coupon_id: CouponId, batch_id: UUID
) -> AsyncIterator[bytes]:
    """Note in the journal who exports a batch, and return its lines: number, code, and whether it was used by now.

    Raises NotFound, Forbidden, BatchNotReady while codes are still being made, CodeVoid for a batch taken back.
    """
    mall_id = command.mall_id
    if mall_id is None:
        raise AssertionError("codes are of a mall")

    async def note(tx: Tx) -> CodeBatch:
        await queries.require_coupon(tx, actor=command.actor, mall_id=mall_id, coupon_id=coupon_id)
        batch = await _batch(tx, mall_id, batch_id)
        if batch.coupon_id != coupon_id:
            raise NotFound
        if batch.state is BatchState.VOID:
            raise refusals.CodeVoid
        if batch.state is BatchState.MAKING:
            raise refusals.BatchNotReady(made=batch.made, count=batch.count)
        tx.subject = str(batch_id)
        return batch

    batch = await runtime.db.write(command, note, returns=CodeBatch)
    async with runtime.db.read() as tx:
        used = await store.redeemed_numbers(tx, mall_id=mall_id, batch_id=batch_id)
    return _lines(runtime.signer, batch, used)


async def _lines(signer: Signer, batch: CodeBatch, used: set[int]) -> AsyncIterator[bytes]:
    yield b"number,code,used\r\n"
    for first in range(0, batch.count, LINES):
        codes = codes_of(signer, batch, first, min(LINES, batch.count - first))
        rows = (
            f"{number},{rules.printed(code)},{'yes' if number in used else 'no'}\r\n"
            for number, code in enumerate(codes, start=first)
        )
        yield "".join(rows).encode()
        await asyncio.sleep(0)


async def void_batch(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, batch_id: UUID, now: datetime
) -> CodeBatch:
    """Make the unused codes of a batch good for nothing. Raises NotFound, Forbidden. Doing it again is harmless."""
    await lock_managed(tx, actor, mall_id, coupon_id)
    if (await _batch(tx, mall_id, batch_id)).coupon_id != coupon_id:
        raise NotFound
    await store.void_batch(tx, mall_id=mall_id, batch_id=batch_id, now=now)
    tx.subject = str(batch_id)
    return await _batch(tx, mall_id, batch_id)


async def _batch(tx: Tx, mall_id: MallId, batch_id: UUID) -> CodeBatch:
    found = await store.find_batch(tx, mall_id=mall_id, batch_id=batch_id)
    if found is None:
        raise NotFound
    return found


def digest_of(signer: Signer, code: str) -> bytes:
    """Return what is kept of a code as typed."""
    return rules.digest_of(signer.key(PURPOSE), rules.normalised(code))


async def redeem_code(runtime: Runtime, command: Command, *, code: str, device: UUID | None) -> Claim:
    """Give the command's member the coupon behind a code, once. Commits before it returns.

    Raises CodeUnknown (`typo` when it cannot be a code at all), CodeUsed, CodeVoid, the refusals of claiming, and
    TooMany after ten wrong codes in ten minutes.
    """
    mall_id, bucket = command.mall_id, f"coupon-code:{command.actor.member_id}"
    if mall_id is None:
        raise AssertionError("a code is redeemed in a mall")
    await attempts.count(runtime.db, bucket=bucket, limit=WRONG_MAX, window_s=WINDOW_S, now=command.now)
    if not rules.is_well_formed(rules.normalised(code)):
        raise refusals.CodeUnknown(typo="yes")
    digest = digest_of(runtime.signer, code)
    claim = await runtime.db.write(
        command,
        lambda tx: _redeem(tx, command.actor, mall_id=mall_id, digest=digest, device=device, now=command.now),
        returns=Claim,
    )
    await attempts.forgive(runtime.db, bucket=bucket, window_s=WINDOW_S, now=command.now)
    return claim


async def _redeem(tx: Tx, actor: Actor, *, mall_id: MallId, digest: bytes, device: UUID | None, now: datetime) -> Claim:
    """Claim the coupon behind a code, whose lock it takes, then mark the code used; all or nothing."""
    found = None
    if actor.group_id == await malls.group_of(tx, mall_id):
        found = await store.find(tx, mall_id=mall_id, digest=digest)
    if found is None:
        raise refusals.CodeUnknown(typo="no")
    coupon = await queries.get_coupon(tx, mall_id=mall_id, coupon_id=found.coupon_id)
    known = await facts.of_members(
        tx, mall_id, [actor.member_id], needs=facts.needs_of(coupon), known=Facts(device=device)
    )
    want = Want(
        group_id=actor.group_id,
        member_id=actor.member_id,
        now=now,
        claim_id=ClaimId(new_id()),
        source=ClaimSource.CODE,
        facts=known[actor.member_id],
    )
    refused = _code_refusal(found)
    if refused is not None:
        raise refused
    claim = await claim_in(tx, mall_id=mall_id, coupon_id=found.coupon_id, want=want)
    if await store.redeem(tx, mall_id=mall_id, digest=digest, claim_id=claim.id, now=now):
        again = await store.find(tx, mall_id=mall_id, digest=digest)
        if again is not None and again.batch_state is not BatchState.VOID:
            return claim
        raise refusals.CodeVoid
    raise refusals.CodeUsed(redeemed_at=iso(now))


def _code_refusal(row: store.CodeRow) -> DomainError | None:
    if row.redeemed_at is not None:
        return refusals.CodeUsed(redeemed_at=iso(row.redeemed_at))
    return refusals.CodeVoid() if row.batch_state is BatchState.VOID else None
