"""Chance that always falls alike: numbers that depend on nothing but their names."""

from __future__ import annotations

import hashlib


def share(*names: object) -> float:
    """A number from 0 (included) to 1 (not), fixed by the names."""
    digest = hashlib.sha256("|".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def between(low: float, high: float, *names: object) -> float:
    """A number from ``low`` to ``high``, fixed by the names."""
    return low + (high - low) * share(*names)
