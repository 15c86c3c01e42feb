"""Payloads from one context into another: names change, values stay as they are."""

from __future__ import annotations

from typing import Any

from kierto.ngsild.contexts import Context
from kierto.ngsild.members import VALUE_MEMBER

_KEPT = frozenset(VALUE_MEMBER.values()) | {
    *("id", "@id", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt", "observedAt"),
    *("unitCode", "datasetId", "instanceId", "coordinates", "location"),
}


def without_context(payload: Any) -> Any:
    """The payload without its ``@context``; the very same object where it has none."""
    if isinstance(payload, dict) and "@context" in payload:
        return {name: value for name, value in payload.items() if name != "@context"}
    return payload


def renamed_entity(payload: dict[str, Any], before: Context, after: Context) -> dict[str, Any]:
    """An entity, or a fragment of one, written in another context."""
    written: dict[str, Any] = {}
    for name, value in payload.items():
        if name == "@context":
            continue
        if name in {"type", "@type"}:
            written[name] = _names(value, before, after)
        elif name in {"id", "@id", "scope", "expiresAt", "createdAt", "modifiedAt"}:
            written[name] = value
        else:
            written[_name(name, before, after)] = renamed_attribute(value, before, after)
    return written


def renamed_attribute(value: Any, before: Context, after: Context) -> Any:
    """An attribute (or several instances of it, or a plain value) written in another context."""
    if isinstance(value, list):
        if value and all(isinstance(one, dict) and "type" in one for one in value):
            return [renamed_attribute(one, before, after) for one in value]
        return value
    if not isinstance(value, dict) or not _is_attribute(value):
        return value
    written: dict[str, Any] = {}
    for name, member in value.items():
        if name == "type" or name in _KEPT:
            written[name] = _vocab(name, member, before, after)
        elif name in {"objectType", "valueType"}:
            written[name] = _names(member, before, after)
        else:
            written[_name(name, before, after)] = renamed_attribute(member, before, after)
    return written


def _is_attribute(value: dict[str, Any]) -> bool:
    return value.get("type") in VALUE_MEMBER or any(
        member in value for member in VALUE_MEMBER.values()
    )


def _vocab(name: str, member: Any, before: Context, after: Context) -> Any:
    if name != "vocab":
        return member
    return after.compact_value("", before.expand_value("", member))


def _name(name: str, before: Context, after: Context) -> str:
    return after.compact(before.expand(name))


def _names(value: Any, before: Context, after: Context) -> Any:
    if isinstance(value, list):
        return [_name(one, before, after) for one in value]
    return _name(value, before, after) if isinstance(value, str) else value
