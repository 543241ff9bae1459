"""Schema migrations: plain SQL files under `galleria/migrations`, applied in order by yoyo."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import yoyo

FOLDER = Path(__file__).parent.parent / "migrations"


def apply(dsn: str) -> list[str]:
    """Bring the database up to date and return the names of the migrations applied now."""
    backend = yoyo.get_backend(_for_yoyo(dsn))
    try:
        migrations = yoyo.read_migrations(str(FOLDER))
        with backend.lock():
            due = backend.to_apply(migrations)
            backend.apply_migrations(due)
        return [migration.id for migration in due]
    finally:
        backend.connection.close()


def pending(dsn: str) -> list[str]:
    """Return the names of the migrations not applied yet."""
    backend = yoyo.get_backend(_for_yoyo(dsn))
    try:
        return [m.id for m in backend.to_apply(yoyo.read_migrations(str(FOLDER)))]
    finally:
        backend.connection.close()


def _for_yoyo(dsn: str) -> str:
    """Return the address with the driver yoyo should take."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(scheme="postgresql+psycopg"))
