"""A company that speaks numbers: signed form posts, states from 101 to 502, amounts in fen, times in Unix seconds."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec

from galleria.adapters.couriers_sandbox.wire import Wire, require_up
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

NAME = "kuaisong"
APP_KEY = "galleria"
TOLERANCE = timedelta(minutes=5)
"""How far the time in a message may lie from ours, so that an old one is not replayed."""

OK, SIGN_WRONG, NO_CAPACITY, OUT_OF_RANGE, NO_SUCH_ORDER, TOO_LATE, TIP_TOO_LOW = (
    0, 10001, 20001, 20002, 20003, 20005, 20006
)  # fmt: skip

STATES: dict[int, tuple[RunState, Trouble | None]] = {
    101: (RunState.OFFERED, None),
    102: (RunState.ACCEPTED, None),
    103: (RunState.CANCELLED, Trouble.CALLED_OFF),
    201: (RunState.TO_SHOP, None),
    202: (RunState.PICKED, None),
    203: (RunState.CANCELLED, Trouble.CALLED_OFF),
    204: (RunState.CANCELLED, Trouble.RIDER_FAULT),
    205: (RunState.CANCELLED, Trouble.MERCHANT_NOT_READY),
    301: (RunState.DELIVERING, None),
    302: (RunState.DELIVERED, None),
    303: (RunState.RETURNING, Trouble.CALLED_OFF),
    304: (RunState.RETURNING, Trouble.UNREACHABLE),
    305: (RunState.RETURNING, Trouble.REFUSED),
    401: (RunState.RETURNED, None),
    501: (RunState.CANCELLED, Trouble.CAPACITY),
    502: (RunState.CANCELLED, Trouble.FORCE_MAJEURE),
}
"""What the company's numbers mean, as the field's instant delivery services number them."""

REFUSALS = {NO_CAPACITY: Trouble.CAPACITY, OUT_OF_RANGE: Trouble.OUT_OF_RANGE}


class Told(msgspec.Struct, frozen=True):
    """An order as the company tells of it, in an answer or a notice."""

    order_no: str
    shop_no: str
    status: int
    update_time: int
    delivery_no: str = ""
    rider_name: str = ""
    rider_phone: str = ""
    lng: float | None = None
    lat: float | None = None
    fee: int | None = None


class Reply(msgspec.Struct, frozen=True):
    """Every answer of the company: a code, words, and the data."""

    code: int
    msg: str = ""
    data: dict[str, Any] = {}


def seal(key: bytes, data: Any, now: datetime) -> bytes:
    """Return a signed form: an HMAC-SHA-256 in hexadecimal over its fields in order of their names."""
    form = {
        "app_key": APP_KEY,
        "data": msgspec.json.encode(data).decode(),
        "nonce": secrets.token_hex(8),
        "timestamp": str(int(now.timestamp())),
    }
    return urlencode({**form, "sign": _sign(key, form)}).encode()


def unseal(key: bytes, body: bytes, now: datetime) -> bytes | None:
    """Return the data of a signed form; None when it was changed, is another's, or too old."""
    try:
        form = dict(parse_qsl(body.decode(), strict_parsing=True))
        given, data = form.pop("sign"), form["data"]
        fresh = abs(now.timestamp() - int(form["timestamp"])) <= TOLERANCE.total_seconds()
    except (KeyError, ValueError):
        return None
    good = hmac.compare_digest(_sign(key, form).encode(), given.encode())
    return data.encode() if good and fresh and form.get("app_key") == APP_KEY else None


def _sign(key: bytes, form: Mapping[str, str]) -> str:
    text = "&".join(f"{name}={form[name]}" for name in sorted(form))
    return hmac.digest(key, text.encode(), "sha256").hex()


class KuaiSong:
    """The adapter of CourierCompany for the company of numbers."""

    name = NAME
    title_zh = "快送达"
    title_en = "KuaiSong"

    def __init__(self, wire: Wire, key: bytes, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.wire = wire
        self._key = key
        self._clock = clock

    async def quote(self, order: CourierOrder) -> Quoted:
        """Ask for a price; see CourierCompany."""
        reply = await self._ask("price", _goods(order))
        try:
            return Quoted(
                price_minor=int(reply.data["fee"]),
                minutes=-(-int(reply.data["duration"]) // 60),
                token=str(reply.data["price_token"]),
                cancel_minor=int(reply.data["cancel_fee"]),
                return_minor=int(reply.data["return_fee"]),
            )
        except (KeyError, ValueError) as error:
            raise CourierUnavailable("a price that cannot be read") from error

    async def create(self, order: CourierOrder) -> str:
        """Place the order; see CourierCompany."""
        reply = await self._ask("add", {**_goods(order), "price_token": order.token})
        return str(reply.data.get("delivery_no", ""))

    async def cancel(self, order: CourierOrder, *, reason: str) -> CourierNotice:
        """Call the order off; see CourierCompany."""
        reply = await self._ask("cancel", {**_which(order), "reason": reason}, fine={OK, TOO_LATE, NO_SUCH_ORDER})
        return self._read(order, reply, "cancel")

    async def query(self, order: CourierOrder) -> CourierNotice:
        """Ask how the order stands; see CourierCompany."""
        return self._read(order, await self._ask("query", _which(order), fine={OK, NO_SUCH_ORDER}), "query")

    async def tip(self, order: CourierOrder, *, tip_minor: int) -> None:
        """Raise the tip; see CourierCompany."""
        await self._ask("tip", {**_which(order), "tip": tip_minor})

    async def confirm_returned(self, order: CourierOrder) -> None:
        """Confirm that goods came back; see CourierCompany."""
        await self._ask("confirm_return", _which(order))

    def parse_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> CourierNotice:  # noqa: ARG002 - it signs the form, not the headers
        """Return what a notice says, once its signature and time hold."""
        data = unseal(self._key, body, now)
        try:
            if data is None:
                raise NoticeForged
            told = msgspec.json.decode(data, type=Told)
            return _notice(told, f"{told.order_no}-{told.status}-{told.update_time}")
        except (msgspec.MsgspecError, KeyError, ValueError) as error:
            raise NoticeForged from error

    def acknowledge(self, *, known: bool) -> Acknowledgement:
        """Return the company's own word for having heard."""
        reply = Reply(OK, "success") if known else Reply(NO_SUCH_ORDER, "order not found")
        return Acknowledgement(200, "application/json", msgspec.json.encode(reply))

    async def _ask(self, action: str, data: dict[str, Any], *, fine: set[int] | None = None) -> Reply:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = require_up(
            await self.wire.send(
                "POST", f"/api/order/{action}", headers=headers, body=seal(self._key, data, self._clock())
            )
        )
        try:
            reply = msgspec.json.decode(answer.body, type=Reply)
        except msgspec.MsgspecError as error:
            raise CourierUnavailable(f"an answer to {action} that cannot be read") from error
        if reply.code not in (fine or {OK}):
            raise CourierRefused(REFUSALS.get(reply.code, Trouble.UNKNOWN), f"{reply.code} {reply.msg}")
        return reply

    def _read(self, order: CourierOrder, reply: Reply, how: str) -> CourierNotice:
        if reply.code == NO_SUCH_ORDER:
            return CourierNotice(
                notice_id=f"{how}-unknown", company=NAME, mall_id=order.mall_id, run_id=RunId(order.id), state=None,
                said_at=self._clock(),
            )  # fmt: skip
        try:
            told = msgspec.convert(reply.data, Told)
            return _notice(told, f"{told.order_no}-{told.status}-{told.update_time}")
        except (msgspec.ValidationError, KeyError, ValueError) as error:
            raise CourierUnavailable("an order that cannot be read") from error


def _notice(told: Told, notice_id: str) -> CourierNotice:
    state, reason = STATES[told.status]
    return CourierNotice(
        notice_id=notice_id,
        company=NAME,
        mall_id=MallId(UUID(told.shop_no)),
        run_id=RunId(UUID(told.order_no)),
        state=state,
        reason=reason,
        said_at=datetime.fromtimestamp(told.update_time, UTC),
        reference=told.delivery_no or None,
        courier_name=told.rider_name,
        courier_phone=told.rider_phone,
        lat=told.lat,
        lon=told.lng,
        cost_minor=told.fee,
    )


def _which(order: CourierOrder) -> dict[str, Any]:
    return {"order_no": str(order.id), "shop_no": str(order.mall_id)}


def _goods(order: CourierOrder) -> dict[str, Any]:
    return {
        **_which(order),
        "sender": _place(order.pickup),
        "receiver": _place(order.dropoff),
        "cargo": {"weight": order.weight_g, "price": order.goods_minor, "name": order.number},
        "expected_pickup_time": int(order.ready_at.timestamp()),
        "expected_delivery_time": int(order.deliver_by.timestamp()),
    }


def _place(stop: Stop) -> dict[str, Any]:
    return {
        "name": stop.name,
        "phone": stop.phone,
        "address": " ".join(part for part in (stop.address, stop.floor, stop.unit) if part),
        "lat": stop.lat,
        "lng": stop.lon,
    }
