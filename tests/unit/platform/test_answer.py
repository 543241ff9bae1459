"""JSON with nothing added goes the short way; everything else goes Litestar's."""

from typing import Any

import msgspec
import pytest
from litestar.response.base import ASGIResponse

from galleria.platform.http.answer import Answer


class Told(msgspec.Struct):
    """Something to say."""

    name: str


ENCODERS: dict[Any, Any] = {bytes: bytes.hex}


async def sent_by(answer: Any) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await answer({"type": "http"}, None, send)
    return sent


async def test_json_goes_the_short_way_whatever_encoders_plugins_bring() -> None:
    answer = Answer(Told("茶"), media_type="application/json", status_code=201, type_encoders=ENCODERS)
    plain = answer.to_asgi_response(None, None, headers={}, cookies=frozenset())  # type: ignore[arg-type]
    assert not isinstance(plain, ASGIResponse)
    start, body = await sent_by(plain)
    assert start["status"] == 201
    assert dict(start["headers"]) == {b"content-type": b"application/json", b"content-length": b"14"}
    assert msgspec.json.decode(body["body"]) == {"name": "茶"}


@pytest.mark.parametrize(
    "more",
    [
        {"media_type": "text/plain", "status_code": 200},
        {"media_type": "application/json", "status_code": 200, "headers": {"x-total": "1"}},
    ],
)
def test_anything_added_goes_the_frameworks_way(more: dict[str, Any]) -> None:
    answer = Answer("said", **more)
    assert isinstance(answer.to_asgi_response(None, None), ASGIResponse)  # type: ignore[arg-type]
