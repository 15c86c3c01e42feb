"""One change of one entity of this node, by whoever called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kierto.hub.http.call import Call
from kierto.hub.store import writing
from kierto.hub.store.writing import Change, Result
from kierto.ngsild.errors import ResourceNotFound
from kierto.ngsild.members import Document
from kierto.ngsild.patches import Outcome

Patch = Callable[[Document], tuple[Document | None, Any]]


def not_there(entity_id: str) -> ResourceNotFound:
    """The refusal for an entity that is not there, or not for this caller to see."""
    return ResourceNotFound(f"There is no entity {entity_id[:256]}.")


def change(
    call: Call, entity_id: str, apply: Callable[[Document | None], Document | None]
) -> Result:
    """Writes one entity; returns when it is durable.

    Raises:
        NgsiLdError: what ``apply`` or the store raised.
    """
    (result,) = writing.write([Change(call.tenant, entity_id, apply, call.caller)])
    if result.error is not None:
        raise result.error
    return result


def patch(call: Call, entity_id: str, patcher: Patch, type_wanted: Any = None) -> Any:
    """Changes an entity that must stand; gives back what ``patcher`` says of it.

    Raises:
        ResourceNotFound: there is none (of the type wanted).
        NgsiLdError: what ``patcher`` raised.
    """
    said: list[Any] = [None]

    def apply(document: Document | None) -> Document | None:
        if document is None or not (type_wanted is None or type_wanted.matches(document["type"])):
            raise not_there(entity_id)
        changed, said[0] = patcher(document)
        return changed

    change(call, entity_id, apply)
    return said[0]


def update_result(outcome: Outcome | None, updated: list[str], failed: list[Any]) -> dict[str, Any]:
    """The body of a 207 of attributes (UpdateResult; clause 5.2.18). Names are expanded.

    Args:
        outcome: of this node; ``None`` where it had no part.
        updated: names that other nodes wrote.
        failed: what other nodes did not write: ``attributeName``, ``reason``.
    """
    done = [*(outcome.updated if outcome else []), *updated]
    not_done = [
        {"attributeName": name, "reason": reason}
        for name, reason in (outcome.not_updated if outcome else [])
    ]
    return {"updated": list(dict.fromkeys(done)), "notUpdated": [*not_done, *failed]}
