"""The walk over all routes writes rows that belong to nothing: in a database where nobody asks the doctor."""

from collections.abc import AsyncIterator, Callable

import pytest
from litestar import Litestar
from tests.factories.app import running

from galleria.platform import postgres
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings


@pytest.fixture(scope="session")
async def app(
    cluster: postgres.Embedded, new_database: Callable[[str], str], settings: Settings
) -> AsyncIterator[Litestar]:
    async with running(settings, cluster.dsn_for(new_database("walk"))) as app:
        yield app


@pytest.fixture(scope="session")
def runtime(app: Litestar) -> Runtime:
    found: Runtime = app.state.runtime
    return found
