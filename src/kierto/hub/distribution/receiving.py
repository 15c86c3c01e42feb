"""What sources answered, read into documents: all of it is judged before it is believed."""

from __future__ import annotations

from typing import Any, Final

from kierto.hub import contexts
from kierto.hub.distribution.asking import Asking, Match
from kierto.hub.distribution.forwarding import Outcome, spoil
from kierto.ngsild.contexts import Context
from kierto.ngsild.entities import read_entity
from kierto.ngsild.errors import NgsiLdError
from kierto.ngsild.members import Document
from kierto.ngsild.registrations import Part

ENTITIES: Final = 1_000
"""Entities that are read of one answer."""


def documents_of(asking: Asking, match: Match, outcome: Outcome) -> list[Document]:
    """The entities in an answer. One that is none spoils the answer, as a lie would."""
    if not outcome.ok or outcome.body is None:
        return []
    items = outcome.body if isinstance(outcome.body, list) else [outcome.body]
    if len(items) > ENTITIES:
        spoil(outcome, f"The answer has more than {ENTITIES} entities.")
        return []
    try:
        read = [_document(asking, outcome, item) for item in items]
    except (NgsiLdError, RecursionError) as error:
        spoil(outcome, f"The answer holds what is no entity: {error}")
        return []
    return [kept for one in read if (kept := of_part(match.part, one)) is not None]


def _document(asking: Asking, outcome: Outcome, item: Any) -> Document:
    context: Context = outcome.forward.terms.context
    if isinstance(item, dict) and "@context" in item:
        context = contexts.context_for(item["@context"])
    return read_entity(item, context, now=asking.now, keep_times=True)


def of_part(part: Part, document: Document) -> Document | None:
    """Only what the source is registered for: nobody speaks about what is not theirs."""
    if part.ids and document["id"] not in part.ids:
        return None
    if part.types and part.types.isdisjoint(document["type"]):
        return None
    if part.attributes is None:
        return document
    kept = {k: v for k, v in document["attributes"].items() if k in part.attributes}
    return {**document, "attributes": kept}
