"""Forms of a tenant's entities: which types and attributes there are, counted without reading."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import orjson

from kierto.hub.store.connections import Execute
from kierto.hub.store.tenants import Tenant

MANY: Final = 2_000
"""Forms beyond which a query does not look at them: entities are judged one by one."""

_REMEMBERED: Final = 20_000
_read: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Having:
    """The forms that have one of some attributes; ``every``: all of the tenant's do."""

    numbers: list[int]
    every: bool

    @property
    def some(self) -> bool:
        """Whether there is such a form."""
        return bool(self.numbers)


def of(tenant: Tenant, execute: Execute, limit: int) -> dict[int, dict[str, Any]] | None:
    """The tenant's forms by number; None where they are more than ``limit``."""
    rows = execute(
        "SELECT id, digest FROM hub_form WHERE tenant = %s LIMIT %s", (tenant.id, limit + 1)
    )
    if len(rows) > limit:
        return None
    found = {}
    for number, digest in rows:
        form = _read.get(digest)
        if form is None:
            ((content,),) = execute("SELECT content FROM hub_form WHERE id = %s", (number,))
            form = orjson.loads(content)
            if len(_read) >= _REMEMBERED:
                _read.clear()
            # The digest is of the content alone, so whatever is undone, this stays true.
            _read[digest] = form
        found[number] = form
    return found


def having(tenant: Tenant, attributes: Collection[str], execute: Execute) -> Having | None:
    """Forms with one of these attributes; None where the tenant has too many forms."""
    known = of(tenant, execute, MANY)
    if known is None:
        return None
    numbers = [
        number
        for number, form in known.items()
        if any(attribute in form["attributes"] for attribute in attributes)
    ]
    return Having(numbers, every=len(numbers) == len(known))


def fitting(
    tenant: Tenant,
    types: Collection[Collection[str]],
    attributes: Collection[Collection[str]],
    execute: Execute,
) -> list[int] | None:
    """Forms with one type of every list and one attribute of every list; None: too many forms."""
    known = of(tenant, execute, MANY)
    if known is None:
        return None
    return [
        number
        for number, form in known.items()
        if all(any(iri in form["types"] for iri in names) for names in types)
        and all(any(iri in form["attributes"] for iri in names) for names in attributes)
    ]
