"""Tenants by name. A name once seen is remembered: tenants are never taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.db import connection

from kierto.hub import models
from kierto.hub.store import connections
from kierto.ngsild.errors import BadRequestData, NonexistentTenant

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}", re.ASCII)
_known: dict[str, Tenant] = {}


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant; ``name`` is empty for the default one."""

    id: int
    name: str


def find(name: str, *, create: bool = False) -> Tenant:
    """The tenant of this name; "" is the default tenant, which is always there.

    Raises:
        NonexistentTenant: there is none, and none is to be made.
        BadRequestData: it cannot be a tenant's name.
    """
    known = _known.get(name)
    if known is not None:
        return known
    if name and not _NAME.fullmatch(name):
        raise BadRequestData(
            "A tenant's name has up to 128 letters, digits, '.', ':', '_' or '-', a letter or"
            " digit first."
        )
    rows = connections.read("SELECT id FROM hub_tenant WHERE name = %s", (name,))
    if not rows and (create or not name):
        rows = [(models.Tenant.objects.get_or_create(name=name)[0].pk,)]
    if not rows:
        raise NonexistentTenant(f"There is no tenant {name!r}.")
    tenant = Tenant(rows[0][0], name)
    # A transaction that is still open may be undone, and the number with it.
    if not connection.in_atomic_block:
        _known[name] = tenant
    return tenant


def names() -> list[str]:
    """The names of all tenants but the default one, sorted."""
    return sorted(models.Tenant.objects.exclude(name="").values_list("name", flat=True))


def forget() -> None:
    """Look everything up anew."""
    _known.clear()
