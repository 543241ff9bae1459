"""The web application, as a server process loads it: settings from the environment, the database at its address."""

from litestar import Litestar

from galleria.main import build_app
from galleria.platform import logs
from galleria.platform.settings import load


def app() -> Litestar:
    """Return the application; raises SettingsError when no database address is set."""
    settings = load()
    logs.configure(style=settings.log_format, level=settings.log_level)
    if settings.database_url is None:
        raise RuntimeError("GALLERIA_DATABASE_URL is empty; `galleria serve` starts the embedded database")
    return build_app(settings, settings.database_url)
