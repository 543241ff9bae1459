"""The application, in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from galleria import main
from galleria.platform.settings import Settings


@asynccontextmanager
async def running(settings: Settings, dsn: str) -> AsyncIterator[Litestar]:
    """Keep an application on a database going; its runtime is in `app.state.runtime`."""
    runtime = await main.build_runtime(settings, dsn)
    await runtime.start()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        app.state.runtime = runtime
        yield

    app = main.create_litestar(lifespan, settings)
    app.state.runtime = runtime
    try:
        yield app
    finally:
        await runtime.stop()
