"""What a source says happened, read out of the elements of its notification."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from kierto.hub import contexts
from kierto.ngsild.contexts import Context
from kierto.ngsild.entities import read_entity
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import NULL, Attributes, Document, Instance

_OF_ENTITY: Final = frozenset({"id", "@id", "type", "@type", "scope", "expiresAt", "@context"})
_TIMES: Final = frozenset({"createdAt", "modifiedAt", "deletedAt"})


@dataclass(slots=True)
class Told:
    """One entity.

    Attributes:
        before: where it is gone, all that is known of it.
        after: where it is there, as it is.
        lost: attributes that it does not have any more, their values NULL.
    """

    before: Document
    after: Document | None
    lost: Attributes = field(default_factory=dict)


def read_told(elements: Iterable[Any], context: Context, *, now: str) -> list[Told]:
    """The entities of a notification.

    Raises:
        BadRequestData: one is none.
    """
    return [_told(element, context, now) for element in elements]


def _told(element: Any, context: Context, now: str) -> Told:
    if not isinstance(element, dict):
        raise BadRequestData("The notification tells of what is no entity.")
    if "@context" in element:
        context = contexts.context_for(element["@context"])
    kept: dict[str, Any] = {}
    lost: Attributes = {}
    for name, value in element.items():
        if name in _OF_ENTITY or name in _TIMES:
            kept[name] = value
            continue
        instances = value if isinstance(value, list) else [value]
        there = [one for one in instances if not _is_null(one)]
        gone = [_gone(one) for one in instances if _is_null(one)]
        if there:
            kept[name] = there if isinstance(value, list) else value
        if gone:
            lost[context.expand(name)] = gone
    deleted = kept.pop("deletedAt", None)
    document = read_entity(kept, context, now=now, keep_times=True)
    return Told(document, None if deleted is not None else document, lost)


def _is_null(instance: Any) -> bool:
    if not isinstance(instance, dict):
        return bool(instance == NULL)
    return any(value in (NULL, {"@none": NULL}) for value in instance.values())


def _gone(instance: Any) -> Instance:
    said = instance if isinstance(instance, dict) else {}
    gone: Instance = {"type": said.get("type", "Property"), "value": NULL}
    if "datasetId" in said:
        gone["datasetId"] = said["datasetId"]
    return gone
