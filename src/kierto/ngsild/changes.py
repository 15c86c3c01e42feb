"""What a change took and what it replaced, for those who are told of it (clause 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kierto.ngsild.members import NULL, Document, Instance

_KEPT_OF_LOST: Final = frozenset({"type", "datasetId", "createdAt", "modifiedAt"})


def with_changes(
    before: Document,
    after: Document,
    *,
    show_changes: bool = False,
    deleted_at: str | None = None,
) -> Document:
    """``after``, with what it has lost as NULL; changed instances know their previous value.

    The result is to be written, not to be kept: an instance may have ``previous``, a pair of
    type and value.
    """
    attributes: dict[str, list[Instance]] = {}
    old = before["attributes"]
    for iri, instances in after["attributes"].items():
        attributes[iri] = _compared(old.get(iri, ()), instances, show_changes, deleted_at)
    for iri, instances in old.items():
        if iri not in attributes:
            attributes[iri] = _compared(instances, (), show_changes, deleted_at)
    return after | {"attributes": attributes}


def _compared(
    old: Iterable[Instance],
    new: Iterable[Instance],
    show_changes: bool,
    deleted_at: str | None,
) -> list[Instance]:
    lost = {instance.get("datasetId"): instance for instance in old}
    found: list[Instance] = []
    for instance in new:
        previous = lost.pop(instance.get("datasetId"), None)
        if show_changes and previous is not None and previous["value"] != instance["value"]:
            instance = instance | {"previous": (previous["type"], previous["value"])}
        found.append(instance)
    # An attribute that is gone with all its instances is said to be gone once.
    whole = not found and len(lost) > 1 and not show_changes
    kept = _KEPT_OF_LOST - {"datasetId"} if whole else _KEPT_OF_LOST
    for previous in list(lost.values())[: 1 if whole else None]:
        gone: Instance = {name: item for name, item in previous.items() if name in kept}
        gone["value"] = NULL
        if deleted_at is not None:
            gone["deletedAt"] = deleted_at
        if show_changes:
            gone["previous"] = (previous["type"], previous["value"])
        found.append(gone)
    return found
