"""What higher floors keep about a person, brought together for the download.

Each app registers a function in its ``AppConfig.ready``; this floor asks them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kierto.parties.models import Person

Collector = Callable[[Person], Any]

_collectors: dict[str, Collector] = {}


def contribute_to_export(name: str, collector: Collector) -> None:
    """Add what ``collector`` returns (JSON values) to every person's download under ``name``."""
    _collectors[name] = collector


def collected(person: Person) -> dict[str, Any]:
    """Everything that the higher floors keep about the person."""
    return {name: collector(person) for name, collector in _collectors.items()}
