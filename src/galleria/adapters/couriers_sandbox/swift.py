"""A company that speaks REST: JSON, decimal amounts, states in words, webhooks as Standard Webhooks signs them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec

from galleria.adapters import webhooks
from galleria.adapters.couriers_sandbox.wire import Answer, Wire, require_up
from galleria.commerce.couriers import (
    Acknowledgement,
    CourierNotice,
    CourierOrder,
    CourierRefused,
    CourierUnavailable,
    NoticeForged,
    Quoted,
    RunId,
    RunState,
    Trouble,
)
from galleria.kernel.ids import MallId
from galleria.kernel.places import Stop
from galleria.platform.db import utc_now

NAME = "swift"

STATES: dict[str, RunState] = {
    "pending": RunState.OFFERED,
    "assigned": RunState.ACCEPTED,
    "at_pickup": RunState.TO_SHOP,
    "picked_up": RunState.PICKED,
    "in_transit": RunState.DELIVERING,
    "delivered": RunState.DELIVERED,
    "returning": RunState.RETURNING,
    "returned": RunState.RETURNED,
    "canceled": RunState.CANCELLED,
}
REASONS: dict[str, Trouble] = {
    "customer_unreachable": Trouble.UNREACHABLE,
    "customer_refused": Trouble.REFUSED,
    "no_courier_available": Trouble.CAPACITY,
    "weather": Trouble.FORCE_MAJEURE,
    "order_not_ready": Trouble.MERCHANT_NOT_READY,
    "courier_issue": Trouble.RIDER_FAULT,
    "canceled_by_sender": Trouble.CALLED_OFF,
    "out_of_service_area": Trouble.OUT_OF_RANGE,
}


class Courier(msgspec.Struct, frozen=True):
    """Who carries, as the company tells it."""

    name: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Delivery(msgspec.Struct, frozen=True):
    """A delivery as the company tells of it."""

    id: str
    external_id: str
    account: str
    status: str
    updated_at: datetime
    reason: str | None = None
    total_fee: str | None = None
    courier: Courier = Courier()


class Webhook(msgspec.Struct, frozen=True):
    """The body of a webhook."""

    type: str
    data: Delivery


class Fault(msgspec.Struct, frozen=True):
    """Why the company says no."""

    code: str
    message: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """The body of an answer that says no; `delivery` tells how it stands, where there is one."""

    error: Fault
    delivery: Delivery | None = None


class Offer(msgspec.Struct, frozen=True):
    """The body of a quote."""

    id: str
    fee: str
    cancellation_fee: str
    return_fee: str
    eta_minutes: int


def check(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the webhook's id; raises NoticeForged when the signature does not hold or it is too old."""
    webhook_id = webhooks.signed_id(key, headers, body, now)
    if webhook_id is None:
        raise NoticeForged
    return webhook_id


def minor(amount: str) -> int:
    """Return a decimal amount of a currency with two places in minor units; raises ValueError when it is none."""
    try:
        found = Decimal(amount) * 100
    except InvalidOperation as error:
        raise ValueError(amount) from error
    if found != found.to_integral_value():
        raise ValueError(amount)
    return int(found)


def decimal(amount_minor: int) -> str:
    """Return minor units as a decimal amount with two places."""
    return f"{amount_minor // 100}.{amount_minor % 100:02}"


class Swift:
    """The adapter of CourierCompany for the company of words."""

    name = NAME
    title_zh = "燕速达"
    title_en = "Swift"

    def __init__(self, wire: Wire, key: bytes, token: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.wire = wire
        self._key = key
        self._token = token
        self._clock = clock

    async def quote(self, order: CourierOrder) -> Quoted:
        """Ask for a price; see CourierCompany."""
        offer = _decode(_accepted(await self._send("POST", "/v1/quotes", _goods(order))), Offer)
        try:
            return Quoted(
                price_minor=minor(offer.fee),
                minutes=offer.eta_minutes,
                token=offer.id,
                cancel_minor=minor(offer.cancellation_fee),
                return_minor=minor(offer.return_fee),
            )
        except ValueError as error:
            raise CourierUnavailable("a price that cannot be read") from error

    async def create(self, order: CourierOrder) -> str:
        """Place the order; see CourierCompany."""
        body = {**_goods(order), "quote_id": order.token}
        answer = await self._send("POST", "/v1/deliveries", body, key=str(order.id))
        made: Delivery = _decode(_accepted(answer), Delivery)
        return made.id

    async def cancel(self, order: CourierOrder, *, reason: str) -> CourierNotice:
        """Call the order off; see CourierCompany."""
        answer = await self._send("POST", f"/v1/deliveries/{order.id}/cancel", {"reason": reason})
        if answer.status == 409:
            standing = _decode(answer, Refusal).delivery
            if standing is not None:
                return self._notice(standing)
        return self._found(order, answer)

    async def query(self, order: CourierOrder) -> CourierNotice:
        """Ask how the order stands; see CourierCompany."""
        return self._found(order, await self._send("GET", f"/v1/deliveries/{order.id}", None))

    async def tip(self, order: CourierOrder, *, tip_minor: int) -> None:
        """Raise the tip; see CourierCompany."""
        _accepted(await self._send("POST", f"/v1/deliveries/{order.id}/tip", {"amount": decimal(tip_minor)}))

    async def confirm_returned(self, order: CourierOrder) -> None:
        """Confirm that goods came back; see CourierCompany."""
        _accepted(await self._send("POST", f"/v1/deliveries/{order.id}/return-confirmation", {}))

    def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> CourierNotice:
        """Return what a webhook says, once its signature and time hold."""
        webhook_id = check(self._key, headers, body, now)
        try:
            return self._notice(msgspec.json.decode(body, type=Webhook).data, webhook_id)
        except (msgspec.MsgspecError, CourierUnavailable) as error:
            raise NoticeForged from error

    def acknowledge(self, *, known: bool) -> Acknowledgement:
        """Return an empty success, or gone: the company then stops telling."""
        return Acknowledgement(204 if known else 410, "application/json", b"")

    async def _send(self, method: str, path: str, body: Any, *, key: str | None = None) -> Answer:
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        if key is not None:
            headers["idempotency-key"] = key
        content = b"" if body is None else msgspec.json.encode(body)
        return require_up(await self.wire.send(method, path, headers=headers, body=content))

    def _found(self, order: CourierOrder, answer: Answer) -> CourierNotice:
        if answer.status == 404:
            return CourierNotice(
                notice_id="unknown", company=NAME, mall_id=order.mall_id, run_id=RunId(order.id), state=None,
                said_at=self._clock(),
            )  # fmt: skip
        return self._notice(_decode(_accepted(answer), Delivery))

    def _notice(self, told: Delivery, webhook_id: str | None = None) -> CourierNotice:
        try:
            return CourierNotice(
                notice_id=webhook_id or f"{told.id}-{told.status}-{int(told.updated_at.timestamp() * 1000)}",
                company=NAME,
                mall_id=MallId(UUID(told.account)),
                run_id=RunId(UUID(told.external_id)),
                state=STATES[told.status],
                reason=None if told.reason is None else REASONS.get(told.reason, Trouble.UNKNOWN),
                said_at=told.updated_at,
                reference=told.id,
                courier_name=told.courier.name,
                courier_phone=told.courier.phone,
                lat=told.courier.latitude,
                lon=told.courier.longitude,
                cost_minor=None if told.total_fee is None else minor(told.total_fee),
            )
        except (KeyError, ValueError) as error:
            raise CourierUnavailable("a delivery that cannot be read") from error


def _accepted(answer: Answer) -> Answer:
    """Return an answer that says yes; raises CourierRefused for one that says no."""
    if answer.status < 400:
        return answer
    fault = _decode(answer, Refusal).error
    raise CourierRefused(REASONS.get(fault.code, Trouble.UNKNOWN), f"{fault.code} {fault.message}".strip())


def _decode(answer: Answer, kind: Any) -> Any:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError as error:
        raise CourierUnavailable("an answer that cannot be read") from error


def _goods(order: CourierOrder) -> dict[str, Any]:
    return {
        "external_id": str(order.id),
        "account": str(order.mall_id),
        "pickup": _place(order.pickup),
        "dropoff": _place(order.dropoff),
        "description": order.number,
        "weight_grams": order.weight_g,
        "value": decimal(order.goods_minor),
        "currency": order.currency,
        "pickup_ready_at": order.ready_at,
        "dropoff_deadline_at": order.deliver_by,
    }


def _place(stop: Stop) -> dict[str, Any]:
    return {
        "contact": {"name": stop.name, "phone": stop.phone},
        "address": stop.address,
        "floor": stop.floor,
        "unit": stop.unit,
        "latitude": stop.lat,
        "longitude": stop.lon,
    }
