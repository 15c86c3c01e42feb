"""The process that files months is killed for good (SIGKILL): what it leaves is whole."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

PROGRAM = """
import os, signal, sys
import django
django.setup()
from django.db import connection
from kierto.hub.access import OPEN
from kierto.hub.history import Reading, append_readings, archiving, entities
head = {"type": ["urn:x:Lamp"], "createdAt": "2026-01-01T00:00:00Z",
        "modifiedAt": "2026-01-01T00:00:00Z"}
with connection.cursor() as cursor:
    entities.keep(cursor, [entities.Seen(1, "urn:x:1", head, OPEN, None)])
    rows = [Reading(1, "urn:x:1", "urn:x:power", f"2026-0{month}-01T{hour:02d}:00:00Z", hour)
            for month in (1, 2) for hour in range(24)]
    append_readings(rows, cursor)
print("written", flush=True)
def kill(step):
    if step == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
archiving.archive(least=1, reached=kill)
"""

BOTH = 48


def environment_of(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "KIERTO_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "kierto.config.settings",
        "KIERTO_DATABASE_URL": "",
    }


@pytest.mark.sqlite
@pytest.mark.parametrize("step", ["rows named", "files count"])
def test_a_killed_process_leaves_every_reading_once(
    step: str, migrated_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(migrated_folder, tmp_path, dirs_exist_ok=True)
    environment = environment_of(tmp_path)
    command = [sys.executable, "-c", PROGRAM, step]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "written\n", done.stderr
    assert done.returncode == -signal.SIGKILL

    assert len(readings(tmp_path)) == BOTH
    assert len(set(readings(tmp_path))) == BOTH
    again = subprocess.run([*command[:-1], "never"], env=environment, check=False)
    assert again.returncode == 0
    assert len(readings(tmp_path)) == BOTH


def readings(folder: Path) -> list[tuple[int, int]]:
    """(series, moment) as a reader counts them: of the database, and of files that count."""
    database = sqlite3.connect(folder / "kierto.sqlite3")
    held = database.execute("SELECT series, at FROM hub_historyinstance").fetchall()
    names = database.execute("SELECT name FROM hub_historyfile WHERE kind = 'rows'").fetchall()
    database.close()
    filed = []
    for (name,) in names:
        path = str(folder / "history" / name)
        query = 'SELECT series, "at" FROM read_parquet(?)'
        filed += duckdb.connect().execute(query, [path]).fetchall()
    return held + [row for row in filed if row not in set(held)]
