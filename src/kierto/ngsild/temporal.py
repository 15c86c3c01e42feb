"""Queries in time, and how histories are written (clauses 4.11, 4.5.6 to 4.5.9, 4.5.19)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kierto.ngsild import times
from kierto.ngsild.aggregation import aggregate, read_methods
from kierto.ngsild.durations import Duration, Periods, parse_duration
from kierto.ngsild.errors import BadRequestData, InvalidRequest
from kierto.ngsild.members import NONE, NULL, TEMPORAL_MEMBER, Instance
from kierto.ngsild.representations import Shape, write_instance

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context
    from kierto.ngsild.projection import Projection

History: TypeAlias = dict[str, Any]
"""``{"id", "type": […], "scope"?, "attributes": {iri: [Instance, …in time order]}}``.

``scope`` is as in a document (texts), or the scope's own history: instances whose value is a list
of scopes, empty where they were removed (with ``deletedAt``).
"""

RELATIONS: Final = frozenset({"before", "after", "between"})
TIME_PROPERTIES: Final = ("observedAt", "createdAt", "modifiedAt", "deletedAt")
LAST: Final = 1_000_000
"""The largest lastN that is taken at its word."""

# What was deleted keeps the form its values had (clauses 4.5.7 and 4.5.9).
_DELETED: Final[dict[str, Any]] = {
    "LanguageProperty": {"languageMap": {NONE: NULL}},
    "JsonProperty": {"json": NULL},
    "VocabProperty": {"vocab": NULL},
}
_SYSTEM: Final = ("createdAt", "modifiedAt", "deletedAt", "expiresAt")


@dataclass(frozen=True, slots=True)
class TemporalQuery:
    """Which instances of a history are meant.

    Attributes:
        timerel: ``before``, ``after``, ``between``, or None for all times.
        time_at: normalised; of ``after`` and ``between`` inclusive, of ``before`` exclusive.
        end_time_at: of ``between``, exclusive.
        timeproperty: ``observedAt``, ``createdAt``, ``modifiedAt`` or ``deletedAt``.
        last_n: only the last ones of each attribute.
        aggr_methods: methods of aggregation, in the order asked.
        aggr_period: length of a period; None is the whole time asked.
    """

    timerel: str | None = None
    time_at: str | None = None
    end_time_at: str | None = None
    timeproperty: str = "observedAt"
    last_n: int | None = None
    aggr_methods: tuple[str, ...] = ()
    aggr_period: Duration | None = None

    def bounds(self) -> tuple[str | None, str | None]:
        """Sort keys from (inclusive) and to (exclusive), None where it is open."""
        at = times.sort_key(self.time_at) if self.time_at is not None else None
        if self.timerel == "before":
            return None, at
        end = times.sort_key(self.end_time_at) if self.end_time_at is not None else None
        return at, end

    def accepts(self, instance: Instance) -> bool:
        """Whether the time of an instance is meant; one without the timeproperty never is."""
        time = instance.get(self.timeproperty)
        if time is None:
            return self.timerel is None
        start, end = self.bounds()
        key = times.sort_key(time)
        return (start is None or key >= start) and (end is None or key < end)


def parse_temporal(
    *,
    timerel: Any = None,
    time_at: Any = None,
    end_time_at: Any = None,
    timeproperty: Any = None,
    last_n: Any = None,
    aggr_methods: Any = None,
    aggr_period: Any = None,
    aggregated: bool = False,
    required: bool = False,
) -> TemporalQuery:
    """Read the parameters of a temporal query.

    Args:
        timerel: ``before``, ``after`` or ``between``.
        time_at: a DateTime.
        end_time_at: a DateTime, with ``between``.
        timeproperty: one of ``TIME_PROPERTIES``.
        last_n: a whole number above 0, or its text.
        aggr_methods: names, or one text with commas between; looked at where ``aggregated``.
        aggr_period: an ISO 8601 duration; looked at where ``aggregated``.
        aggregated: whether aggregated values are asked, so that methods are needed.
        required: whether a temporal query is.

    Raises:
        BadRequestData: they are none; a part of them is missing.
    """
    timerel, time_at, end_time_at = timerel or None, time_at or None, end_time_at or None
    if timerel is None and (required or time_at is not None or end_time_at is not None):
        raise BadRequestData("timerel is missing: before, after or between.")
    start = end = None
    if timerel is not None:
        start, end = _read_times(timerel, time_at, end_time_at)
    timeproperty = timeproperty or "observedAt"
    if timeproperty not in TIME_PROPERTIES:
        raise BadRequestData(f"timeproperty is one of {', '.join(TIME_PROPERTIES)}.")
    return TemporalQuery(
        timerel=timerel,
        time_at=start,
        end_time_at=end,
        timeproperty=timeproperty,
        last_n=_read_last_n(last_n),
        aggr_methods=read_methods(aggr_methods or None) if aggregated else (),
        aggr_period=parse_duration(aggr_period) if aggregated and aggr_period else None,
    )


def _read_times(timerel: Any, time_at: Any, end_time_at: Any) -> tuple[str, str | None]:
    if not isinstance(timerel, str) or timerel not in RELATIONS:
        raise BadRequestData("timerel is before, after or between.")
    start = _read_time(time_at, "timeAt")
    if timerel != "between":
        return start, None
    return start, _read_time(end_time_at, "endTimeAt")


def _read_time(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise BadRequestData(f"{what} is missing: a date and time such as 2026-11-22T07:00:00Z.")
    try:
        return times.read_time(value)
    except BadRequestData as error:
        raise BadRequestData(f"{what}: {error.detail}") from error


def _read_last_n(value: Any) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        value = int(value)
    if type(value) is not int or value < 1:
        raise BadRequestData("lastN is a whole number above 0.")
    return min(value, LAST)


# --------------------------------------------------------------- selecting


def select(history: History, query: TemporalQuery) -> History:
    """The history with the instances meant, in time order: the last N of each attribute.

    Attributes of which no instance is meant are gone. An instance without the timeproperty is
    meant only where no time is asked.
    """
    attributes = {
        name: chosen
        for name, instances in history["attributes"].items()
        if (chosen := _chosen(instances, query))
    }
    selected = history | {"attributes": attributes}
    scope = history.get("scope")
    if scope and isinstance(scope[0], dict):
        chosen_scope = _chosen(scope, query)
        if chosen_scope:
            selected["scope"] = chosen_scope
        else:
            del selected["scope"]
    return selected


def _chosen(instances: Iterable[Instance], query: TemporalQuery) -> list[Instance]:
    chosen = [instance for instance in instances if query.accepts(instance)]
    name = query.timeproperty
    chosen.sort(key=lambda instance: times.sort_key(instance.get(name, "0Z")))
    return chosen[-query.last_n :] if query.last_n is not None else chosen


def judged(history: History) -> dict[str, Any]:
    """A selected history as a document, to be asked by q and geo: every instance counts."""
    scope = history.get("scope")
    if not scope or not isinstance(scope[0], dict):
        return history
    values = [one for part in scope for one in _several(part["value"])]
    return history | {"scope": list(dict.fromkeys(values))}


# ----------------------------------------------------------------- writing


def write_history(
    history: History, context: Context, shape: Shape, query: TemporalQuery
) -> dict[str, Any]:
    """A selected history as JSON (without @context).

    ``shape.format`` ``normalized`` or ``concise`` gives instances, ``simplified`` the temporal
    values; with ``query.aggr_methods`` it is the aggregated values, whatever the format. An
    attribute without instances (a page that has none of it) is an empty array.

    Raises:
        InvalidRequest: an attribute that was asked for has no value that a method could aggregate.
    """
    written = _head(history, context, shape, query)
    origin = _span(history, query) if query.aggr_methods else ("", "")
    for name, instances in history["attributes"].items():
        if not _is_wanted(name, shape):
            continue
        if shape.dataset_id is not None:
            instances = [one for one in instances if one.get("datasetId", NONE) in shape.dataset_id]
            if not instances:
                continue
        if not instances:
            payload: Any = []
        elif query.aggr_methods:
            payload = _aggregated(name, instances, context, shape, query, origin)
        elif shape.format == "simplified":
            payload = _values(instances, context, shape, query)
        else:
            payload = [_instance(one, context, shape, query) for one in instances]
        if payload is not None:
            written[context.compact(name)] = payload
    return written


def _head(history: History, context: Context, shape: Shape, query: TemporalQuery) -> dict[str, Any]:
    kinds = [context.compact(kind) for kind in history["type"]]
    head: dict[str, Any] = {"id": history["id"], "type": kinds[0] if len(kinds) == 1 else kinds}
    scope = history.get("scope")
    if scope:
        head["scope"] = _scope(scope, shape, query)
    for name in _SYSTEM:
        if name in history and (shape.sys_attrs or name == "deletedAt"):
            head[name] = history[name]
    return {name: value for name, value in head.items() if _is_wanted(name, shape, member=True)}


def _scope(scope: list[Any], shape: Shape, query: TemporalQuery) -> Any:
    if not isinstance(scope[0], dict):
        return scope[0] if len(scope) == 1 else scope
    if shape.format == "simplified" or query.aggr_methods:
        pairs = [[one["value"], _time(one, query)] for one in scope]
        return {"type": "Property", "values": pairs}
    hidden = () if shape.sys_attrs else ("createdAt", "modifiedAt", "expiresAt")
    return [
        {
            name: value
            for name, value in one.items()
            if name == query.timeproperty or name not in hidden
        }
        for one in scope
    ]


def _is_wanted(name: str, shape: Shape, *, member: bool = False) -> bool:
    pick: Projection | None = shape.pick
    if pick is not None and name not in pick:
        return False
    if shape.omit is not None and name in shape.omit:
        return False
    return member or shape.attrs is None or name in shape.attrs


def _instance(instance: Instance, context: Context, shape: Shape, query: TemporalQuery) -> Any:
    written = write_instance(instance, context, shape, instance_id="instanceId" in instance)
    if isinstance(written, dict):
        # A client that asks by a time of the node sees that time; a deletion always has its own.
        for name in (query.timeproperty, "deletedAt"):
            if name in instance and name not in written:
                written[name] = instance[name]
    return written


def _time(instance: Instance, query: TemporalQuery) -> Any:
    return instance.get(query.timeproperty) or instance.get("modifiedAt")


def _grouped(instances: Iterable[Instance]) -> dict[tuple[str | None, str], list[Instance]]:
    """Instances by dataset and type, the default dataset first."""
    groups: dict[tuple[str | None, str], list[Instance]] = {}
    for instance in instances:
        groups.setdefault((instance.get("datasetId"), instance["type"]), []).append(instance)
    return dict(sorted(groups.items(), key=lambda group: group[0][0] is not None))


def _values(
    instances: Iterable[Instance], context: Context, shape: Shape, query: TemporalQuery
) -> Any:
    series = []
    for (dataset, kind), group in _grouped(instances).items():
        if shape.lang is not None and kind == "LanguageProperty":
            kind = "Property"
        one: dict[str, Any] = {"type": kind}
        if dataset is not None:
            one["datasetId"] = dataset
        one[TEMPORAL_MEMBER[kind]] = [
            [_value(instance, kind, context, shape), _time(instance, query)] for instance in group
        ]
        series.append(one)
    return series[0] if len(series) == 1 else series


def _value(instance: Instance, kind: str, context: Context, shape: Shape) -> Any:
    if instance["value"] == NULL and kind in _DELETED:
        return _DELETED[kind]
    return write_instance(instance, context, shape)


def _span(history: History, query: TemporalQuery) -> tuple[str, str]:
    """Where periods begin, and the end of the whole: as asked, else as the data go."""
    found = [
        time
        for instances in history["attributes"].values()
        for instance in instances
        if (time := _time(instance, query)) is not None
    ]
    found.sort(key=times.sort_key)
    first, last = (found[0], found[-1]) if found else ("", "")
    if query.timerel == "before":
        return first, query.time_at or last
    return query.time_at or first, query.end_time_at or last


def _aggregated(
    name: str,
    instances: Iterable[Instance],
    context: Context,
    shape: Shape,
    query: TemporalQuery,
    span: tuple[str, str],
) -> Any:
    periods = None
    if query.aggr_period is not None:
        periods = Periods(times.as_datetime(span[0]), query.aggr_period)
    series = []
    for (dataset, kind), group in _grouped(instances).items():
        samples = [
            (instance["value"], time)
            for instance in group
            if (time := _time(instance, query)) is not None
        ]
        one: dict[str, Any] = {"type": kind}
        if dataset is not None:
            one["datasetId"] = dataset
        found = aggregate(kind, samples, query.aggr_methods, periods, span)
        if found:
            series.append(one | found)
    if series:
        return series[0] if len(series) == 1 else series
    asked = (shape.attrs or frozenset()) | frozenset(shape.pick or ())
    if name in asked:
        methods = ", ".join(query.aggr_methods)
        raise InvalidRequest(f"{context.compact(name)} has no values for {methods}.")
    return None


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
