"""Names and forms by number. What a commit made known is remembered for good.

A number that an open transaction gave may be undone with it, so it is remembered when that
transaction has ended well, and not before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from django.db import connection

from kierto.hub.store import connections

if TYPE_CHECKING:
    from kierto.hub.store.statements import Statements

Key: TypeAlias = tuple[int, str, str]
"""Tenant, kind, text."""

K = TypeVar("K")
REMEMBERED: Final = 200_000
_names: dict[Key, int] = {}
_forms: dict[tuple[int, str], int] = {}


class Numbers:
    """Numbers within one transaction; call :meth:`keep` after its commit."""

    def __init__(self) -> None:
        self.names: dict[Key, int] = {}
        self.forms: dict[tuple[int, str], int] = {}

    def name(self, key: Key) -> int | None:
        """The number of a name, if it was learnt."""
        return self.names.get(key)

    def learn_names(self, wanted: set[Key], statements: Statements) -> None:
        """Look up those that are not known; give numbers to new ones."""
        missing = _unknown(wanted, self.names, _names)
        if not missing:
            return
        self.names |= statements.find_names(missing)
        # In one order everywhere, so that two processes never wait for each other's names.
        new = sorted(key for key in missing if key not in self.names)
        if new:
            statements.add_names(new)
            self.names |= statements.find_names(new)

    def learn_forms(self, wanted: dict[tuple[int, str], str], statements: Statements) -> None:
        """The same for forms: (tenant, digest) to content."""
        missing = _unknown(wanted, self.forms, _forms)
        if not missing:
            return
        self.forms |= statements.find_forms(missing)
        new = sorted(key for key in missing if key not in self.forms)
        if new:
            statements.add_forms([(*key, wanted[key]) for key in new])
            self.forms |= statements.find_forms(new)

    def form(self, key: tuple[int, str]) -> int:
        """The number of a form that was learnt."""
        return self.forms[key]

    def keep(self) -> None:
        """The transaction has ended well."""
        if len(_names) + len(self.names) > REMEMBERED:
            _names.clear()
        if len(_forms) + len(self.forms) > REMEMBERED:
            _forms.clear()
        _names.update(self.names)
        _forms.update(self.forms)


def _unknown(wanted: Iterable[K], known: dict[K, int], remembered: dict[K, int]) -> list[K]:
    """What is not known; what is remembered is copied, since memory may be emptied meanwhile."""
    missing = []
    for key in wanted:
        if key in known:
            continue
        number = remembered.get(key)
        if number is None:
            missing.append(key)
        else:
            known[key] = number
    return missing


def find(wanted: Iterable[Key]) -> dict[Key, int]:
    """The numbers of those names that there are, for reading."""
    found: dict[Key, int] = {}
    missing = []
    for key in wanted:
        known = _names.get(key)
        if known is None:
            missing.append(key)
        else:
            found[key] = known
    if not missing:
        return found
    for start in range(0, len(missing), 100):
        part = missing[start : start + 100]
        test = " OR ".join(["(tenant = %s AND kind = %s AND text = %s)"] * len(part))
        rows = connections.read(
            f"SELECT tenant, kind, text, id FROM hub_name WHERE {test}",  # noqa: S608 - marks only
            [value for key in part for value in key],
        )
        for tenant, kind, text, number in rows:
            found[tenant, kind, text] = number
    if not connection.in_atomic_block:
        _names.update(found)
    return found


def forget() -> None:
    """Look everything up anew."""
    _names.clear()
    _forms.clear()
