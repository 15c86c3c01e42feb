"""Writing many rows of one model: what is new, what has changed, what stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from django.db import models

from kierto.core.intake import Outcome

M = TypeVar("M", bound=models.Model)


class Shelf(Generic[M]):
    """The rows of a model by their code, read once and written at the end in bulk."""

    def __init__(self, model: type[M], key: str = "code") -> None:
        self.model = model
        self.key = key
        self.rows: dict[str, M] = {getattr(row, key): row for row in model._default_manager.all()}
        self._new: list[M] = []
        self._changed: dict[str, M] = {}
        self._fields: set[str] = set()

    def put(self, code: str, values: Mapping[str, Any]) -> Outcome:
        """Lay a row down; tells whether it is new, changed or as it was."""
        row = self.rows.get(code)
        if row is None:
            self.rows[code] = row = self.model(**{self.key: code}, **values)
            self._new.append(row)
            return Outcome.ADDED
        different = {name for name, value in values.items() if getattr(row, name) != value}
        for name in different:
            setattr(row, name, values[name])
        if not different:
            return Outcome.UNCHANGED
        if row.pk is not None:
            self._changed[code] = row
            self._fields |= different
        return Outcome.CHANGED

    def too_long(self, values: Mapping[str, Any]) -> tuple[str, int] | None:
        """The first text that does not fit its field, and the most characters that do."""
        for name, value in values.items():
            limit = getattr(self.model._meta.get_field(name), "max_length", None)
            if limit and isinstance(value, str) and len(value) > limit:
                return name, limit
        return None

    def write(self) -> bool:
        """Write everything; whether there was anything to write."""
        if self._new:
            self.model._default_manager.bulk_create(self._new, batch_size=500)
        if self._changed:
            self.model._default_manager.bulk_update(
                self._changed.values(), sorted(self._fields), batch_size=200
            )
        return bool(self._new or self._changed)
