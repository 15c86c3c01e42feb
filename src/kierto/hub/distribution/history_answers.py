"""What sources tell of histories, read: instances with the times their node gave them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kierto.hub import contexts
from kierto.hub.distribution.asking import Asking, Match
from kierto.hub.distribution.forwarding import Outcome, spoil
from kierto.hub.distribution.receiving import ENTITIES, of_part
from kierto.ngsild import times
from kierto.ngsild.contexts import Context
from kierto.ngsild.entities import read_attribute, read_entity, read_scope
from kierto.ngsild.errors import BadRequestData, NgsiLdError
from kierto.ngsild.instances import attribute_iri
from kierto.ngsild.members import ENTITY_MEMBERS, NULL, Instance
from kierto.ngsild.temporal import History

INSTANCES: Final = 200_000
"""Instances that are read of one source for one request."""

_HEAD: Final = ("id", "@id", "type", "@type")
_TIMES: Final = ("createdAt", "modifiedAt", "deletedAt")
_OF_THE_NODE: Final = frozenset({*_TIMES, "instanceId"})
_RANGE: Final = re.compile(r"date-time (\S+?Z)-(\S+?Z)/(\S+)")


@dataclass(slots=True)
class Answer:
    """What one source gave.

    Attributes:
        told: how many entities its answer had, before they were judged.
        covered: first and last moment of a page (clause 6.3.10); ``None`` where it is all.
    """

    histories: list[History] = field(default_factory=list)
    told: int = 0
    covered: tuple[str, str] | None = None
    warning: str = ""


def read(asking: Asking, match: Match, outcome: Outcome) -> Answer:
    """The histories in an answer. One that is none spoils the answer, as a lie would."""
    if not outcome.ok or outcome.body is None:
        return Answer(warning=outcome.warning)
    items = outcome.body if isinstance(outcome.body, list) else [outcome.body]
    try:
        histories = list(_histories(asking, match, outcome, items))
        covered = _covered(outcome)
    except (NgsiLdError, RecursionError) as error:
        spoil(outcome, f"The answer holds what is no history: {error}")
        return Answer(warning=outcome.warning)
    return Answer(histories, len(items), covered, outcome.warning)


def _histories(
    asking: Asking, match: Match, outcome: Outcome, items: list[Any]
) -> Iterator[History]:
    if len(items) > ENTITIES:
        raise BadRequestData(f"It has more than {ENTITIES} entities.")
    left = INSTANCES
    for item in items:
        context: Context = outcome.forward.terms.context
        if not isinstance(item, dict):
            raise BadRequestData("An entity is a JSON object.")
        if "@context" in item:
            context = contexts.context_for(item["@context"])
        history = _history(item, context, asking.now)
        left -= sum(map(len, history["attributes"].values()))
        if left < 0:
            raise BadRequestData(f"It has more than {INSTANCES} instances.")
        part = of_part(match.part, history)
        if part is not None:
            yield part


def _history(item: dict[str, Any], context: Context, now: str) -> History:
    head = {name: item[name] for name in _HEAD if name in item}
    history: History = read_entity(head, context, now=now)
    for name in _TIMES:
        if isinstance(item.get(name), str):
            history[name] = times.read_time(item[name])
    for name, value in item.items():
        if name not in ENTITY_MEMBERS and name not in _TIMES:
            iri = attribute_iri(name, context, name)
            parts = value if isinstance(value, list) else [value]
            history["attributes"][iri] = [_instance(iri, part, context, now) for part in parts]
    if "scope" in item:
        history["scope"] = _scope(item["scope"])
    return history


def _instance(iri: str, part: Any, context: Context, now: str) -> Instance:
    if not isinstance(part, dict):
        raise BadRequestData(f"{context.compact(iri)}: an instance in time is an object.")
    plain = {name: item for name, item in part.items() if name not in _OF_THE_NODE}
    instance: Instance = read_attribute(iri, plain, context, now=now, nulls=True)[0]
    for name in _TIMES:
        if isinstance(part.get(name), str):
            instance[name] = times.read_time(part[name])
    if isinstance(part.get("instanceId"), str):
        instance["instanceId"] = part["instanceId"]
    return instance


def _scope(value: Any) -> list[Any]:
    """Scopes in time, as they are; plain ones as texts."""
    parts = value if isinstance(value, list) else [value]
    if not any(isinstance(part, dict) for part in parts):
        return read_scope(value)
    return [_scope_in_time(part) for part in parts]


def _scope_in_time(part: Any) -> Instance:
    if not isinstance(part, dict) or "value" not in part:
        raise BadRequestData("scope: an instance in time is a Property with a value.")
    said: Instance = {
        "type": "Property",
        "value": [] if part["value"] in ([], NULL) else read_scope(part["value"]),
    }
    for name in ("observedAt", *_TIMES):
        if isinstance(part.get(name), str):
            said[name] = times.read_time(part[name])
    return said


def _covered(outcome: Outcome) -> tuple[str, str] | None:
    if outcome.status != 206:
        return None
    found = _RANGE.match(outcome.headers.get("content-range", ""))
    if found is None:
        raise BadRequestData("It is a part, and does not say which.")
    return times.read_time(found.group(1)), times.read_time(found.group(2))
