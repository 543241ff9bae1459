"""Request counts and latencies for Prometheus, by route."""

import time
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

REQUESTS = Counter("galleria_http_requests_total", "Requests answered.", ["route", "method", "status"])
LATENCY = Histogram(
    "galleria_http_request_seconds",
    "Seconds from request to end of response.",
    ["route", "method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_by_route: dict[tuple[str, str, int], tuple[Any, Any]] = {}


class MeasuredApp:
    """An ASGI application that counts and times the requests of the one inside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            counter, histogram = _children(scope.get("path_template") or "unmatched", scope["method"], status)
            counter.inc()
            histogram.observe(time.perf_counter() - started)


def _children(route: str, method: str, status: int) -> tuple[Any, Any]:
    key = (route, method, status)
    if key not in _by_route:
        _by_route[key] = (REQUESTS.labels(route, method, str(status)), LATENCY.labels(route, method))
    return _by_route[key]
