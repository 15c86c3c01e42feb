"""Names of attributes and types by number, so that a row carries a number.

A number is remembered when the transaction that saw it has ended well, and not before: one of a
transaction that is undone would outlive its row. A look-up is one statement for a whole batch.
"""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import keys
from kierto.ngsild.errors import TooManyResults

Name = tuple[str, str]
#: The history of an entity's scopes stands under this name.
SCOPE: Name = ("https://uri.etsi.org/ngsi-ld/scope", "")
_MANY = 400
_REMEMBERED = 100_000
_known: dict[Name, int] = {}


def find(cursor: CursorWrapper, attributes: Iterable[str]) -> dict[Name, int]:
    """The numbers of all names of these attributes, whatever their dataset ids."""
    wanted = list(dict.fromkeys(attributes))
    found: dict[Name, int] = {}
    for start in range(0, len(wanted), _MANY):
        part = wanted[start : start + _MANY]
        marks = ",".join(["%s"] * len(part))
        cursor.execute(
            f"SELECT id, attribute, dataset FROM hub_historyname WHERE attribute IN ({marks})",
            part,
        )
        for number, attribute, dataset in cursor.fetchall():
            found[attribute, dataset] = number
    return found


def numbers(cursor: CursorWrapper, names: Iterable[Name]) -> dict[Name, int]:
    """The number of each name; a new name is given one.

    Raises:
        TooManyResults: there are as many names as an entity's series can be told apart.
    """
    wanted = set(names)
    known = {name: number for name in wanted if (number := _known.get(name)) is not None}
    if len(known) == len(wanted):
        return known
    found = find(cursor, (attribute for attribute, _dataset in wanted))
    missing = sorted(wanted - found.keys())
    if missing:
        cursor.executemany(
            "INSERT INTO hub_historyname (attribute, dataset) VALUES (%s, %s)"
            " ON CONFLICT (attribute, dataset) DO NOTHING",
            missing,
        )
        found |= find(cursor, (attribute for attribute, _dataset in missing))
        if max(found.values()) >= keys.NAMES:
            raise TooManyResults("The history has no number left for another attribute's name.")
    transaction.on_commit(lambda: _remember({name: found[name] for name in wanted}))
    return found


def _remember(found: dict[Name, int]) -> None:
    # A test may call what waits for a commit inside a transaction that it then undoes.
    if connection.in_atomic_block:
        return
    if len(_known) + len(found) > _REMEMBERED:
        _known.clear()
    _known.update(found)


def forget() -> None:
    """Look all of them up anew: the tables were made anew."""
    _known.clear()


def of(cursor: CursorWrapper, wanted: Iterable[int]) -> dict[int, Name]:
    """The names of these numbers."""
    part = list(dict.fromkeys(wanted))
    found: dict[int, Name] = {}
    for start in range(0, len(part), _MANY):
        few = part[start : start + _MANY]
        marks = ",".join(["%s"] * len(few))
        cursor.execute(
            f"SELECT id, attribute, dataset FROM hub_historyname WHERE id IN ({marks})",
            few,
        )
        found |= {number: (attribute, dataset) for number, attribute, dataset in cursor.fetchall()}
    return found
