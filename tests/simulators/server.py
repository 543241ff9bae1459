"""A small HTTP server on loopback, for companies that are simulated: it can answer late, wrongly, or never."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec


class Request(msgspec.Struct, frozen=True):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def form(self) -> dict[str, str]:
        return {n: v[0] for n, v in parse_qs(self.body.decode(), keep_blank_values=True).items()}


class Reply(msgspec.Struct, frozen=True):
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Fault(msgspec.Struct, frozen=True):
    """What goes wrong with the next request whose path holds `where`: before it has an effect, or after."""

    where: str
    kind: str  # "drop": the line is cut; "500": a server error; "garbage": something else; "forge": a wrong signature
    after: bool = False


Handler = Callable[[Request], Awaitable[Reply] | Reply]


class Company:
    """A simulated company: `handle` answers requests, `faults` spoil the next ones, `seen` are those that came."""

    def __init__(self) -> None:
        self.url = ""
        self.faults: list[Fault] = []
        self.seen: list[Request] = []

    def fail(self, where: str, kind: str, *, after: bool = False, times: int = 1) -> None:
        self.faults.extend([Fault(where, kind, after)] * times)

    def _fault(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if fault.where in request.target:
                self.faults.remove(fault)
                return fault
        return None

    async def answer(self, request: Request) -> Reply | None:
        """Return the reply, or None to cut the line."""
        self.seen.append(request)
        fault = self._fault(request)
        if fault is not None and not fault.after and fault.kind != "forge":
            return spoilt(fault)
        reply = self.handle(request)
        if fault is None:
            return self.sign(reply)
        return self.forge(self.sign(reply)) if fault.kind == "forge" else spoilt(fault)

    def handle(self, request: Request) -> Reply:
        raise NotImplementedError

    def sign(self, reply: Reply) -> Reply:
        return reply

    def forge(self, reply: Reply) -> Reply:
        return reply


def spoilt(fault: Fault) -> Reply | None:
    if fault.kind == "drop":
        return None
    return Reply(500, b"{}") if fault.kind == "500" else Reply(200, b"<html>maintenance</html>")


@asynccontextmanager
async def serving(company: Company) -> AsyncIterator[None]:
    """Have a company answer at `company.url` meanwhile."""
    server = await asyncio.start_server(lambda r, w: _serve(company, r, w), "127.0.0.1", 0)
    company.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


async def _serve(company: Company, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        request = await _read(reader)
        reply = await company.answer(request)
        if reply is not None:
            head = [f"HTTP/1.1 {reply.status} X", f"content-length: {len(reply.body)}", "connection: close"]
            head += [f"{name}: {value}" for name, value in reply.headers.items()]
            writer.write("\r\n".join([*head, "", ""]).encode() + reply.body)
            await writer.drain()
    finally:
        writer.close()
        await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Request:
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in rest) if n}
    return Request(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))
