"""What couriers deal in: requests for a shipment, quotes, runs (one order at one company), and the Protocol of one."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.errors import Conflict, Forbidden
from galleria.kernel.ids import MallId, MemberId, ShipmentId
from galleria.kernel.places import Stop

RequestId = NewType("RequestId", UUID)
RunId = NewType("RunId", UUID)


class RunState(StrEnum):
    """Where an order at one company stands: `quoted` until the company has it, `offered` until a courier takes it."""

    QUOTED = "quoted"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    TO_SHOP = "to_shop"
    PICKED = "picked"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"


_R = RunState
_AHEAD = (_R.QUOTED, _R.OFFERED, _R.ACCEPTED, _R.TO_SHOP, _R.PICKED, _R.DELIVERING, _R.DELIVERED)
_WITH_GOODS = frozenset({_R.PICKED, _R.DELIVERING})
RUN_TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    state: frozenset(_AHEAD[place + 1 :])
    | ({_R.RETURNING, _R.RETURNED} if state is not _R.QUOTED else frozenset())
    | (frozenset() if state in _WITH_GOODS else {_R.CANCELLED})
    for place, state in enumerate(_AHEAD[:-1])
} | {
    _R.RETURNING: frozenset({_R.RETURNED}),
    _R.DELIVERED: frozenset(),
    _R.RETURNED: frozenset(),
    _R.CANCELLED: frozenset(),
}
"""Steps may be missed, never undone: what a company tells late is about a state already behind."""

RUN_ENDED = frozenset(state for state, after in RUN_TRANSITIONS.items() if not after)
BEFORE_PICKUP = frozenset({_R.QUOTED, _R.OFFERED, _R.ACCEPTED, _R.TO_SHOP})


class RequestState(StrEnum):
    """Where a request stands: the present run's state, or `quoting`, `seeking` (nobody took it yet), `failed`."""

    QUOTING = "quoting"
    SEEKING = "seeking"
    ACCEPTED = "accepted"
    TO_SHOP = "to_shop"
    PICKED = "picked"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    FAILED = "failed"


REQUEST_ENDED = frozenset({RequestState.DELIVERED, RequestState.RETURNED, RequestState.CANCELLED, RequestState.FAILED})


class Trouble(StrEnum):
    """Why a run came to nothing, whatever the company calls it."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    CAPACITY = "capacity"
    FORCE_MAJEURE = "force_majeure"
    MERCHANT_NOT_READY = "merchant_not_ready"
    RIDER_FAULT = "rider_fault"
    NOT_ACCEPTED = "not_accepted"
    OUT_OF_RANGE = "out_of_range"
    TOO_DEAR = "too_dear"
    UNAVAILABLE = "unavailable"
    CALLED_OFF = "called_off"
    UNKNOWN = "unknown"


class CancelWhy(StrEnum):
    """Why we call a run off: nobody took it in time, we do not need it, or the company holds one that is over here."""

    NOT_ACCEPTED = "not_accepted"
    ASKED = "asked"
    ORPHAN = "orphan"


class Choose(StrEnum):
    """Which of the quotes is taken."""

    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    PREFERRED = "preferred"


class CourierPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How a mall chooses couriers: those it works with (none named: all connected), the preferred first.

    Another one is asked when nobody took it in time, at most `tries_max` times in all.
    """

    choose: Choose = Choose.CHEAPEST
    companies: list[str]
    accept_minutes: int = 5
    tries_max: int = 4
    price_max_minor: int | None = None


class CourierPolicyInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a mall decides about couriers; nobody is asked who wants more than `price_max_minor`."""

    choose: Choose = Choose.CHEAPEST
    companies: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=20)]
    accept_minutes: Annotated[int, Meta(ge=1, le=120)] = 5
    tries_max: Annotated[int, Meta(ge=1, le=20)] = 4
    price_max_minor: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None


class CourierOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a company is asked to carry; `id` is our number there and the same however often it is sent.

    The code is not told: whoever receives says it to nobody but us.
    """

    id: UUID
    mall_id: MallId
    number: str
    title: str
    pickup: Stop
    dropoff: Stop
    goods_minor: int
    weight_g: int
    currency: str
    ready_at: datetime
    deliver_by: datetime
    price_minor: int = 0
    token: str = ""
    reference: str | None = None


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """What a company wants (minor units), in how many minutes it is there, and its fees for calling off and return.

    `token` is what it wants to see again when the order is made.
    """

    price_minor: int
    minutes: int
    token: str = ""
    cancel_minor: int = 0
    return_minor: int = 0


class CourierNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What a company told us of an order, its signature already checked; `notice_id` is the same when told again.

    `state` is None when the company does not know the order.
    """

    notice_id: str
    company: str
    mall_id: MallId
    run_id: RunId
    state: RunState | None
    said_at: datetime
    reason: Trouble | None = None
    reference: str | None = None
    courier_name: str = ""
    courier_phone: str = ""
    lat: float | None = None
    lon: float | None = None
    cost_minor: int | None = None


class NoticeForged(Forbidden):
    """The notice's signature does not hold, or it is too old; nothing was believed."""

    code = "courier_notice_forged"


class CourierRefused(Exception):
    """The company said no, for this reason."""

    def __init__(self, trouble: Trouble, text: str = "") -> None:
        super().__init__(f"{trouble.value}: {text}" if text else trouble.value)
        self.trouble = trouble


class CourierUnavailable(Exception):
    """The company could not be reached or did not answer: what it did is unknown and must be asked again."""


class Acknowledgement(msgspec.Struct, frozen=True):
    """An HTTP answer: status, content type and body."""

    status: int
    kind: str
    body: bytes


class CourierCompany(Protocol):
    """A courier company. No call happens inside a transaction of ours; every call may be repeated with one effect.

    Each raises CourierUnavailable when the truth stays unknown.
    """

    name: str
    title_zh: str
    title_en: str

    async def quote(self, order: CourierOrder) -> Quoted:
        """Return what carrying it costs and how long it takes. Raises CourierRefused."""
        ...

    async def create(self, order: CourierOrder) -> str:
        """Place the order, once per id, and return the company's number for it. Raises CourierRefused."""
        ...

    async def cancel(self, order: CourierOrder, *, reason: str) -> CourierNotice:
        """Call the order off and return how it stands then: `cancelled` with its fee, or too late."""
        ...

    async def query(self, order: CourierOrder) -> CourierNotice:
        """Return how the order stands."""
        ...

    async def tip(self, order: CourierOrder, *, tip_minor: int) -> None:
        """Raise the courier's tip to this much in all, which is more than before. Raises CourierRefused."""
        ...

    async def confirm_returned(self, order: CourierOrder) -> None:
        """Tell the company that what it could not deliver is back in the shop. Raises CourierRefused."""
        ...

    def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> CourierNotice:
        """Return what an incoming notice says; raises NoticeForged when its signature does not hold."""
        ...

    def acknowledge(self, *, known: bool) -> Acknowledgement:
        """Return what the company wants to hear after a notice; `known` tells whether we have such an order."""
        ...


class Companies:
    """The courier companies this installation works with, by name, in order of preference."""

    def __init__(self, *companies: CourierCompany) -> None:
        self._by_name = {company.name: company for company in companies}

    @property
    def names(self) -> list[str]:
        """Return their names."""
        return list(self._by_name)

    def get(self, name: str) -> CourierCompany | None:
        """Return the company of that name, or None."""
        return self._by_name.get(name)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A shipment that couriers are asked to carry."""

    mall_id: MallId
    id: RequestId
    shipment_id: ShipmentId
    member_id: MemberId
    number: str
    title: str
    pickup: Stop
    dropoff: Stop
    goods_minor: int
    weight_g: int
    currency: str
    ready_at: datetime
    deliver_by: datetime
    state: RequestState
    reason: str
    tries: int
    asked: int
    created_at: datetime
    ended_at: datetime | None


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What a company answered when asked: a price and minutes, or why not."""

    company: str
    price_minor: int | None
    minutes: int | None
    token: str = ""
    cancel_minor: int = 0
    return_minor: int = 0
    why_not: Trouble | None = None
    at: datetime


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One order at one company for a request; money in minor units. `cost_minor` is what it cost us in the end."""

    mall_id: MallId
    id: RunId
    request_id: RequestId
    n: int
    company: str
    state: RunState
    reason: str
    token: str
    price_minor: int
    tip_minor: int
    tip_asked_minor: int
    cancel_minor: int
    return_minor: int
    cost_minor: int
    told_minor: int | None
    reference: str | None
    cancel_why: CancelWhy | None
    courier_name: str
    courier_phone: str
    lat: float | None
    lon: float | None
    seen_at: datetime | None
    told_at: datetime | None
    asked_at: datetime | None
    asks: int
    error: str
    created_at: datetime
    offered_at: datetime | None
    accepted_at: datetime | None
    picked_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None


class QuoteView(msgspec.Struct, frozen=True, kw_only=True):
    """A quote as the mall compares it."""

    company: str
    price_minor: int | None
    minutes: int | None
    cancel_minor: int
    why_not: Trouble | None
    at: datetime


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the mall sees it."""

    id: RunId
    n: int
    company: str
    state: RunState
    reason: str
    price_minor: int
    tip_minor: int
    tip_asked_minor: int
    cost_minor: int
    told_minor: int | None
    reference: str | None
    calling_off: bool
    courier_name: str
    courier_phone: str
    error: str
    created_at: datetime
    accepted_at: datetime | None
    picked_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None


class RequestView(msgspec.Struct, frozen=True, kw_only=True):
    """A request with the quotes it got and every run it had; `late` when the promised time has passed."""

    id: RequestId
    shipment_id: ShipmentId
    number: str
    title: str
    pickup: Stop
    dropoff: Stop
    currency: str
    ready_at: datetime
    deliver_by: datetime
    state: RequestState
    reason: str
    late: bool
    created_at: datetime
    ended_at: datetime | None
    quotes: list[QuoteView]
    runs: list[RunView]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """How one company did over some days. Rates in basis points; None where nothing was counted.

    `accept_s` is the median of seconds until a courier took it; `differences` are runs the company prices otherwise.
    """

    company: str
    title_zh: str
    title_en: str
    quotes: int
    declined: int
    mean_price_minor: int | None
    mean_minutes: int | None
    runs: int
    accepted: int
    accept_s: int | None
    delivered: int
    on_time_bp: int | None
    cancelled: int
    returned: int
    troubles: dict[str, int]
    cost_minor: int
    differences: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The companies side by side, over half-open days of the mall's calendar."""

    currency: str
    companies: list[Compared]


class CompanyView(msgspec.Struct, frozen=True, kw_only=True):
    """A company this installation can work with."""

    name: str
    title_zh: str
    title_en: str


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """The mall's policy and the companies it can choose from."""

    policy: CourierPolicy
    companies: list[CompanyView]


class TipRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tip in all (minor units); it only rises."""

    tip_minor: Annotated[int, Meta(ge=1, le=100_000)]


class CalledOff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a request is called off."""

    reason: Annotated[str, Meta(max_length=100, pattern=r"^[^\x00]*$")] = ""


class RequestMoved(Conflict):
    """The request is not in a state for this: `state`."""

    code = "courier_request_moved"


class TipNotRaised(Conflict):
    """A tip must exceed the one before, while a courier is sought or on the way: `tip_minor` now."""

    code = "tip_not_raised"


class UnknownCompany(Conflict):
    """No such courier company is connected."""

    code = "unknown_courier"
