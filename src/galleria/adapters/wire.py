"""Calls to other companies over HTTPS: a failure of the wire is told apart from an answer."""

import ssl
from collections.abc import Mapping
from functools import cache

import httpx
import msgspec

from galleria.value.payments import ProviderUnavailable

PATIENCE = httpx.Timeout(15, connect=5)
"""How long a company may take to answer, and to be reached; after that the truth is unknown and is asked for."""


class Answer(msgspec.Struct, frozen=True):
    """What came back; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


async def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes = b"",
    patience: httpx.Timeout = PATIENCE,
) -> Answer:
    """Send one request and return the answer, whatever its status; redirects are not followed.

    A call opens a connection of its own: they are few, and none outlives the loop or process it was made in. Raises
    ProviderUnavailable when nothing, or only part of an answer, came.
    """
    try:
        async with httpx.AsyncClient(verify=_trust(), timeout=patience, trust_env=False) as client:
            response = await client.request(method, url, headers=dict(headers), content=content)
    except httpx.HTTPError as error:
        raise ProviderUnavailable(f"{type(error).__name__} at {httpx.URL(url).host}") from error
    found = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, found, response.content)


@cache
def _trust() -> ssl.SSLContext:
    """Return the system's trusted authorities, read once."""
    return ssl.create_default_context()
