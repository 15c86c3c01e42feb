"""The flow table in the order that the reader asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.planning.reading import FlowRow

Key = Callable[[FlowRow], Any]

COLUMNS: dict[str, tuple[Any, bool]] = {
    "kind": (_("What"), False),
    "from": (_("From"), False),
    "to": (_("To"), False),
    "amount": (_("Amount a week"), True),
    "km": (_("Distance"), True),
    "cost": (_("Carrying cost a week"), True),
    "emissions": (_("Carrying emissions a week"), True),
}
"""Column → its heading, and whether it holds numbers (which sort from large to small)."""

_KEYS: dict[str, Key] = {
    "kind": lambda row: row.label.casefold(),
    "from": lambda row: row.source.name.casefold(),
    "to": lambda row: row.sink.name.casefold(),
    "amount": lambda row: -(row.mass or row.amount),
    "km": lambda row: -(row.km or 0.0),
    "cost": lambda row: -row.cost,
    "emissions": lambda row: -row.emissions,
}


def sorted_flows(flows: Sequence[FlowRow], wanted: str) -> tuple[str, list[FlowRow]]:
    """The column that counts (unknown ones read as ``amount``) and the rows in its order."""
    column = wanted if wanted in _KEYS else "amount"
    return column, sorted(flows, key=_KEYS[column])
