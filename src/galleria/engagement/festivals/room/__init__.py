"""The doors of festivals in one web process: what is shown, who may come in, who gets a number, whose turn it is.

What people ask for most (their place in the queue) is answered from memory: a snapshot of the festival that is read
again after half a second, whoever asks, and the ticket itself, which is signed. What must hold is not decided here:
claims are counted under their coupon's lock, where a kill stops them.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from galleria.engagement.festivals import operations, queries, rules, store
from galleria.engagement.festivals.model import (
    Alternative,
    Challenge,
    ClaimRequest,
    FestivalClaim,
    FestivalPage,
    FestivalState,
    Phase,
    QueueRequest,
    Sealed,
    SourceKind,
    Standing,
    Ticket,
    Voucher,
)
from galleria.engagement.festivals.room.desk import Desk
from galleria.engagement.festivals.room.limits import Limits
from galleria.engagement.festivals.room.proofs import Proofs
from galleria.engagement.festivals.room.tally import Tally
from galleria.engagement.festivals.rules import (
    DeviceMissing,
    FestivalEnded,
    FestivalNotOpen,
    FestivalPaused,
    LateComers,
    NotYourTurn,
    TicketWrong,
)
from galleria.foundation import malls
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import CouponId, FestivalId, GroupId, MallId, MemberId
from galleria.platform.actors import SYSTEM, Actor
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value import coupons

FRESH = timedelta(milliseconds=500)
STALE = timedelta(seconds=3)
TELL_S = 1.0
PAUSED_RETRY_S = 5
POLLS_A_MINUTE = 240

log = structlog.get_logger()


class Visitor(msgspec.Struct, frozen=True):
    """Who comes, on which device, from which address."""

    actor: Actor
    device: UUID | None
    address: str


class Snapshot(msgspec.Struct, frozen=True):
    """A festival as this process last read it."""

    row: store.Row
    group_id: GroupId
    vouchers: list[Voucher]
    alternatives: list[Alternative]
    read_at: datetime

    @property
    def sold_out(self) -> bool:
        """Return whether nothing is left of anything."""
        return all(voucher.remaining <= 0 for voucher in self.vouchers)

    @property
    def next_release_at(self) -> datetime | None:
        """Return when more comes, if nothing is to be had now."""
        if any(voucher.remaining_now > 0 for voucher in self.vouchers):
            return None
        return min((v.next_release_at for v in self.vouchers if v.next_release_at is not None), default=None)


class _Door:
    """One festival in this process."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.reading: asyncio.Task[Snapshot] | None = None
        self.desk: Desk | None = None
        self.tally = Tally()
        self.telling: asyncio.Task[None] | None = None


class WaitingRoom:
    """What a process does at the doors of festivals."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._doors: dict[tuple[MallId, FestivalId], _Door] = {}
        self._ticket_key = runtime.signer.key("festival-ticket")
        self._limits = Limits()
        self._proofs = Proofs(runtime.signer.key("festival-proof"))

    async def page(
        self, mall_id: MallId, festival_id: FestivalId, *, member_id: MemberId | None, now: datetime
    ) -> FestivalPage:
        """Return a festival's page; raises NotFound for a draft."""
        seen = await self._snapshot(mall_id, festival_id, now)
        row = seen.row
        mine: list[CouponId] = []
        if member_id is not None:
            async with self._runtime.db.read() as tx:
                mine = await coupons.claimed_by(tx, mall_id=mall_id, coupon_ids=row.coupon_ids, member_id=member_id)
        return FestivalPage(
            id=row.id,
            title_zh=row.title_zh,
            title_en=row.title_en,
            text_zh=row.text_zh,
            text_en=row.text_en,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            queue_opens_at=queries.queue_opens_at(row),
            server_now=now,
            phase=_phase(row, now),
            pause_zh=row.pause_zh,
            pause_en=row.pause_en,
            waiting_room=row.waiting_room,
            proof_of_work=row.proof_of_work,
            districts=row.districts,
            vouchers=seen.vouchers,
            sold_out=seen.sold_out,
            alternatives=seen.alternatives,
            mine=mine,
        )

    async def challenge(
        self, mall_id: MallId, festival_id: FestivalId, *, visitor: Visitor, now: datetime
    ) -> Challenge:
        """Return a challenge for this member; raises NotFound, TooMany."""
        row = (await self._snapshot(mall_id, festival_id, now)).row
        self._limit(row, visitor, now)
        return self._proofs.challenge(festival_id, visitor.actor.member_id, row.difficulty, now)

    async def join(
        self, mall_id: MallId, festival_id: FestivalId, *, visitor: Visitor, request: QueueRequest, now: datetime
    ) -> Ticket:
        """Give the member a number in the order of arrival.

        Raises NotFound, FestivalNotOpen, FestivalEnded, TooMany, DeviceMissing, ProofWrong, QueueFull, Invalid.
        """
        seen = await self._snapshot(mall_id, festival_id, now)
        row = seen.row
        if _phase(row, now) is Phase.ENDED:
            raise FestivalEnded(closes_at=queries.iso(row.closes_at))
        if now < queries.queue_opens_at(row):
            raise FestivalNotOpen(opens_at=queries.iso(queries.queue_opens_at(row)))
        self._limit(row, visitor, now)
        _check_district(row, request.district)
        if row.proof_of_work:
            self._proofs.check(request.proof, festival_id, visitor.actor.member_id, now)
        sealed = await self._desk(seen).place(visitor.actor.member_id, request.district, now)
        return Ticket(rules.seal(sealed, self._ticket_key), _standing(seen, sealed, now))

    async def standing(
        self, mall_id: MallId, festival_id: FestivalId, *, visitor: Visitor, ticket: str, now: datetime
    ) -> Standing:
        """Return where a ticket stands, from memory. Raises NotFound, TicketWrong, TooMany."""
        sealed = self._unseal(ticket, festival_id, visitor)
        self._limits.a_minute(POLLS_A_MINUTE, f"poll:{sealed.member_id.hex}", now)
        return _standing(await self._snapshot(mall_id, festival_id, now), sealed, now)

    async def claim(
        self,
        command: Command,
        festival_id: FestivalId,
        *,
        coupon_id: CouponId,
        visitor: Visitor,
        request: ClaimRequest,
    ) -> FestivalClaim:
        """Claim a voucher for the command's member, whose turn it must be.

        Raises as `coupons.claim`, and NotFound, FestivalNotOpen, FestivalPaused, FestivalEnded, TooMany,
        DeviceMissing, TicketWrong, NotYourTurn, LateComers.
        """
        if command.mall_id is None:
            raise AssertionError("a claim is made in a mall")
        seen = await self._snapshot(command.mall_id, festival_id, command.now)
        row = seen.row
        if coupon_id not in row.coupon_ids:
            raise NotFound
        _check_open(row, command.now)
        self._limit(row, visitor, command.now)
        sealed = self._admitted(seen, visitor, request, command.now)
        claim = await coupons.claim(
            self._runtime,
            command,
            coupon_id=coupon_id,
            through=operations.GATE,
            device=visitor.device,
            district=sealed.district,
            member=_known(sealed) if row.waiting_room else None,
        )
        if claim.claimed_at == command.now:  # not an answer out of the journal
            self._tell(seen, visitor, command.now)
        return FestivalClaim(claim.id, claim.coupon_id, claim.claimed_at, claim.use_from, claim.use_until)

    def _admitted(self, seen: Snapshot, visitor: Visitor, request: ClaimRequest, now: datetime) -> Sealed:
        """Return the ticket whose turn it is; without a waiting room one made on the spot."""
        row = seen.row
        if not row.waiting_room:
            _check_district(row, request.district)
            return Sealed(row.id, visitor.actor.member_id, 0, 0, request.district)
        sealed = self._unseal(request.ticket, row.id, visitor)
        standing = _standing(seen, sealed, now)
        if not standing.your_turn:
            wait = 1 if standing.turn_at is None else max(1, -int((now - standing.turn_at).total_seconds() // 1))
            raise NotYourTurn(position=standing.position, retry_after=wait)
        late = standing.turn_until is not None and now > standing.turn_until
        if late and not self._limits.a_second(row.admit_per_s, f"late:{row.id.hex}", now):
            raise LateComers(retry_after=1)
        return sealed

    def _unseal(self, ticket: str | None, festival_id: FestivalId, visitor: Visitor) -> Sealed:
        sealed = rules.unseal(ticket, self._ticket_key)
        if sealed.festival_id != festival_id or sealed.member_id != visitor.actor.member_id:
            raise TicketWrong
        return sealed

    def _limit(self, row: store.Row, visitor: Visitor, now: datetime) -> None:
        """Count a request of an account, a device and an address; raises TooMany, DeviceMissing."""
        if visitor.device is None:
            raise DeviceMissing
        festival, address = row.id.hex, rules.network(visitor.address)
        self._limits.a_minute(row.account_per_minute, f"account:{festival}:{visitor.actor.member_id.hex}", now)
        self._limits.a_minute(row.device_per_minute, f"device:{festival}:{visitor.device.hex}", now)
        self._limits.a_minute(row.address_per_minute, f"address:{festival}:{address}", now)

    async def _snapshot(self, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Snapshot:
        """Return what is known of a festival, half a second old or less, a little more while it is read anew."""
        door = self._doors.setdefault((mall_id, festival_id), _Door())
        seen = door.snapshot
        if seen is None or now - seen.read_at > FRESH:
            if door.reading is None or door.reading.done():
                door.reading = asyncio.create_task(self._read(door, mall_id, festival_id, now))
            if seen is None or now - seen.read_at > STALE:
                seen = await asyncio.shield(door.reading)
            else:
                door.reading.add_done_callback(_swallow)
        return seen

    async def _read(self, door: _Door, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Snapshot:
        try:
            door.snapshot = await self._read_anew(mall_id, festival_id, now)
        except NotFound:
            self._doors.pop((mall_id, festival_id), None)
            raise
        if door.desk is not None:
            door.desk.pace = door.snapshot.row.pace
        return door.snapshot

    async def _read_anew(self, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Snapshot:
        async with self._runtime.db.read() as tx:
            row = await queries.get_row(tx, mall_id=mall_id, festival_id=festival_id)
            if row.state is FestivalState.DRAFT:
                raise NotFound
            vouchers = await queries.vouchers(tx, row, now)
            few = any(voucher.remaining_now <= 0 for voucher in vouchers)
            others = await queries.others(tx, row, now) if few else []
            group_id = await malls.group_of(tx, mall_id)
        return Snapshot(row, group_id, vouchers, rules.alternatives(vouchers, others) if few else [], now)

    def _desk(self, seen: Snapshot) -> Desk:
        door = self._doors[seen.row.mall_id, seen.row.id]
        if door.desk is None:
            door.desk = Desk(self._runtime.db, seen.row.mall_id, seen.row.id, seen.group_id, seen.row.pace)
        return door.desk

    def _tell(self, seen: Snapshot, visitor: Visitor, now: datetime) -> None:
        """Count a claim for the watch on devices and addresses; the database hears of it within a second or so."""
        door = self._doors[seen.row.mall_id, seen.row.id]
        row, who = seen.row, visitor.actor.member_id
        address = rules.network(visitor.address)
        door.tally.add(SourceKind.DEVICE, str(visitor.device), who, row.device_claims_max)
        news = door.tally.add(SourceKind.ADDRESS, address, who, row.address_claims_max)
        if news and (door.telling is None or door.telling.done()):
            door.telling = asyncio.create_task(self._tell_soon(door, row, now))

    async def _tell_soon(self, door: _Door, row: store.Row, now: datetime) -> None:
        """Write what was counted, until there is nothing new."""
        await asyncio.sleep(TELL_S)
        while told := door.tally.take():
            try:
                await self._write_down(row, told, now)
            except Exception:
                log.exception("festivals.sources_not_counted", count=len(told))
                return

    async def _write_down(self, row: store.Row, told: list[store.Told], now: datetime) -> None:
        await self._runtime.db.write(
            Command(kind="festivals.count_sources", actor=SYSTEM, now=now, mall_id=row.mall_id),
            lambda tx: operations.count_sources(tx, mall_id=row.mall_id, festival_id=row.id, told=told, now=now),
            returns=int,
        )


def of(runtime: Runtime) -> WaitingRoom:
    """Return the waiting room of a process."""
    return runtime.own(WaitingRoom)


def _swallow(task: "asyncio.Task[Snapshot]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("festivals.not_read", error=str(task.exception()))


def _phase(row: store.Row, now: datetime) -> Phase:
    return rules.phase(row.state, row.opens_at, row.closes_at, now)


def _check_open(row: store.Row, now: datetime) -> None:
    match _phase(row, now):
        case Phase.ENDED:
            raise FestivalEnded(closes_at=queries.iso(row.closes_at))
        case Phase.PAUSED:
            raise FestivalPaused(retry_after=PAUSED_RETRY_S)
        case Phase.SCHEDULED:
            raise FestivalNotOpen(opens_at=queries.iso(row.opens_at))


def _check_district(row: store.Row, district: str | None) -> None:
    if district is not None and district not in {one.code for one in row.districts}:
        raise Invalid.field("district", "festival_district")
    if district is None and row.districts:
        raise Invalid.field("district", "required")


def _known(sealed: Sealed) -> coupons.Facts:
    """Return what was known of a ticket's owner when he queued up, so that nobody looks it up in the storm."""
    return coupons.Facts(tier=sealed.tier, household_id=sealed.household_id, birthday=sealed.birthday)


def _standing(seen: Snapshot, sealed: Sealed, now: datetime) -> Standing:
    row = seen.row
    phase = _phase(row, now)
    serving = rules.served(row.pace, now)
    moment = rules.turn_at(row.pace, sealed.number)
    mine = phase is Phase.LIVE and sealed.number <= serving
    return Standing(
        number=sealed.number,
        position=max(0, sealed.number - serving),
        serving=serving,
        turn_at=moment,
        turn_until=None if moment is None else moment + timedelta(seconds=row.turn_s),
        your_turn=mine,
        phase=phase,
        pause_zh=row.pause_zh,
        pause_en=row.pause_en,
        sold_out=seen.sold_out,
        next_release_at=seen.next_release_at,
        alternatives=seen.alternatives,
        poll_after_s=1 if mine else rules.poll_after(None if moment is None else moment - now),
        server_now=now,
    )
