"""Routes of the installation itself: health, readiness, metrics, files, and the web apps."""

import mimetypes
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.response import File
from litestar.static_files import create_static_files_router
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

from galleria.kernel.errors import Forbidden, NotFound, Unavailable
from galleria.platform.files import SUFFIXES
from galleria.platform.http.access import PUBLIC
from galleria.platform.http.call import TheCall
from galleria.platform.http.stream import stream

FOREVER = "public, max-age=31536000, immutable"


@get("/healthz", access=PUBLIC, summary="Is the process alive", tags=["system"])
async def healthz() -> dict[str, str]:
    """Answer as long as the process runs."""
    return {"status": "alive"}


@get("/readyz", access=PUBLIC, summary="Can requests be served", tags=["system"])
async def readyz(call: TheCall) -> dict[str, str]:
    """Answer 200 once the database answers; 503 otherwise."""
    try:
        async with call.db.read() as tx:
            await tx.value("SELECT 1")
    except (OSError, Exception) as error:
        raise Unavailable from error
    return {"status": "ready"}


@get("/metrics", access=PUBLIC, include_in_schema=False)
async def metrics(call: TheCall) -> Response[bytes]:
    """Return the figures of all processes in the Prometheus text format."""
    token = call.runtime.settings.metrics_token
    given = call.request.headers.get("authorization")
    if (token and given != f"Bearer {token}") or (not token and not _is_loopback(call.address)):
        raise Forbidden
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@get("/openapi.json", access=PUBLIC, include_in_schema=False)
async def openapi(call: TheCall) -> Response[bytes]:
    """Return the API description, as committed in openapi.json."""
    return Response(call.request.app.state.described(), media_type="application/json")


@get("/files/{name:str}", access=PUBLIC, summary="A file by its content's name", tags=["system"])
async def file(call: TheCall, name: FromPath[str]) -> File:
    """Return a stored picture; its address never changes, so it may be kept forever."""
    path = call.runtime.files.find(name)
    if path is None or path.suffix != ".webp":
        raise NotFound
    return File(
        path,
        media_type=SUFFIXES[path.suffix[1:]],
        content_disposition_type="inline",
        headers={"cache-control": FOREVER, "x-content-type-options": "nosniff"},
    )


def system_routes(web: Path) -> list[Any]:
    """Return the system's routes, and those of the built web apps below `web` when they are there."""
    routes: list[BaseRouteHandler | Any] = [healthz, readyz, metrics, openapi, file, stream]
    for folder, prefix in (("console", "/console"), ("shopper", "/")):
        if (web / folder / "index.html").is_file():
            routes.extend(_web_app(web / folder, prefix))
    return routes


def _web_app(folder: Path, prefix: str) -> list[Any]:
    """Return the routes of one web app: hashed assets kept forever, every other address its index page."""
    index = folder / "index.html"

    @get([prefix, f"{prefix.rstrip('/')}/{{path:path}}"], access=PUBLIC, include_in_schema=False, name=f"web{prefix}")
    async def page(path: FromPath[str] = "") -> File:
        name = path.lstrip("/")
        if name.startswith(("v1/", "files/", "pay/", "assets/")):
            raise NotFoundException
        found = (folder / name).resolve()
        real = found if name and found.is_file() and found.is_relative_to(folder) else index
        return File(
            real,
            media_type=mimetypes.guess_type(real.name)[0] or "application/octet-stream",
            content_disposition_type="inline",
            headers={"cache-control": "no-cache", **_PAGE_HEADERS},
        )

    assets = create_static_files_router(
        path=f"{prefix.rstrip('/')}/assets",
        directories=[folder / "assets"],
        cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
        include_in_schema=False,
        opt={"access": PUBLIC},
        send_as_attachment=False,
    )
    return [assets, page]


_PAGE_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; script-src 'self' 'wasm-unsafe-eval'; "
    "connect-src 'self'; worker-src 'self' blob:; media-src 'self' blob:; frame-ancestors 'self'",
}


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
