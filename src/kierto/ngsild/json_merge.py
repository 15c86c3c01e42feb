"""Merging JSON values as merge patches do, with the NULL of NGSI-LD (RFC 7396; clause 5.5.12)."""

from __future__ import annotations

from typing import Any

from kierto.ngsild.members import NULL


def merge_json(target: Any, patch: Any) -> Any:
    """``target`` with ``patch`` merged in; neither is changed.

    Objects are merged member by member, everything else is replaced. A member whose patch is NULL
    is removed. A real ``null`` is a value like others here: JSON-LD has it nowhere else.
    """
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, item in patch.items():
        if isinstance(item, str) and item == NULL:
            merged.pop(name, None)
        else:
            merged[name] = merge_json(merged.get(name), item)
    return merged
