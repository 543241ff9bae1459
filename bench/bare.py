"""The named peer of `read`: a bare one-route Litestar + asyncpg server reading the same row."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from granian import Granian
from granian.constants import Interfaces, Loops
from litestar import Litestar, Request, get
from litestar.datastructures import State
from litestar.params import FromPath


class Product(msgspec.Struct):
    """The row, as it is."""

    id: UUID
    shop_id: UUID
    kind: str
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    price_min_minor: int


@get("/product/{mall_id:uuid}/{product_id:uuid}")
async def product(request: Request[Any, Any, State], mall_id: FromPath[UUID], product_id: FromPath[UUID]) -> Product:
    """Read one row by key."""
    async with request.app.state.pool.acquire() as connection:
        row = await connection.fetchrow(
            """SELECT id, shop_id, kind, name_zh, name_en, text_zh, text_en, price_min_minor
                 FROM catalog.product WHERE mall_id = $1 AND id = $2""",
            mall_id,
            product_id,
        )
    return Product(*row)


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=1, max_size=16) as pool:
        app.state.pool = pool
        yield


def app() -> Litestar:
    """Return the bare application."""
    return Litestar([product], lifespan=[_pool], openapi_config=None)


if __name__ == "__main__":
    Granian(
        "bench.bare:app",
        port=int(os.environ["BENCH_PORT"]),
        interface=Interfaces.ASGI,
        workers=2,
        loop=Loops.uvloop,
        factory=True,
        log_enabled=False,
    ).serve()
