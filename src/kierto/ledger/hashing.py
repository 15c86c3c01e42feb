"""The one way in which an event is written out for its hash.

The text is JSON without spaces, its fields in the order of :data:`FIELDS`, in UTF-8: decimals
without trailing zeros, times in UTC with six decimals of a second and a ``Z``, ids as text,
nothing as ``null``; ``fulfills`` is a list of ``[promise, amount]`` ordered by promise. The hash is
SHA-256 of that text, in hexadecimal. The first event's ``previous_hash`` is :data:`GENESIS`.
Once something is recorded, this must never change; ``docs/reference/events.md`` repeats it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

GENESIS = "0" * 64

FIELDS = (
    "number",
    "previous_hash",
    "id",
    "action",
    "provider",
    "receiver",
    "conforms_to",
    "resource",
    "to_resource",
    "resource_quantity",
    "entered_value",
    "entered_unit",
    "effort_quantity",
    "has_beginning",
    "has_end",
    "location",
    "to_location",
    "input_of",
    "output_of",
    "realization_of",
    "state",
    "note",
    "corrects",
    "triggered_by",
    "visibility",
    "recorded_by",
    "recorded_at",
    "provenance",
    "provenance_reference",
)
"""Every field of an event but its own hash; then comes ``fulfills``."""

COLUMNS = tuple(
    f"{name}_id"
    if name
    in {
        "provider",
        "receiver",
        "conforms_to",
        "resource",
        "to_resource",
        "location",
        "to_location",
        "input_of",
        "output_of",
        "realization_of",
        "corrects",
        "triggered_by",
        "recorded_by",
    }
    else name
    for name in FIELDS
)
"""The attributes of :class:`~kierto.ledger.models.EconomicEvent` that hold :data:`FIELDS`."""


def plain(value: Any) -> Any:
    """A value as it stands in the canonical text."""
    match value:
        case Decimal():
            return amount_text(value)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case UUID():
            return str(value)
        case _:
            return value


def amount_text(value: Decimal) -> str:
    """``120.500000`` is ``120.5``; zero is ``0``, never ``-0``."""
    return f"{value.normalize():f}" if value else "0"


def canonical_text(values: Mapping[str, Any], fulfills: Iterable[tuple[UUID, Decimal]]) -> str:
    """The text that is hashed. ``values`` by the names of :data:`COLUMNS`."""
    record = {name: plain(values[column]) for name, column in zip(FIELDS, COLUMNS, strict=True)}
    record["fulfills"] = sorted([str(promise), amount_text(kept)] for promise, kept in fulfills)
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def event_hash(values: Mapping[str, Any], fulfills: Iterable[tuple[UUID, Decimal]]) -> str:
    """SHA-256 of :func:`canonical_text`, hexadecimal."""
    return hashlib.sha256(canonical_text(values, fulfills).encode()).hexdigest()
