"""The migrated test database: made once, then copied for each worker and each node of a test.

Migrating takes many times as long as most tests. On SQLite the result stays in `.pytest_cache`
under a digest of all that decides it, so that the next run begins with a copy. On a PostgreSQL of
the run's own (see `tests/postgresql.py`) the first worker's database is the pattern of the others.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import setup_databases

from tests.house.floors import ROOT

CACHE = ROOT / ".pytest_cache" / "migrated"
PATTERN = "kierto_test_pattern"
OUTDATED = 7 * 24 * 3600  # seconds
SOURCES = ROOT / "src" / "kierto"
_MODULE = re.compile(r"\bkierto((?:\.[a-z_]+)+)")


def set_up() -> Any:
    """Make this process's test database; gives what `teardown_databases` wants."""
    name = connection.creation._get_test_db_name()
    with _alone():
        is_laid = lay(Path(name)) if connection.vendor == "sqlite" else _cloned(name)
        if not is_laid:
            configuration = _set_up(keepdb=False)
            _keep(name)
            return configuration
    return _set_up(keepdb=True)


def lay(path: Path) -> bool:
    """Put a copy of the migrated SQLite database there; whether there is one."""
    if not _kept().is_file():
        return False
    shutil.copyfile(_kept(), path)
    return True


def _set_up(*, keepdb: bool) -> Any:
    return setup_databases(
        verbosity=0, interactive=False, keepdb=keepdb, serialized_aliases=frozenset()
    )


def _keep(name: str) -> None:
    if connection.vendor == "sqlite":
        for other in CACHE.iterdir():
            if other.stat().st_mtime < time.time() - OUTDATED:
                other.unlink()
        whole = _kept().with_suffix(".whole")
        whole.unlink(missing_ok=True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(whole)])
        whole.rename(_kept())
    elif _server_is_ours():
        connection.close()
        _on_server(f'CREATE DATABASE "{PATTERN}" TEMPLATE "{name}"')


def _cloned(name: str) -> bool:
    if not _server_is_ours():
        return False
    if not _on_server("SELECT 1 FROM pg_database WHERE datname = %s", PATTERN):
        return False
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{PATTERN}"')
    return True


def _server_is_ours() -> bool:
    return "KIERTO_TEST_SERVER" in os.environ


def _on_server(statement: str, *parameters: str) -> list[Any]:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall()) if cursor.description else []


@cache
def _kept() -> Path:
    return CACHE / f"{_digest()}.sqlite3"


def _digest() -> str:
    """Of the migrations, of what they import, and of the versions of everything else."""
    migrations = sorted(SOURCES.glob("*/migrations/*.py"))
    deciding = {ROOT / "requirements.lock", SOURCES / "config" / "settings.py", *migrations}
    for path in migrations:
        for module in _MODULE.findall(path.read_text(encoding="utf-8")):
            parts = module.strip(".").split(".")
            for length in range(1, len(parts) + 1):
                found = SOURCES.joinpath(*parts[:length])
                deciding |= {found.with_suffix(".py"), found / "__init__.py"}
    digest = hashlib.sha256()
    for path in sorted(each for each in deciding if each.is_file()):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """One process of this checkout at a time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
