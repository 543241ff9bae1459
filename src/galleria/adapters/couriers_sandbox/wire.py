"""How an adapter reaches its company: over HTTP, or, for the demo, across the room."""

from collections.abc import Mapping
from typing import Protocol

import httpx
import msgspec

from galleria.commerce.couriers import CourierUnavailable

PATIENCE = httpx.Timeout(10, connect=3)
"""How long a company may take to answer, and to be reached; after that what it did is unknown."""


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


class Wire(Protocol):
    """Carries one request to a company and its answer back."""

    async def send(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer, whatever its status; raises CourierUnavailable when none came whole."""
        ...


class Desk(Protocol):
    """The other end: where a company takes requests in."""

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the company's answer to a request."""
        ...


class HttpWire:
    """Reaches a company at its address."""

    def __init__(self, origin: str) -> None:
        self._origin = origin.rstrip("/")

    async def send(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer; see Wire."""
        try:
            async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
                found = await client.request(method, self._origin + path, headers=dict(headers), content=body)
        except httpx.HTTPError as error:
            raise CourierUnavailable(f"{type(error).__name__} at {self._origin}") from error
        return Answer(found.status_code, found.content)


class AcrossTheRoom:
    """Reaches a company that sits in the same process."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def send(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer; see Wire."""
        return await self.desk.answer(method, path, {name.lower(): value for name, value in headers.items()}, body)


def require_up(answer: Answer) -> Answer:
    """Return an answer that means something; raises CourierUnavailable for a company in trouble of its own."""
    if answer.status >= 500 or answer.status == 429:
        raise CourierUnavailable(f"the company answered {answer.status}")
    return answer
