"""What sharing tells people about, as keys and sentences; see :mod:`kierto.notices`."""

from __future__ import annotations

from typing import Any

from kierto.notices.topics import register_topic

SENTENCES: dict[str, tuple[Any, Any]] = {}


def register() -> None:
    """Make them known to the notices."""
    for key, (subject, body) in SENTENCES.items():
        register_topic(key, subject, body)
