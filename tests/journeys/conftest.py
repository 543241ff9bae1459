"""Stories play in a database of their own, so that the doctor may be asked about all of it after every step."""

from collections.abc import AsyncIterator, Callable

import pytest
from litestar import Litestar
from tests.factories.app import running
from tests.factories.stories import Story, Town, make_town, told

from galleria.platform import postgres
from galleria.platform.settings import Settings


@pytest.fixture(scope="session")
def stories(new_database: Callable[[str], str]) -> str:
    return new_database("stories")


@pytest.fixture(scope="session")
def stories_dsn(cluster: postgres.Embedded, stories: str) -> str:
    return cluster.dsn_for(stories)


@pytest.fixture(scope="session")
async def stage(stories_dsn: str, settings: Settings) -> AsyncIterator[Litestar]:
    async with running(settings, stories_dsn) as app:
        yield app


@pytest.fixture
async def story(stage: Litestar, stories_dsn: str) -> AsyncIterator[Story]:
    async with told(stage, stories_dsn) as story:
        yield story


@pytest.fixture
async def town(story: Story) -> Town:
    return await make_town(story)
