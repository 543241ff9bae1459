"""Transfers: a coupon is offered by a link, the offer taken back, or a friend takes it."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import ClaimId, MallId, MemberId, new_id
from galleria.platform.actors import Actor
from galleria.platform.command import Command, Event
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim, Facts, Want
from galleria.value.coupons.model.template import ClaimSource, Coupon
from galleria.value.coupons.model.transfer import CouponTransfer, CouponTransferState
from galleria.value.coupons.operations.claim import count
from galleria.value.coupons.queries import facts
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.claiming import receiving_refusal
from galleria.value.coupons.rules.offer import read_terms
from galleria.value.coupons.rules.spending import claim_refusal
from galleria.value.coupons.store import issuing, spending
from galleria.value.coupons.store import template as templates
from galleria.value.coupons.store import transfer as store

OPEN_FOR = timedelta(days=3)
TRIES = 3


def new_token() -> str:
    """Return a link's secret of 128 bits."""
    return secrets.token_urlsafe(16)


def with_link(transfer: CouponTransfer, token: str) -> CouponTransfer:
    """Return a transfer with its link, which is told to its owner once and kept nowhere."""
    return msgspec.structs.replace(transfer, token=token, path=f"/coupons/transfers/{token}")


async def offer(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: ClaimId, token: str, now: datetime
) -> CouponTransfer:
    """Offer a member's coupon to whoever has the link, for three days or until it ends; an earlier link is void then.

    Raises NotFound, NotTransferable, and why it cannot be spent, because then it cannot be given on either.
    """
    found = await spending.find_claim(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id)
    if found is None:
        raise NotFound
    if not read_terms(found.terms).transferable:
        raise refusals.NotTransferable
    tx.subject = str(claim_id)
    for _ in range(TRIES):  # another offer of the same claim may come in between
        await store.close_open(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id, now=now)
        until = await store.open_offer(
            tx,
            mall_id=mall_id,
            transfer_id=new_id(),
            claim_id=claim_id,
            member_id=member_id,
            token_hash=queries.link_hash(token),
            expires_at=now + OPEN_FOR,
            now=now,
        )
        if until is not None:
            return CouponTransfer(
                claim_id=claim_id, token="", path="", state=CouponTransferState.OPEN, expires_at=until
            )
        await _raise_if_spent(tx, mall_id, claim_id, now)
    raise refusals.ClaimHeld


async def _raise_if_spent(tx: Tx, mall_id: MallId, claim_id: ClaimId, now: datetime) -> None:
    standing = await spending.standing(tx, mall_id=mall_id, claim_id=claim_id, member_id=None)
    refused = NotFound() if standing is None else claim_refusal(standing, max(now, standing.use_from))
    if refused is not None:
        raise refused


async def cancel(tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: ClaimId, now: datetime) -> CouponTransfer:
    """Take back the offer of a coupon that nobody has taken yet. Raises NotFound when there is none."""
    until = await store.close_open(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id, now=now)
    if until is None:
        raise NotFound
    tx.subject = str(claim_id)
    return CouponTransfer(claim_id=claim_id, token="", path="", state=CouponTransferState.CANCELLED, expires_at=until)


async def accept(runtime: Runtime, command: Command, *, token: str, device: UUID | None) -> Claim:
    """Give the command's member the coupon behind a link, once. Commits before it returns.

    The new claim says what the old one said and ends when it did. Raises NotFound, TransferToOneself, TransferOver
    (accepted, cancelled, expired, or the coupon was spent meanwhile), CouponLimitReached and the other limits that are
    the receiver's own.
    """
    mall_id = command.mall_id
    if mall_id is None:
        raise AssertionError("a coupon is given on in a mall")
    return await runtime.db.write(
        command,
        lambda tx: take_over(tx, command.actor, mall_id=mall_id, token=token, device=device, now=command.now),
        returns=Claim,
    )


async def take_over(tx: Tx, actor: Actor, *, mall_id: MallId, token: str, device: UUID | None, now: datetime) -> Claim:
    """Do what `accept` says inside the caller's transaction; locks the coupon, then the transfer, then the claim."""
    offered = None
    if actor.group_id == await malls.group_of(tx, mall_id):
        offered = await store.find(tx, mall_id=mall_id, token_hash=queries.link_hash(token), now=now)
    if offered is None:
        raise NotFound
    if offered.owner_id == actor.member_id:
        raise refusals.TransferToOneself
    if offered.state is not CouponTransferState.OPEN:
        raise refusals.TransferOver(state=offered.state.value)
    coupon = await templates.lock(tx, mall_id=mall_id, coupon_id=offered.coupon_id)
    if coupon is None:
        raise NotFound
    want = await _want(tx, actor, coupon, device, now)
    if not await store.accept(tx, mall_id=mall_id, transfer_id=offered.id, to_claim_id=want.claim_id, now=now):
        again = await store.find(tx, mall_id=mall_id, token_hash=queries.link_hash(token), now=now)
        raise refusals.TransferOver(state="expired" if again is None else again.state.value)
    if not await store.give_away(tx, mall_id=mall_id, claim_id=offered.claim_id, now=now):
        raise refusals.TransferOver(state="spent")
    counted = await count(tx, coupon, [want])
    refused = receiving_refusal(coupon, want, counted)
    if refused is not None:
        raise refused
    held = counted.members.get(want.member_id)
    claim = await issuing.add_taken_over(
        tx, mall_id=mall_id, from_id=offered.claim_id, want=want, seq=1 if held is None else held.count + 1
    )
    if claim is None:
        raise AssertionError("the claim given away is there")
    tx.subject = str(claim.id)
    data: dict[str, str | int | None] = {"coupon_id": str(coupon.id), "from_claim_id": str(offered.claim_id)}
    topics = (f"member:{offered.owner_id}", f"member:{want.member_id}")
    tx.emit(Event("coupons.transferred", claim.id, data, topics=topics))
    return claim


async def _want(tx: Tx, actor: Actor, coupon: Coupon, device: UUID | None, now: datetime) -> Want:
    needs = facts.needs_of(coupon)
    known = await facts.of_members(tx, coupon.mall_id, [actor.member_id], needs=needs, known=Facts(device=device))
    return Want(
        group_id=actor.group_id,
        member_id=actor.member_id,
        now=now,
        claim_id=ClaimId(new_id()),
        source=ClaimSource.TRANSFER,
        facts=known[actor.member_id],
    )
