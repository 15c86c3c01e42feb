"""What a request asks of histories: times, formats, projections (clauses 4.11, 6.3.7, 6.3.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from kierto.hub.http.shapes import datasets_of, names_of
from kierto.ngsild.errors import BadRequestData, InvalidRequest
from kierto.ngsild.projection import check_apart, depth, parse_omit, parse_pick
from kierto.ngsild.representations import Shape
from kierto.ngsild.temporal import TemporalQuery, parse_temporal

if TYPE_CHECKING:
    from kierto.hub.http.call import Call

TIMES: Final = frozenset(
    {
        *("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN"),
        *("aggrMethods", "aggrPeriodDuration"),
    }
)
"""Parameters of a temporal query."""

_Format = Literal["normalized", "concise", "simplified", "aggregated"]
_FORMATS: Final[dict[str, _Format]] = {
    "normalized": "normalized",
    "concise": "concise",
    "temporalValues": "simplified",
    "simplified": "simplified",
    "keyValues": "simplified",
    "aggregatedValues": "aggregated",
}
_OPTIONS: Final = frozenset({*_FORMATS, "sysAttrs", "count", "local", "entityMap"})


def temporal_query(
    call: Call, body: Mapping[str, Any] | None = None, *, required: bool = False
) -> TemporalQuery:
    """Which instances a request means, from parameters or from the body of a query.

    Raises:
        BadRequestData: the times are none, or a part of them is missing.
        InvalidRequest: a format is unknown.
    """
    aggregated = _format(call) == "aggregated"
    said: Mapping[str, Any] = call.query
    methods, period = said.get("aggrMethods"), said.get("aggrPeriodDuration")
    if body is not None:
        said = _object(body, "temporalQ")
        parameters = _object(body, "aggrParams")
        methods = parameters.get("aggrMethods", said.get("aggrMethods", methods))
        period = parameters.get("aggrPeriodDuration", said.get("aggrPeriodDuration", period))
        aggregated = aggregated or methods is not None or period is not None
    return parse_temporal(
        timerel=said.get("timerel"),
        time_at=said.get("timeAt"),
        end_time_at=said.get("endTimeAt"),
        timeproperty=said.get("timeproperty"),
        last_n=said.get("lastN"),
        aggr_methods=methods,
        aggr_period=period,
        aggregated=aggregated,
        required=required,
    )


def temporal_shape(call: Call, body: Mapping[str, Any] | None = None) -> Shape:
    """How histories are written.

    Raises:
        BadRequestData: a projection is none, contradicts another, or leads to linked entities.
        InvalidRequest: a format is unknown.
    """
    context = call.context
    said: Mapping[str, Any] = call.query if body is None else body
    attrs = names_of(said.get("attrs") or None, context, "attrs")
    pick, omit = said.get("pick") or None, said.get("omit") or None
    if attrs is not None and (pick is not None or omit is not None):
        raise BadRequestData("attrs is not combined with pick or omit; say pick alone.")
    picked = None if pick is None else parse_pick(pick, context)
    omitted = None if omit is None else parse_omit(omit, context)
    if depth(picked) or depth(omitted):
        raise BadRequestData("pick and omit of histories do not lead to linked entities.")
    check_apart(picked, omitted)
    asked = _format(call)
    return Shape(
        format="normalized" if asked == "aggregated" else asked,
        sys_attrs=call.flag("sysAttrs"),
        lang=said.get("lang") or None,
        pick=picked,
        omit=omitted,
        attrs=attrs,
        dataset_id=datasets_of(said.get("datasetId") or None),
    )


def descends(call: Call, body: Mapping[str, Any] | None = None) -> bool:
    """Whether entities come in the reverse order of their ids; there is no other order.

    Raises:
        BadRequestData: another member is asked for.
    """
    order: Any = call.query.get("orderBy")
    if body is not None and "ordering" in body:
        said = _object(body, "ordering").get("orderBy")
        order = said[0] if isinstance(said, list) and len(said) == 1 else said
    if order is None:
        return False
    known = {"id": False, "id;asc": False, "id;desc": True}
    found = known.get(order) if isinstance(order, str) else None
    if found is None:
        raise BadRequestData("Histories are ordered by id alone: orderBy is id or id;desc.")
    return found


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise BadRequestData(f"{name} is an object.")
    return value


def _format(call: Call) -> _Format:
    """The representation; ``format`` counts more than ``options`` (clause 6.3.7)."""
    unknown = sorted(call.options - _OPTIONS - {""})
    if unknown:
        raise InvalidRequest(f"options: {unknown[0][:40]!r} is unknown here.")
    asked = call.query.get("format")
    if asked:
        if asked not in _FORMATS:
            raise InvalidRequest(f"format is {asked[:40]!r}; write {', '.join(_FORMATS)}.")
        return _FORMATS[asked]
    found = {_FORMATS[word] for word in call.options if word in _FORMATS}
    if len(found) > 1:
        raise BadRequestData("options asks for two representations; name one.")
    return found.pop() if found else "normalized"
