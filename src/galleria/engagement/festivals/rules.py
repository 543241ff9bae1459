"""Decisions about festivals: whose turn it is, what a ticket says, what may change, and what looks wrong. Pure."""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

import msgspec

from galleria.engagement.festivals.model import (
    PACE_UNIT,
    Alternative,
    FestivalInput,
    FestivalState,
    Pace,
    Phase,
    Sealed,
    SourceKind,
    Voucher,
)
from galleria.kernel.errors import Conflict, DomainError, FieldError, Invalid, TooMany, Unavailable

MICROSECOND = timedelta(microseconds=1)
POLL_MOST_S = 20


class FestivalMoved(Conflict):
    """A festival in `state` cannot do that."""

    code = "festival_moved"


class FestivalNotOpen(Conflict):
    """The festival, or its waiting room, opens at `opens_at`."""

    code = "festival_not_open"


class FestivalPaused(Unavailable):
    """The festival stands still; ask again in `retry_after` seconds."""

    code = "festival_paused"


class FestivalEnded(Conflict):
    """The festival is over since `closes_at`."""

    code = "festival_ended"


class NotYourTurn(TooMany):
    """`position` people are before this ticket; its turn comes in about `retry_after` seconds."""

    code = "not_your_turn"


class LateComers(TooMany):
    """Those whose turn it is go first; try again in `retry_after` seconds."""

    code = "late_comers_wait"


class QueueFull(Unavailable):
    """So many came in this instant that some are asked to come again in `retry_after` seconds."""

    code = "queue_full"


class TicketWrong(DomainError):
    """The ticket is missing, forged, or of another member or festival."""

    code = "queue_ticket_wrong"
    status = 400


class ProofWrong(DomainError):
    """The proof of work is missing, wrong, expired, was used, or was made for somebody else: ask for a challenge."""

    code = "proof_wrong"
    status = 400


class DeviceMissing(DomainError):
    """The app did not say on which device it runs (header Galleria-Device)."""

    code = "device_missing"
    status = 400


def phase(state: FestivalState, opens_at: datetime, closes_at: datetime, now: datetime) -> Phase:
    """Return where a festival stands at a moment."""
    if state is FestivalState.DRAFT:
        return Phase.DRAFT
    if state is FestivalState.ENDED or now >= closes_at:
        return Phase.ENDED
    if state is FestivalState.PAUSED:
        return Phase.PAUSED
    return Phase.LIVE if now >= opens_at else Phase.SCHEDULED


def served(pace: Pace, now: datetime) -> int:
    """Return the last number whose turn has come: none before `since`, from the first microsecond on the first one."""
    return _millionths(pace, now) // PACE_UNIT if now >= pace.since else 0


def turn_at(pace: Pace, number: int) -> datetime | None:
    """Return when a number is served at the present pace, at the earliest `since`; None while nothing moves."""
    missing = number * PACE_UNIT - pace.base
    if missing <= 0:
        return pace.since
    if pace.per_s == 0:
        return None
    return pace.since + -(-missing // pace.per_s) * MICROSECOND


def at_another_pace(pace: Pace, per_s: int, now: datetime) -> Pace:
    """Return the pace from now on: what was served stays served, to the millionth, and nobody is passed over."""
    if now <= pace.since:
        return Pace(pace.since, pace.base, per_s)
    return Pace(now, _millionths(pace, now), per_s)


def _millionths(pace: Pace, now: datetime) -> int:
    return pace.base + pace.per_s * ((now - pace.since) // MICROSECOND)


def idle_until(pace: Pace, now: datetime) -> int:
    """Return the number that idle time has used up; the next one given is greater.

    At most a second's worth of people walks in at once: without this a quiet hour would let the next storm in as one.
    """
    return max(0, served(pace, now) - 1 - max(pace.per_s, 1))


def poll_after(wait: timedelta | None) -> int:
    """Return after how many seconds to ask again: sooner the nearer the turn."""
    if wait is None:
        return 5
    return max(1, min(POLL_MOST_S, int(wait.total_seconds() / 4)))


def seal(sealed: Sealed, key: bytes) -> str:
    """Return a ticket: what it says and its HMAC-SHA-256, base64url; no process needs to remember it."""
    payload = _encoder.encode(sealed)
    return _b64(payload + hmac.digest(key, payload, "sha256")[:16])


def unseal(ticket: str | None, key: bytes) -> Sealed:
    """Return what a ticket says; raises TicketWrong when it is missing, malformed or forged."""
    try:
        raw = _unb64(ticket or "")
        payload, mac = raw[:-16], raw[-16:]
        if not hmac.compare_digest(mac, hmac.digest(key, payload, "sha256")[:16]):
            raise TicketWrong
        return _decoder.decode(payload)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise TicketWrong from error


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder = msgspec.msgpack.Decoder(Sealed)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@lru_cache(65_536)
def network(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 that one household has of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def check(festival: FestivalInput) -> None:
    """Raise Invalid naming every field of a festival that contradicts another."""
    codes = [district.code for district in festival.districts]
    wrong = [
        ("closes_at", "festival_period", festival.closes_at <= festival.opens_at),
        ("coupon_ids", "festival_listed_twice", len(set(festival.coupon_ids)) != len(festival.coupon_ids)),
        ("districts", "festival_listed_twice", len(set(codes)) != len(codes)),
    ]
    errors = [FieldError(field, code) for field, code, bad in wrong if bad]
    if errors:
        raise Invalid(errors=tuple(errors))


SETTLED = ("coupon_ids", "opens_at", "districts", "waiting_room", "queue_lead_s")
"""What people have been told, and what tickets are made by: it stays once a festival is announced."""


def check_change(state: FestivalState, present: FestivalInput, changed: FestivalInput) -> None:
    """Raise FestivalMoved for an ended festival, Invalid for what may not change any more."""
    if state is FestivalState.ENDED:
        raise FestivalMoved(state=state.value)
    if state is FestivalState.DRAFT:
        return
    errors = [
        FieldError(name, "festival_settled") for name in SETTLED if getattr(present, name) != getattr(changed, name)
    ]
    if errors:
        raise Invalid(errors=tuple(errors))


class Release(msgspec.Struct, frozen=True):
    """One share of a coupon: from when until when it is to be had, and what is left of it."""

    starts_at: datetime | None
    ends_at: datetime | None
    left: int
    roll_over: bool


def released(shares: Sequence[Release], now: datetime) -> tuple[int, datetime | None]:
    """Return what is to be had now of all shares together, and when the next one opens.

    What is left of a share that is over and rolls over counts for the one that is open.
    """
    begun = [one for one in shares if one.starts_at is None or one.starts_at <= now]
    running = [one for one in begun if one.ends_at is None or now < one.ends_at]
    carried = sum(one.left for one in begun if one not in running and one.roll_over) if running else 0
    later = [one.starts_at for one in shares if one.starts_at is not None and one.starts_at > now and one.left > 0]
    return sum(one.left for one in running) + carried, min(later, default=None)


def alternatives(vouchers: Sequence[Voucher], others: Sequence[Alternative]) -> list[Alternative]:
    """Return what else there is: first what the festival still has, then the mall's own coupons; at most three."""
    own = [Alternative(v.coupon_id, v.title_zh, v.title_en, v.remaining, True) for v in vouchers if v.remaining_now > 0]
    return [*own, *(other for other in others if other.coupon_id not in {one.coupon_id for one in own})][:3]


class Finding(msgspec.Struct, frozen=True):
    """Something that looks wrong, in the words an operator reads."""

    kind: SourceKind
    key: str
    seen: int
    allowed: int
    member_ids: list[UUID]
    text_zh: str
    text_en: str


class Counted(msgspec.Struct, frozen=True):
    """Claims from one device or address, and what it was last forgiven for (0: never)."""

    kind: SourceKind
    key: str
    claims: int
    member_ids: list[UUID]
    forgiven: int


class ShopUse(msgspec.Struct, frozen=True):
    """Uses of the festival's vouchers in a shop, and its redemptions of anything in the four weeks before."""

    shop_id: UUID
    name_zh: str
    name_en: str
    used: int
    usual: int
    forgiven: int


def odd_source(counted: Counted, device_max: int, address_max: int) -> Finding | None:
    """Return what is wrong with a device or address: more claims than allowed, or than twice what was forgiven."""
    allowed = max(device_max if counted.kind is SourceKind.DEVICE else address_max, 2 * counted.forgiven)
    if counted.claims <= allowed:
        return None
    zh, en = _PLACES[counted.kind]
    people = len(counted.member_ids)
    return Finding(
        counted.kind,
        counted.key,
        counted.claims,
        allowed,
        counted.member_ids,
        f"同一{zh}已领取 {counted.claims} 张（上限 {allowed} 张），涉及至少 {people} 个账号，活动已自动暂停",
        f"One {en} has claimed {counted.claims} vouchers (at most {allowed} are usual), for {people} accounts or more; "
        "the festival paused itself.",
    )


_PLACES = {SourceKind.DEVICE: ("设备", "device"), SourceKind.ADDRESS: ("网络地址", "network address")}


def odd_shops(uses: Sequence[ShopUse], least: int, factor: int) -> list[Finding]:
    """Return the shops where vouchers are used far more than their part of the mall's business explains.

    A shop stands out with at least `least` uses and a share of all uses of more than `factor` times its usual share
    of redemptions; a shop without any is taken to have one. Forgiven ones stand out again at twice that.
    """
    used, usual = sum(use.used for use in uses), sum(max(use.usual, 1) for use in uses)
    found = []
    for use in uses:
        expected = max(1, used * max(use.usual, 1) // usual)
        allowed = max(least - 1, expected * factor, 2 * use.forgiven)
        if use.used > allowed:
            found.append(_odd_shop(use, expected, allowed))
    return found


def _odd_shop(use: ShopUse, expected: int, allowed: int) -> Finding:
    return Finding(
        SourceKind.SHOP,
        str(use.shop_id),
        use.used,
        allowed,
        [],
        f"“{use.name_zh}”已核销 {use.used} 张，按往常份额约为 {expected} 张，活动已自动暂停，请核实",
        f"{use.name_en} has redeemed {use.used} vouchers where its usual share would be about {expected}; the festival "
        "paused itself. Please look into it.",
    )
