"""Tenants by number: a subscription knows no more of its tenant."""

from __future__ import annotations

from kierto.hub.store.tenants import Tenant

_known: dict[int, Tenant] = {}


def tenant(number: int) -> Tenant:
    """The tenant of this number; tenants are never taken away."""
    known = _known.get(number)
    if known is None:
        from kierto.hub import models

        row = models.Tenant.objects.get(pk=number)
        known = _known[number] = Tenant(row.pk, row.name)
    return known


def forget() -> None:
    """Look them up anew."""
    _known.clear()
