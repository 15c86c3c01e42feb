"""The statements that find entities: numbers of names, ranges of the index, visibility."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from django.db import connection

from kierto.hub.access import Reader
from kierto.hub.store import forms, names
from kierto.hub.store.connections import Execute
from kierto.hub.store.narrowing import Leaf, Narrowing
from kierto.hub.store.tenants import Tenant
from kierto.hub.store.terms import ATTRIBUTE, BOXES, NOTHING, OVERFLOW, READER

STRIP: Final = 1000
"""Degrees between the strips of two names in PostgreSQL's index of boxes."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """A leaf with numbers for names: (name, low, high) each; names nobody used are left out."""

    parts: tuple[tuple[int, bytes, bytes], ...]
    by_key: bool


@dataclass(slots=True)
class Clause:
    """A condition and its parameters."""

    sql: str = ""
    values: list[Any] = field(default_factory=list)

    def also(self, sql: str, *values: Any) -> None:
        """Add a condition that must hold too."""
        self.sql += f" AND {sql}"
        self.values += values


@dataclass(slots=True)
class Selection:
    """A narrowed query with everything looked up.

    Attributes:
        leaves: ranges that hold every match.
        box: number of an attribute and its bounds.
        rows: what a row of ``hub_entity`` must fulfil (visibility, expiry, form).
        forms: where types and existing attributes are all that is asked, the forms that fit.
        empty: nothing can match.
        whole: the ranges and the condition say all that is asked.
    """

    tenant: Tenant
    leaves: list[Ranges]
    box: tuple[int, tuple[float, float, float, float]] | None
    rows: Clause
    forms: list[int] | None
    empty: bool
    whole: bool


def select(tenant: Tenant, narrowing: Narrowing, reader: Reader, execute: Execute) -> Selection:
    """Look up the numbers behind a narrowing."""
    numbers = _numbers(tenant, narrowing, reader)
    leaves = [_ranges(tenant, leaf, numbers) for leaf in narrowing.leaves]
    box, empty = None, not all(leaf.parts for leaf in leaves)
    if narrowing.box is not None:
        number = numbers.get((tenant.id, ATTRIBUTE, narrowing.box[0]))
        empty = empty or number is None
        box = (number or 0, narrowing.box[1])
    rows = visible(tenant, reader, numbers)
    fitting = _forms(tenant, narrowing, execute)
    whole = narrowing.whole
    for alternatives in narrowing.attributes if fitting is None else ():
        having = forms.having(tenant, alternatives, execute)
        if having is None:
            whole = False
        elif not having.some:
            empty = True
        elif not having.every:
            rows.also(*member("form", having.numbers))
    if fitting is not None and narrowing.attributes:
        rows.also(*member("form", fitting))
    return Selection(tenant, leaves, box, rows, fitting, empty or fitting == [], whole)


def _forms(tenant: Tenant, narrowing: Narrowing, execute: Execute) -> list[int] | None:
    if not narrowing.whole or not all(leaf.by_key for leaf in narrowing.leaves):
        return None
    types = [[name[1] for name, _low, _high in leaf.ranges] for leaf in narrowing.leaves]
    return forms.fitting(tenant, types, narrowing.attributes, execute)


def visible(tenant: Tenant, reader: Reader, numbers: dict[names.Key, int] | None = None) -> Clause:
    """The condition under which a row may be read now."""
    clause = Clause()
    clause.also("(expires IS NULL OR expires > %s)", time.time())
    if reader.everything:
        return clause
    levels = ", ".join(str(int(level)) for level in sorted(reader.levels)) or "-1"
    test, values = f"visibility IN ({levels})", []
    if reader.agents:
        keys = [(tenant.id, READER, agent.hex) for agent in reader.agents]
        known = names.find(keys) if numbers is None else numbers
        own = [known[key] for key in keys if key in known]
        if own:
            marks = ", ".join(["%s"] * len(own))
            test = (
                f"({test} OR key IN (SELECT entity FROM hub_term WHERE name IN ({marks})"  # noqa: S608 - marks only
                " AND value = %s))"
            )
            values = [*own, NOTHING]
    clause.also(test, *values)
    return clause


def _numbers(tenant: Tenant, narrowing: Narrowing, reader: Reader) -> dict[names.Key, int]:
    wanted = {(tenant.id, *part[0]) for leaf in narrowing.leaves for part in leaf.ranges}
    wanted |= {(tenant.id, READER, agent.hex) for agent in reader.agents}
    if narrowing.box is not None:
        wanted.add((tenant.id, ATTRIBUTE, narrowing.box[0]))
    return names.find(wanted)


def _ranges(tenant: Tenant, leaf: Leaf, numbers: dict[names.Key, int]) -> Ranges:
    parts = [
        (number, low, high)
        for name, low, high in leaf.ranges
        if (number := numbers.get((tenant.id, *name))) is not None
    ]
    return Ranges(tuple(parts), leaf.by_key)


# -------------------------------------------------------------- statements


def member(column: str, values: Sequence[int]) -> tuple[str, Any]:
    """A condition that a column is one of any number of integers, and its one parameter."""
    if connection.vendor == "sqlite":
        numbers = orjson.dumps(list(values)).decode()
        return f"{column} IN (SELECT value FROM json_each(%s))", numbers  # noqa: S608 - own
    return f"{column} = ANY(%s)", list(values)


def count_up_to(leaf: Ranges, limit: int, execute: Execute) -> int:
    """How many rows a leaf has, but no more than about ``limit``."""
    total = 0
    for part in leaf.parts:
        total += execute(
            "SELECT count(*) FROM (SELECT 1 FROM hub_term WHERE name = %s AND value >= %s"
            " AND value < %s LIMIT %s) AS part",
            (*part, limit),
        )[0][0]
        if total >= limit:
            break
    return total


def count_box_up_to(selection: Selection, limit: int, execute: Execute) -> int:
    """How many boxes touch the bounds, but no more than ``limit``."""
    sql, values = box_keys(selection)
    found = execute(f"SELECT count(*) FROM ({sql} LIMIT %s) AS part", (*values, limit))  # noqa: S608 - own
    return int(found[0][0])


def keys_in(leaf: Ranges) -> tuple[str, list[Any]]:
    """A statement of the keys of a leaf, each once."""
    one = "SELECT entity FROM hub_term WHERE name = %s AND value >= %s AND value < %s"
    sql = " UNION ".join([one] * len(leaf.parts))
    if len(leaf.parts) == 1 and not leaf.by_key:
        sql = one.replace("SELECT entity", "SELECT DISTINCT entity")
    return sql, [value for part in leaf.parts for value in part]


def next_keys(leaf: Ranges, after: int, limit: int, execute: Execute) -> list[int]:
    """The next keys of a leaf whose ranges stand in the order of keys."""
    one = (
        "SELECT entity FROM hub_term WHERE name = %s AND value = %s AND entity > %s"
        " ORDER BY entity LIMIT %s"
    )
    parts = [(number, low, after, limit) for number, low, _high in leaf.parts]
    if len(parts) == 1:
        return [key for (key,) in execute(one, parts[0])]
    union = " UNION ".join([f"SELECT entity FROM ({one}) AS part"] * len(parts))  # noqa: S608 - own
    values = [value for part in parts for value in part]
    return [key for (key,) in execute(f"{union} ORDER BY entity LIMIT %s", [*values, limit])]


def next_of_tenant(tenant: Tenant, after: int, limit: int, execute: Execute) -> list[int]:
    """The next keys of all of a tenant's entities."""
    sql = "SELECT key FROM hub_entity WHERE tenant = %s AND key > %s ORDER BY key LIMIT %s"
    return [key for (key,) in execute(sql, (tenant.id, after, limit))]


def box_keys(selection: Selection) -> tuple[str, list[Any]]:
    """A statement of the keys of entities whose boxes touch the bounds."""
    number, (west, south, east, north) = selection.box or (0, (0.0, 0.0, 0.0, 0.0))
    if connection.vendor == "sqlite":
        return (
            f"SELECT id / {BOXES} AS entity FROM hub_box WHERE west <= %s AND east >= %s"  # noqa: S608 - own
            " AND south <= %s AND north >= %s AND name_low <= %s AND name_high >= %s",
            [east, west, north, south, number, number],
        )
    shift = number * STRIP
    return (
        f"SELECT id / {BOXES} AS entity FROM hub_box WHERE"  # noqa: S608 - own
        " box(point(west + name_low * 1000, south), point(east + name_low * 1000, north))"
        " && box(point(%s::float8, %s::float8), point(%s::float8, %s::float8))",
        [west + shift, south, east + shift, north],
    )


def overflows(leaf: Ranges, execute: Execute) -> bool:
    """Whether entities have more values of these names than the index holds."""
    return any(
        execute("SELECT 1 FROM hub_term WHERE name = %s AND value = %s LIMIT 1", (name, OVERFLOW))
        for name in {part[0] for part in leaf.parts}
        if not leaf.by_key
    )
