"""Histories from this node and from its sources, put together (clauses 5.7.3, 5.7.4).

Every source tells what it has in the time that is meant; instances are put together by their
attribute, their dataset and their time. Where a source has more than one answer holds, all of the
answer ends at the same moment, so that whoever asks again from there on misses nothing (6.3.10).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from kierto.hub.distribution import health, history_answers
from kierto.hub.distribution.asking import Asking, Match, matching
from kierto.hub.distribution.forwarding import (
    Forward,
    for_reading,
    in_parallel,
    part_of_path,
    prepare,
    send,
    terms_for,
)
from kierto.hub.distribution.history_answers import Answer
from kierto.hub.distribution.inquiring import local_of, parameters
from kierto.hub.distribution.listing import in_time
from kierto.hub.distribution.warnings import PERSISTENT, warning
from kierto.hub.history.spans import Range
from kierto.ngsild import temporal
from kierto.ngsild.matching import Query
from kierto.ngsild.members import Instance
from kierto.ngsild.temporal import History, TemporalQuery
from kierto.ngsild.times import sort_key

ONE: Final = ("retrieveTemporal", "queryTemporal")
SEVERAL: Final = ("queryTemporal",)

PAGE: Final = 100
PARTS: Final = 20
"""Answers of one source that are read one after the other, where all instances are needed."""


@dataclass(slots=True)
class Told:
    """Histories, and which time they cover where that is not all that was asked."""

    histories: list[History]
    range: Range | None = None
    warnings: list[str] = field(default_factory=list)


def matches_of(
    asking: Asking, query: Query, time: TemporalQuery, operations: Sequence[str]
) -> list[Match]:
    """Sources that have histories of what is asked, and of the time that is meant."""
    if asking.local or asking.in_circle:
        return []
    found = matching(asking, query, *operations)
    return [match for match in found if in_time(match.source.stored, time)]


def gather(
    asking: Asking,
    matches: Sequence[Match],
    query: Query,
    time: TemporalQuery,
    own: Told,
    *,
    need: int,
    entity_id: str = "",
    rest: Callable[[list[str]], list[History]] | None = None,
) -> Told:
    """All of ``own`` and what the sources have beside it, each entity with what is meant of it.

    Args:
        query: judged of what comes from elsewhere; this node's own is judged already.
        own: of this node.
        need: entities that each source is asked for.
        entity_id: the one entity that is asked for; empty where a query is.
        rest: what this node has of entities that only sources have found.
    """
    first = [
        (match, prepare(asking, _forward(asking, match, query, time, entity_id, min(PAGE, need))))
        for match in matches
    ]

    def ask(one: tuple[Match, tuple[Forward, dict[str, str]]]) -> Answer:
        match, (forward, headers) = one
        if entity_id or time.aggr_methods:
            return _in_parts(asking, match, forward, headers, time)
        return _in_pages(asking, match, forward, headers, need)

    answers = in_parallel(ask, first) if first else []
    health.write_due()
    by_id: dict[str, History] = {}
    mine = {history["id"]: history for history in own.histories}
    met = dict.fromkeys(history["id"] for answer in answers for history in answer.histories)
    beside = [one for one in met if one not in mine]
    parts = {h["id"]: h for h in rest(beside)} if rest is not None and beside else {}
    for match, answer in zip(matches, answers, strict=True):
        for history in answer.histories:
            key = history["id"]
            before = by_id.get(key) or mine.get(key) or parts.get(key)
            by_id[key] = joined(before, history, time, fills=match.source.only_fills)
    whole = _judged(by_id.values(), query, time)
    warnings = [answer.warning for answer in answers if answer.warning]
    told = Told([*(h for key, h in mine.items() if key not in by_id), *whole], own.range, warnings)
    return _cut(told, [answer.covered for answer in answers if answer.covered], time)


# ------------------------------------------------------------------ the sources


def _forward(
    asking: Asking, match: Match, query: Query, time: TemporalQuery, entity_id: str, limit: int
) -> Forward:
    terms = for_reading(terms_for(match.source, asking.context))
    said = parameters(asking, match, query, terms, ())
    said |= times_of(time) | {"options": "sysAttrs"} | local_of(match)
    if entity_id and match.operation == "retrieveTemporal":
        for name in ("id", "type", "idPattern"):
            said.pop(name, None)
        path = f"/temporal/entities/{part_of_path(entity_id)}"
        return Forward(match.source, "GET", path, terms, said)
    return Forward(match.source, "GET", "/temporal/entities", terms, said | {"limit": str(limit)})


def times_of(time: TemporalQuery) -> dict[str, str]:
    """The times of a query as parameters; all instances, not aggregated."""
    said = {
        "timerel": time.timerel,
        "timeAt": time.time_at,
        "endTimeAt": time.end_time_at,
        "timeproperty": None if time.timeproperty == "observedAt" else time.timeproperty,
        "lastN": None if time.last_n is None else str(time.last_n),
    }
    return {name: text for name, text in said.items() if text is not None}


def _in_pages(
    asking: Asking, match: Match, forward: Forward, headers: dict[str, str], need: int
) -> Answer:
    """Entities, page by page."""
    whole = Answer()
    while whole.told < need:
        page = {"offset": str(whole.told)} if whole.told else {}
        asked = dataclasses.replace(forward, query={**forward.query, **page})
        answer = history_answers.read(asking, match, send(asked, headers))
        _add(whole, answer)
        if answer.warning or answer.told < int(forward.query["limit"]):
            break
    return whole


def _in_parts(
    asking: Asking, match: Match, forward: Forward, headers: dict[str, str], time: TemporalQuery
) -> Answer:
    """All instances of what one answer would hold, from moment to moment."""
    whole = Answer()
    asked = forward
    for _ in range(PARTS):
        answer = history_answers.read(asking, match, send(asked, headers))
        covered = answer.covered
        _add(whole, answer)
        if covered is None or not time.aggr_methods or answer.warning:
            return whole
        onward = _onward(time, covered[1])
        if asked.query.get("timeAt") == onward["timeAt"]:
            break
        whole.covered = None
        asked = dataclasses.replace(asked, query={**asked.query, **onward})
    text = "Its history is longer than what is read of it."
    whole.warning = warning(PERSISTENT, match.source.label, text)
    return whole


def _onward(time: TemporalQuery, at: str) -> dict[str, str]:
    end = time.time_at if time.timerel == "before" else time.end_time_at
    if end is None:
        return {"timerel": "after", "timeAt": at}
    return {"timerel": "between", "timeAt": at, "endTimeAt": end}


def _add(whole: Answer, more: Answer) -> None:
    whole.histories += more.histories
    whole.told += more.told
    whole.warning = more.warning or whole.warning
    whole.covered = more.covered or whole.covered


# ---------------------------------------------------------------- putting together


def joined(
    one: History | None, other: History, time: TemporalQuery, *, fills: bool = False
) -> History:
    """An entity's history with what another source has of it.

    Args:
        fills: the other is believed only where there is nothing of an attribute.
    """
    if one is None:
        return other
    whole = {**other, **one}
    whole["type"] = list(dict.fromkeys([*one["type"], *other["type"]]))
    if not one.get("scope") and other.get("scope"):
        whole["scope"] = other["scope"]
    attributes = dict(one["attributes"])
    for name, instances in other["attributes"].items():
        mine = attributes.get(name)
        if not mine:
            attributes[name] = instances
        elif not fills:
            attributes[name] = _union(mine, instances, time)
    whole["attributes"] = attributes
    return whole


def _union(
    mine: Iterable[Instance], theirs: Iterable[Instance], time: TemporalQuery
) -> list[Instance]:
    """Instances of both, each once: the later change counts where both know the same moment."""
    found: dict[tuple[str, str], Instance] = {}
    for instance in [*mine, *theirs]:
        key = _place(instance, time)
        known = found.get(key)
        if known is None or _changed(instance) > _changed(known):
            found[key] = instance
    return sorted(found.values(), key=lambda each: _place(each, time)[1])


def _place(instance: Instance, time: TemporalQuery) -> tuple[str, str]:
    at = instance.get("observedAt") or instance.get(time.timeproperty)
    return instance.get("datasetId", ""), sort_key(at or instance["modifiedAt"])


def _changed(instance: Instance) -> str:
    return sort_key(instance["modifiedAt"])


def _judged(histories: Iterable[History], query: Query, time: TemporalQuery) -> list[History]:
    """Those that fulfil the query in the time that is meant, with what is meant of them."""
    times = dataclasses.replace(time, last_n=None)
    found = []
    for history in histories:
        meant = temporal.select(history, times)
        wanted = query.attrs is None or not query.attrs.isdisjoint(meant["attributes"])
        if meant["attributes"] and wanted and query.matches(temporal.judged(meant)):
            found.append(temporal.select(meant, time))
    return found


def _cut(told: Told, covered: Sequence[tuple[str, str]], time: TemporalQuery) -> Told:
    """Everything to the moment that all parts reach."""
    ranges = [(told.range.start, told.range.end)] if told.range is not None else []
    ranges += covered
    if not ranges:
        return told
    newest = time.last_n is not None
    ends = sorted((end for _start, end in ranges), key=sort_key)
    starts = sorted((start for start, _end in ranges), key=sort_key)
    end, start = (ends[-1], starts[-1]) if newest else (ends[0], starts[0])
    edge = sort_key(end)
    for number, history in enumerate(told.histories):
        kept = {
            name: [one for one in instances if _reaches(one, time, edge, newest)]
            for name, instances in history["attributes"].items()
        }
        told.histories[number] = {**history, "attributes": kept}
    told.range = Range(start, end, time.last_n)
    return told


def _reaches(instance: Instance, time: TemporalQuery, edge: str, newest: bool) -> bool:
    at = instance.get(time.timeproperty)
    if at is None:
        return True
    return sort_key(at) >= edge if newest else sort_key(at) <= edge
