"""What a handler returns, as a response.

For every answer Litestar's own class builds two response objects, a mapping of headers and of encoders, which is more
work than the checks of the request. Nearly all answers of this API are JSON and nothing else, and take the short way.
"""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.serialization import encode_json
from litestar.types import ASGIApp, Receive, Scope, Send

BODILESS = frozenset({204, 304})


class Answer(Response[Any]):
    """The answer of a handler: JSON with nothing added is sent straight away, the rest as Litestar does it.

    Encoders that plugins bring for types of other libraries are left aside: handlers return Structs.
    """

    def __init__(
        self, content: Any, *, media_type: str, status_code: int, type_encoders: Any = None, **more: Any
    ) -> None:
        del type_encoders
        self.content = content
        self.media_type = media_type
        self.status_code: int = status_code
        self._more = {name: value for name, value in more.items() if value}

    def to_asgi_response(  # type: ignore[override]
        self, app: None, request: Request[Any, Any, State], *, headers: Any = None, cookies: Any = None
    ) -> ASGIApp:
        """Return what sends this answer."""
        media_type, status, added = self.media_type, self.status_code, self._more or headers or cookies
        if media_type == "application/json" and status not in BODILESS and not added:
            return _sender(status, encode_json(self.content))
        full = Response(self.content, media_type=media_type, status_code=status, **self._more)
        return full.to_asgi_response(app, request, headers=headers, cookies=cookies)


def _sender(status: int, body: bytes) -> ASGIApp:
    async def send_it(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return send_it
