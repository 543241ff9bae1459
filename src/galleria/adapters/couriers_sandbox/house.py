"""The companies themselves: what they charge, how their orders go, and what goes wrong.

The last four digits of the receiver's phone choose what goes wrong, as test cards do at payment companies: 0001
nobody takes it, 0002 no capacity, 0003 the courier gives up before the shop (these three at KuaiSong only, so that
another company can be seen to take over), 0004 nobody answers the door, 0005 the receiver refuses, 0006 a storm, 0007
the shop is not ready.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from galleria.adapters import webhooks
from galleria.adapters.couriers_sandbox import kuaisong, store, swift
from galleria.adapters.couriers_sandbox.store import Entry
from galleria.adapters.couriers_sandbox.wire import Answer
from galleria.commerce.couriers import RunState
from galleria.kernel.places import distance_m
from galleria.platform.db import Database, utc_now

CANCEL_FEE = 200
FAR_M = 15_000
RANGE = 1_500
"""How far a delivery is whose place nobody knows, in metres."""

_S = RunState
GOES_WELL = (
    (4, _S.ACCEPTED, ""), (8, _S.TO_SHOP, ""), (10, _S.PICKED, ""), (5, _S.DELIVERING, ""), (25, _S.DELIVERED, ""),
)  # fmt: skip
SCRIPTS: dict[str, tuple[tuple[int, RunState, str], ...]] = {
    "0001": (),
    "0002": ((4, _S.CANCELLED, "capacity"),),
    "0003": (*GOES_WELL[:1], (6, _S.CANCELLED, "rider_fault")),
    "0004": (*GOES_WELL[:4], (20, _S.RETURNING, "unreachable")),
    "0005": (*GOES_WELL[:4], (20, _S.RETURNING, "refused")),
    "0006": (*GOES_WELL[:2], (5, _S.CANCELLED, "force_majeure")),
    "0007": (*GOES_WELL[:2], (5, _S.CANCELLED, "merchant_not_ready")),
}
ONLY_KUAISONG = frozenset({"0001", "0002", "0003"})

Tell = Callable[[str, Mapping[str, str], bytes, datetime], Any]


class Tariff(msgspec.Struct, frozen=True):
    """What a company charges (minor units) and how fast it is."""

    base_minor: int
    per_km_minor: int
    minutes: int


TARIFFS = {kuaisong.NAME: Tariff(600, 150, 40), swift.NAME: Tariff(900, 100, 25)}


class House:
    """Both companies' books and the hands that move their orders on."""

    def __init__(self, db: Database, keys: Mapping[str, bytes], *, clock: Callable[[], datetime] = utc_now) -> None:
        self.db = db
        self.keys = keys
        self.clock = clock

    async def place(self, company: str, order_id: UUID, body: dict[str, Any], place: tuple[Any, Any, Any]) -> Entry:
        """Write an order down, once per id; `place` is both ends (or None) and the receiver's phone."""
        now, script = self.clock(), script_of(company, str(place[2]))
        new = Entry(
            order_id, company, f"{company[:2].upper()}{order_id.hex[-10:]}", body, _S.OFFERED.value,
            price_of(company, place[0], place[1]), 0, 0, 0,
            now + timedelta(seconds=script[0][0]) if script else None, now,
        )  # fmt: skip
        return await store.place(self.db, new)

    async def move(self, entry: Entry, state: RunState, reason: str = "", *, step: int | None = None) -> Entry | None:
        """Move an order on and fix its fee when it is over; None when it was moved by somebody else."""
        now, script = self.clock(), script_of(entry.company, phone_of(entry))
        after = entry.step if step is None else step
        pending = step is not None and after < len(script)
        next_at = now + timedelta(seconds=script[after][0]) if pending else None
        said = state.value if not reason else f"{state.value}:{reason}"
        fee = fee_of(entry, state, reason)
        return await store.move(self.db, entry, said, fee_minor=fee, step=after, next_at=next_at, now=now)

    async def cancel(self, entry: Entry) -> Entry | None:
        """Call an order off while its goods are in the shop; None when it is too late or over."""
        state = RunState(entry.state.partition(":")[0])
        if state not in {_S.OFFERED, _S.ACCEPTED, _S.TO_SHOP}:
            return None
        return await self.move(entry, _S.CANCELLED, "called_off")

    async def advance(self, tell: Tell) -> int:
        """Move on what is due and tell it; returns how many."""
        moved = 0
        for entry in await store.due(self.db, self.clock()):
            script = script_of(entry.company, phone_of(entry))
            _, state, reason = script[entry.step]
            after = await self.move(entry, state, reason, step=entry.step + 1)
            if after is not None:
                moved += 1
                await tell(entry.company, *self.notice(after), self.clock())
        return moved

    def notice(self, entry: Entry) -> tuple[dict[str, str], bytes]:
        """Return headers and body of the notice about an order, in its company's dialect."""
        if entry.company == kuaisong.NAME:
            headers = {"content-type": "application/x-www-form-urlencoded"}
            return headers, kuaisong.seal(self.keys[entry.company], numbers(entry), self.clock())
        body = msgspec.json.encode({"type": "delivery.updated", "data": words(entry)})
        webhook_id = f"msg_{entry.id.hex}_{entry.step}_{entry.state}"
        return webhooks.sign(self.keys[entry.company], webhook_id, body, self.clock()), body


def script_of(company: str, phone: str) -> tuple[tuple[int, RunState, str], ...]:
    """Return how an order goes at a company: after so many seconds, this state, for this reason."""
    tail = phone[-4:]
    if tail in ONLY_KUAISONG and company != kuaisong.NAME:
        return GOES_WELL
    return SCRIPTS.get(tail, GOES_WELL)


def price_of(company: str, start: tuple[float, float] | None, end: tuple[float, float] | None) -> int:
    """Return what a company charges from one place to another, by begun kilometres."""
    metres = RANGE if start is None or end is None else distance_m(start, end)
    tariff = TARIFFS[company]
    return tariff.base_minor + tariff.per_km_minor * -(-metres // 1000)


def is_far(start: tuple[float, float] | None, end: tuple[float, float] | None) -> bool:
    """Return whether a company does not go there."""
    return start is not None and end is not None and distance_m(start, end) > FAR_M


def fee_of(entry: Entry, state: RunState, reason: str) -> int:
    """Return what an order costs when it is over."""
    if state is _S.DELIVERED:
        return entry.price_minor + entry.tip_minor
    if state is _S.RETURNED:
        return entry.price_minor + entry.tip_minor + entry.price_minor // 2
    taken = not entry.state.startswith(_S.OFFERED.value)
    return CANCEL_FEE if state is _S.CANCELLED and taken and reason in {"called_off", "merchant_not_ready"} else 0


def phone_of(entry: Entry) -> str:
    """Return the receiver's phone."""
    body = entry.body
    return str(body["receiver"]["phone"] if "receiver" in body else body["dropoff"]["contact"]["phone"])


def way_of(entry: Entry) -> tuple[float | None, float | None]:
    """Return where the courier is: at the shop, half way, or nobody knows."""
    start, end = ends_of(entry.body)
    if start is None or end is None or not entry.state.startswith((_S.PICKED.value, _S.DELIVERING.value)):
        return None, None
    part = 0.1 if entry.state == _S.PICKED.value else 0.6
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def ends_of(body: dict[str, Any]) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Return both ends of an order, None where nobody knows."""
    if "receiver" in body:
        return _at(body["sender"], "lat", "lng"), _at(body["receiver"], "lat", "lng")
    return _at(body["pickup"], "latitude", "longitude"), _at(body["dropoff"], "latitude", "longitude")


def _at(place: dict[str, Any], lat: str, lon: str) -> tuple[float, float] | None:
    return None if place.get(lat) is None or place.get(lon) is None else (place[lat], place[lon])


_NUMBERS = {
    "offered": 101, "accepted": 102, "to_shop": 201, "picked": 202, "delivering": 301, "delivered": 302,
    "returned": 401, "cancelled:called_off": 103, "cancelled:rider_fault": 204, "cancelled:merchant_not_ready": 205,
    "cancelled:capacity": 501, "cancelled:force_majeure": 502, "returning:called_off": 303,
    "returning:unreachable": 304, "returning:refused": 305,
}  # fmt: skip


def numbers(entry: Entry) -> dict[str, Any]:
    """Return an order as KuaiSong tells of it."""
    lat, lon = way_of(entry)
    named = entry.state not in {"offered", "cancelled:capacity"}
    return {
        "order_no": str(entry.id),
        "shop_no": entry.body["shop_no"],
        "status": _NUMBERS[entry.state],
        "update_time": int(entry.changed_at.timestamp()),
        "delivery_no": entry.their_number,
        "rider_name": "陈师傅" if named else "",
        "rider_phone": "13900001111" if named else "",
        "lng": lon,
        "lat": lat,
        "fee": entry.fee_minor if entry.state.partition(":")[0] in {"delivered", "returned", "cancelled"} else None,
    }


_WORDS = {
    "offered": "pending", "accepted": "assigned", "to_shop": "at_pickup", "picked": "picked_up",
    "delivering": "in_transit", "delivered": "delivered", "returning": "returning", "returned": "returned",
    "cancelled": "canceled",
}  # fmt: skip
_WHY = {
    "called_off": "canceled_by_sender", "rider_fault": "courier_issue", "merchant_not_ready": "order_not_ready",
    "capacity": "no_courier_available", "force_majeure": "weather", "unreachable": "customer_unreachable",
    "refused": "customer_refused",
}  # fmt: skip


def words(entry: Entry) -> dict[str, Any]:
    """Return an order as Swift tells of it."""
    state, _, reason = entry.state.partition(":")
    lat, lon = way_of(entry)
    named = state != "offered"
    return {
        "id": entry.their_number,
        "external_id": str(entry.id),
        "account": entry.body["account"],
        "status": _WORDS[state],
        "updated_at": entry.changed_at,
        "reason": _WHY.get(reason),
        "total_fee": swift.decimal(entry.fee_minor) if state in {"delivered", "returned", "cancelled"} else None,
        "courier": {
            "name": "Wang Lei" if named else "",
            "phone": "13900002222" if named else "",
            "latitude": lat,
            "longitude": lon,
        },
    }


def refusal(code: str, entry: Entry | None = None, *, status: int = 422) -> Answer:
    """Return Swift's no, with how the delivery stands where there is one."""
    body = {"error": {"code": code, "message": ""}, "delivery": None if entry is None else words(entry)}
    return Answer(status, msgspec.json.encode(body))
