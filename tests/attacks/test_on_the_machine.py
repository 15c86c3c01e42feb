"""Attacks and mishaps on the machine itself, against the installed command.

Somebody with the database in their hands changes an event; the disk is full in the middle of an
import; files that no program should take are given to the importers.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.demonstration import Demonstration

HEAD = "key,organization,kind,title,quantity,unit,every"
SMALL_DISK = 150_000  # bytes that one file may have: the journal of a large import needs more


@pytest.fixture
def node(demonstration: Demonstration, tmp_path: Path) -> Demonstration:
    return demonstration.copy(tmp_path / "node")


def database(node: Demonstration) -> sqlite3.Connection:
    return sqlite3.connect(node.data / "kierto.sqlite3")


def ask(node: Demonstration, sql: str) -> list[tuple[object, ...]]:
    with closing(database(node)) as connection:
        return connection.execute(sql).fetchall()


def tamper(node: Demonstration, sql: str) -> None:
    """As an intruder would who knows the tables: the guards are dropped, the row is changed."""
    with closing(database(node)) as connection, connection:
        guards = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in guards.fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(sql)


def test_the_database_refuses_an_intruder_who_leaves_the_guards_up(node: Demonstration) -> None:
    with closing(database(node)) as connection, pytest.raises(sqlite3.Error, match="append-only"):
        connection.execute("UPDATE ledger_economicevent SET note = 'x' WHERE number = 100")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_economicevent SET resource_quantity = 1 WHERE number = 100",
        "DELETE FROM ledger_economicevent WHERE number = 100",
    ],
)
def test_a_changed_event_is_named(node: Demonstration, sql: str) -> None:
    assert node.run("check").returncode == 0
    tamper(node, "PRAGMA foreign_keys = OFF")
    tamper(node, sql)
    said = node.run("check", "--json")
    ledger = json.loads(said.stdout.splitlines()[-1])["ledger"]
    assert (said.returncode, ledger["verified"]) == (1, False)
    assert ledger["broken_at"] in (100, 101)
    assert "100" in ledger["reason"]
    in_words = node.run("check")
    assert (in_words.returncode, in_words.stderr) == (1, "")
    assert f"broken at event {ledger['broken_at']}" in in_words.stdout


def on_a_full_disk(node: Demonstration, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Every file of the process ends at a size, as on a disk without room."""
    return subprocess.run(
        [sys.executable, "-m", "kierto", *arguments],
        check=False,
        cwd=node.data.parent,
        env=node.environment(),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (SMALL_DISK, resource.RLIM_INFINITY)
        ),
    )


ROWS = {
    "offers": (HEAD, "o{0},kera-brewery,brewers-grain,Grain {0},{0},kg,week", "exchange_intent"),
    "organizations": (
        "slug,name,helix,street,postcode,locality,country,latitude,longitude",
        "org-{0},Organisation {0},company,Karapellontie {0},02610,Espoo,FI,60.217,24.756",
        "parties_organization",
    ),
}


@pytest.mark.parametrize("kind", ROWS)
def test_a_full_disk_takes_nothing_and_says_so(
    node: Demonstration, tmp_path: Path, kind: str
) -> None:
    head, row, table = ROWS[kind]
    file = tmp_path / f"{kind}.csv"
    file.write_text("\n".join([head, *(row.format(n + 1) for n in range(300))]))
    before = ask(node, f"SELECT COUNT(*) FROM {table}")
    said = on_a_full_disk(node, "import", kind, str(file))
    assert said.returncode == 2, said.stderr
    assert "Traceback" not in said.stderr
    assert "disk" in said.stderr
    assert ask(node, f"SELECT COUNT(*) FROM {table}") == before
    assert ask(node, "PRAGMA integrity_check") == [("ok",)]
    assert node.run("check").returncode == 0


# The pages are given the same in test_from_the_pages.py.
HOSTILE = {
    "latin-1": (b"key,title\n1,Kahvinporot \xe4\xf6", "UTF-8"),
    "cell of 10 MB": (b"key,title\n1," + b"x" * 10_000_000, "10000000 characters"),
    "header twice": (b"key,title,key\n1,a,2", "twice"),
    "binary": (b"\x7fELF\x00\x00\x01" * 100, "binary data"),
    "open quotation": (b'key,title\n1,"never closed', "quotation mark"),
    "no workbook": (b"PK\x03\x04 not really a zip", "workbook"),
    "empty": (b"", "empty"),
}


@pytest.mark.parametrize(
    ("kind", "attack"),
    [
        ("offers", "cell of 10 MB"),
        ("organizations", "latin-1"),
        ("kinds", "header twice"),
        ("factors", "binary"),
        ("processors", "no workbook"),
    ],
)
def test_a_hostile_file_gives_its_faults_and_nothing_else(
    demonstration: Demonstration, tmp_path: Path, kind: str, attack: str
) -> None:
    data, words = HOSTILE[attack]
    file = tmp_path / "table.csv"
    file.write_bytes(data)
    said = demonstration.run("import", kind, str(file))
    assert (said.returncode, said.stdout) == (2, "")
    assert words in said.stderr
    assert "table.csv" in said.stderr
    assert "Traceback" not in said.stderr
