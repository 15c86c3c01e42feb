"""Checks that the actions of collections, terms and members make alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from kierto.sharing.errors import collections as errors
from kierto.sharing.models import Collection

LONGEST_TEXT = 4000


def locked(collection: Collection) -> Collection:
    """The collection as it is now; nobody changes it until this transaction ends."""
    return (
        Collection.objects.select_for_update(of=("self",))
        .select_related("owner__organization", "owner__person", "place__district")
        .get(pk=collection.pk)
    )


def only(changes: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse what cannot be changed here."""
    for name in changes:
        if name not in known:
            raise errors.UnknownSetting(name=name)


def fit(row: models.Model) -> None:
    """Refuse texts longer than their columns: SQLite would keep them, PostgreSQL would stop."""
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        limit = getattr(column, "max_length", None) or LONGEST_TEXT
        if isinstance(value, str) and len(value) > limit:
            raise errors.TextTooLong(field=column.name, length=len(value), limit=limit)
