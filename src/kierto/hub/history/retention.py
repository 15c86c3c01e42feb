"""How long a data set is kept: single values, sums by hour, sums by day.

The rule that says most of a series counts: type and attribute, then type, then attribute, then
the one that names neither. Without a rule everything is kept for good.
"""
# ruff: noqa: S608 - statements are made of our own words; values are bound

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson
from django.db.backends.utils import CursorWrapper

from kierto.hub.history import keys, names

_MANY = 400


class Rule(NamedTuple):
    """One rule; days are None where it is for good."""

    number: int
    tenant: int
    name: str
    type: str
    attribute: str
    raw_days: int | None
    hours_days: int | None
    days_days: int | None

    @property
    def digest(self) -> str:
        """What it says, for a file to note that it was done."""
        return f"{self.number}:{self.raw_days}:{self.hours_days}:{self.days_days}"


class Cuts(NamedTuple):
    """First moments that are kept; None keeps all. Sums live at least as long as their values."""

    raw: int | None
    hours: int | None
    days: int | None


KEEP_ALL = Cuts(None, None, None)


def rules(cursor: CursorWrapper, tenant: int | None = None) -> list[Rule]:
    """All rules, of one tenant where it is given."""
    cursor.execute(
        "SELECT id, tenant, name, type, attribute, raw_days, hours_days, days_days"
        " FROM hub_retentionrule"
        + (" WHERE tenant = %s" if tenant is not None else "")
        + " ORDER BY name, id",
        [] if tenant is None else [tenant],
    )
    return [Rule(*row) for row in cursor.fetchall()]


def cuts(rule: Rule, now: int) -> Cuts:
    """What a rule cuts off at a moment."""
    raw = _cut(rule.raw_days, now, keys.HOUR)
    hours = _earlier(raw, _cut(rule.hours_days, now, keys.DAY))
    return Cuts(raw, hours, _earlier(hours, _cut(rule.days_days, now, keys.DAY)))


def _cut(days: int | None, now: int, step: int) -> int | None:
    return None if days is None else (now - days * keys.DAY) // step * step


def _earlier(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)


def rule_for(
    known: Iterable[Rule], tenant: int, types: Iterable[str], attribute: str
) -> Rule | None:
    """The rule that says most of an attribute of an entity."""
    mine = set(types)
    fitting = [
        rule
        for rule in known
        if rule.tenant == tenant
        and (not rule.type or rule.type in mine)
        and (not rule.attribute or rule.attribute == attribute)
    ]
    return max(fitting, key=lambda rule: (bool(rule.type), bool(rule.attribute)), default=None)


def by_series(
    cursor: CursorWrapper, known: list[Rule], series: Iterable[int]
) -> Mapping[int, Rule]:
    """The rule of each series that has one."""
    wanted = list(series)
    if not known or not wanted:
        return {}
    called = names.of(cursor, {one % keys.NAMES for one in wanted})
    owners = _owners(cursor, sorted({one // keys.NAMES for one in wanted}))
    found: dict[int, Rule] = {}
    for one in wanted:
        owner, name = owners.get(one // keys.NAMES), called.get(one % keys.NAMES)
        if owner is None or name is None:
            continue
        rule = rule_for(known, owner[0], owner[1], name[0])
        if rule is not None:
            found[one] = rule
    return found


def _owners(cursor: CursorWrapper, numbers: list[int]) -> dict[int, tuple[int, list[str]]]:
    found: dict[int, tuple[int, list[str]]] = {}
    for start in range(0, len(numbers), _MANY):
        part = numbers[start : start + _MANY]
        marks = ",".join(["%s"] * len(part))
        cursor.execute(
            f"SELECT id, tenant, types FROM hub_historyentity WHERE id IN ({marks})",
            part,
        )
        found |= {
            number: (tenant, orjson.loads(types)) for number, tenant, types in cursor.fetchall()
        }
    return found
