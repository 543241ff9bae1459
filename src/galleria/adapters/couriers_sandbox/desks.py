"""Where the sandbox's companies take requests in, each in its own dialect, and check who asks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from galleria.adapters.couriers_sandbox import house, kuaisong, store, swift
from galleria.adapters.couriers_sandbox.house import House
from galleria.adapters.couriers_sandbox.store import Entry
from galleria.adapters.couriers_sandbox.wire import Answer
from galleria.commerce.couriers import RunState


class NumbersDesk:
    """KuaiSong's desk: signed forms in, a code and data out, always with HTTP 200."""

    def __init__(self, books: House) -> None:
        self.books = books

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:  # noqa: ARG002 - everything is in the form
        """Return the company's answer to a request."""
        data = kuaisong.unseal(self.books.keys[kuaisong.NAME], body, self.books.clock())
        if data is None:
            return _reply(kuaisong.SIGN_WRONG, "sign error")
        asked: dict[str, Any] = msgspec.json.decode(data)
        action = path.rpartition("/")[2]
        if action in {"price", "add"}:
            return await self._price(asked) if action == "price" else await self._add(asked)
        entry = await store.find(self.books.db, kuaisong.NAME, UUID(asked["order_no"]))
        if entry is None:
            return _reply(kuaisong.NO_SUCH_ORDER, "order not found")
        return await self._about(action, entry, asked)

    async def _price(self, asked: dict[str, Any]) -> Answer:
        start, end = house.ends_of(asked)
        if house.is_far(start, end):
            return _reply(kuaisong.OUT_OF_RANGE, "out of range")
        fee = house.price_of(kuaisong.NAME, start, end)
        minutes = house.TARIFFS[kuaisong.NAME].minutes
        data = {
            "fee": fee, "duration": minutes * 60, "price_token": f"p-{fee}", "cancel_fee": house.CANCEL_FEE,
            "return_fee": fee // 2,
        }  # fmt: skip
        return _reply(kuaisong.OK, data=data)

    async def _add(self, asked: dict[str, Any]) -> Answer:
        start, end = house.ends_of(asked)
        phone = asked["receiver"]["phone"]
        entry = await self.books.place(kuaisong.NAME, UUID(asked["order_no"]), asked, (start, end, phone))
        return _reply(kuaisong.OK, data={"delivery_no": entry.their_number})

    async def _about(self, action: str, entry: Entry, asked: dict[str, Any]) -> Answer:
        if action == "cancel":
            gone = await self.books.cancel(entry)
            found = gone or await store.find(self.books.db, kuaisong.NAME, entry.id) or entry
            over = gone is not None or found.state.startswith("cancelled")
            return _reply(kuaisong.OK if over else kuaisong.TOO_LATE, data=house.numbers(found))
        if action == "tip" and not await store.tip(self.books.db, entry, int(asked["tip"])):
            return _reply(kuaisong.TIP_TOO_LOW, "tip must exceed the last one")
        if action == "confirm_return" and entry.state.startswith("returning"):
            entry = await self.books.move(entry, RunState.RETURNED) or entry
        return _reply(kuaisong.OK, data=house.numbers(entry))


class WordsDesk:
    """Swift's desk: JSON in and out, a bearer's token, HTTP statuses that mean something."""

    def __init__(self, books: House, token: str) -> None:
        self.books = books
        self.token = token

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the company's answer to a request."""
        if headers.get("authorization") != f"Bearer {self.token}":
            return house.refusal("unauthorized", status=401)
        asked: dict[str, Any] = msgspec.json.decode(body) if body else {}
        parts = path.strip("/").split("/")[1:]
        if parts == ["quotes"]:
            return self._quote(asked)
        if parts == ["deliveries"]:
            return await self._create(asked)
        entry = await store.find(self.books.db, swift.NAME, UUID(parts[1]))
        if entry is None:
            return house.refusal("not_found", status=404)
        return await self._about(method, parts[-1], entry, asked)

    def _quote(self, asked: dict[str, Any]) -> Answer:
        start, end = house.ends_of(asked)
        if house.is_far(start, end):
            return house.refusal("out_of_service_area")
        fee = house.price_of(swift.NAME, start, end)
        offer = swift.Offer(
            f"q-{fee}", swift.decimal(fee), swift.decimal(house.CANCEL_FEE), swift.decimal(fee // 2),
            house.TARIFFS[swift.NAME].minutes,
        )  # fmt: skip
        return Answer(201, msgspec.json.encode(offer))

    async def _create(self, asked: dict[str, Any]) -> Answer:
        start, end = house.ends_of(asked)
        phone = asked["dropoff"]["contact"]["phone"]
        entry = await self.books.place(swift.NAME, UUID(asked["external_id"]), asked, (start, end, phone))
        return Answer(201, msgspec.json.encode(house.words(entry)))

    async def _about(self, method: str, action: str, entry: Entry, asked: dict[str, Any]) -> Answer:
        if method == "POST" and action == "cancel":
            gone = await self.books.cancel(entry)
            found = gone or await store.find(self.books.db, swift.NAME, entry.id) or entry
            if not found.state.startswith("cancelled"):
                return house.refusal("already_picked_up", found, status=409)
            return Answer(200, msgspec.json.encode(house.words(found)))
        if action == "tip" and not await store.tip(self.books.db, entry, swift.minor(asked["amount"])):
            return house.refusal("tip_not_raised", entry)
        if action == "return-confirmation" and entry.state.startswith("returning"):
            entry = await self.books.move(entry, RunState.RETURNED) or entry
        return Answer(200, msgspec.json.encode(house.words(entry)))


def _reply(code: int, msg: str = "success", data: dict[str, Any] | None = None) -> Answer:
    return Answer(200, msgspec.json.encode(kuaisong.Reply(code, msg, data or {})))
