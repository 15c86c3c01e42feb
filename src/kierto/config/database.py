"""The database from one address: SQLite in the data folder, or PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kierto.config.environment import SettingError


def database_from(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's settings of the default database.

    Raises:
        SettingError: the address is not one of ``postgres://`` or ``sqlite:///``.
    """
    if not url:
        return _sqlite(str(data_dir / "kierto.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path.removeprefix("/")) or ":memory:")
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgresql(url)
    raise SettingError(
        f"KIERTO_DATABASE_URL starts with {parts.scheme!r}; write postgres://user:password@host/name "
        "or leave it empty for SQLite."
    )


def _sqlite(name: str) -> dict[str, Any]:
    # IMMEDIATE takes the write lock at the start, so that a reader never fails to become a writer;
    # FULL makes an acknowledged write survive a power cut.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
                "PRAGMA busy_timeout=30000;PRAGMA cache_size=-32000;"
            ),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    name = parts.path.removeprefix("/")
    if not name:
        raise SettingError("KIERTO_DATABASE_URL names no database; add /name at its end.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(name),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
